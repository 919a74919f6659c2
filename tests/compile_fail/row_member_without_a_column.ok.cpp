// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct stamp {
  nava::uuid id;
  std::optional<std::string> text;
};
struct stamp_table : table<stamp, "stamp", column<"_id", &stamp::id>, not_stored<&stamp::text>,
                           primary_key<&stamp::id>> {};

constexpr auto tables = database<stamp_table>::description.tables;
