// SPDX-License-Identifier: Apache-2.0
// refused: key_has_a_column_without_one_form<.*"by_tags".*"stamp".*"tags"
// says: make a key of columns of other types
#include "claim_tables.hpp"

using namespace claims;

struct stamp {
  nava::uuid id;
  std::vector<std::string> tags;
};

struct stamp_table : table<stamp, "stamp", column<"_id", &stamp::id>, column<"tags", &stamp::tags>,
                           primary_key<&stamp::id>, unique<"by_tags", &stamp::tags>> {};

constexpr auto tables = database<stamp_table>::description.tables;
