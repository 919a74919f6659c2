// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct named_thing {
  std::string name;
};
struct stamp : named_thing {
  nava::uuid id;
};
struct stamp_table : table<stamp, "stamp", column<"_id", &stamp::id>, column<"name", &stamp::name>,
                           primary_key<&stamp::id>> {};

constexpr auto tables = database<stamp_table>::description.tables;
