// SPDX-License-Identifier: Apache-2.0
// refused: member_of_the_row_has_no_column<.*"stamp"
// says: add a column<
#include "claim_tables.hpp"

using namespace claims;

struct entity {
  nava::uuid id;
  std::string note;
};
struct stamp : entity {
  std::string text;
};
struct stamp_table : table<stamp, "stamp", column<"_id", &stamp::id>, column<"text", &stamp::text>,
                           primary_key<&stamp::id>> {};

constexpr auto tables = database<stamp_table>::description.tables;
