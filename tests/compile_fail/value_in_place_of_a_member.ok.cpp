// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct stamp {
  nava::uuid id;
};
struct stamp_table : table<stamp, "stamp", column<"_id", &stamp::id>, primary_key<&stamp::id>> {};

constexpr auto tables = database<stamp_table>::description.tables;
