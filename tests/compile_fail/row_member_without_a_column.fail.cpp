// SPDX-License-Identifier: Apache-2.0
// refused: member_of_the_row_has_no_column<.*"stamp"
// says: not_stored<&row::member>
#include "claim_tables.hpp"

using namespace claims;

struct stamp {
  nava::uuid id;
  std::optional<std::string> text;
};
struct stamp_table : table<stamp, "stamp", column<"_id", &stamp::id>, primary_key<&stamp::id>> {};

constexpr auto tables = database<stamp_table>::description.tables;
