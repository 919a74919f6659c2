// SPDX-License-Identifier: Apache-2.0
// refused: name_is_reserved<.*"pg_stamp".*"pg_stamp"
// says: choose another
#include "claim_tables.hpp"

using namespace claims;

struct stamp {
  nava::uuid id;
};
struct stamp_table : table<stamp, "pg_stamp", column<"_id", &stamp::id>, primary_key<&stamp::id>> {
};

constexpr auto tables = database<stamp_table>::description.tables;
