// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct entity {
  nava::uuid id;
  std::string note;
};
struct stamp : entity {
  std::string text;
};
struct stamp_table : table<stamp, "stamp", column<"_id", &stamp::id>, column<"note", &stamp::note>,
                           column<"text", &stamp::text>, primary_key<&stamp::id>> {};

constexpr auto tables = database<stamp_table>::description.tables;
