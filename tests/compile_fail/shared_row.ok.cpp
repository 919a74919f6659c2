// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct person {
  nava::uuid id;
};
struct former {
  nava::uuid id;
};
struct person_table
    : table<person, "person", column<"_id", &person::id>, primary_key<&person::id>> {};
struct archive_table
    : table<former, "person_archive", column<"_id", &former::id>, primary_key<&former::id>> {};

constexpr auto tables = database<person_table, archive_table>::description.tables;
