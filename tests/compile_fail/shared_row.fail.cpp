// SPDX-License-Identifier: Apache-2.0
// refused: two_tables_share_the_row<.*"person"
// says: give each table one of its own
#include "claim_tables.hpp"

using namespace claims;

struct person {
  nava::uuid id;
};
struct person_table
    : table<person, "person", column<"_id", &person::id>, primary_key<&person::id>> {};
struct archive_table
    : table<person, "person_archive", column<"_id", &person::id>, primary_key<&person::id>> {};

constexpr auto tables = database<person_table, archive_table>::description.tables;
