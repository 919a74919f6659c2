// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct made {
  made() {}
  nava::uuid id;
};
struct stamp : made {
  std::string text;
  std::string lost;
};
struct stamp_table : table<stamp, "stamp", column<"_id", &stamp::id>, column<"text", &stamp::text>,
                           column<"lost", &stamp::lost>, primary_key<&stamp::id>> {};

constexpr auto tables = database<stamp_table>::description.tables;
