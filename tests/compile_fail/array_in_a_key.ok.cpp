// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct stamp {
  nava::uuid id;
  std::vector<std::string> tags;
};

struct stamp_table : table<stamp, "stamp", column<"_id", &stamp::id>, column<"tags", &stamp::tags>,
                           primary_key<&stamp::id>, index_on<"by_tags", &stamp::tags>> {};

constexpr auto tables = database<stamp_table>::description.tables;
