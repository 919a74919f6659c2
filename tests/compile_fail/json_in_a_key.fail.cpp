// SPDX-License-Identifier: Apache-2.0
// refused: key_has_a_column_without_one_form<.*"uq_stamp_data".*"stamp".*"data"
// says: make a key of columns of other types
#include <boost/json.hpp>

#include "claim_tables.hpp"

using namespace claims;

struct stamp {
  nava::uuid id;
  nava::json::object data;
};
struct stamp_table : table<stamp, "stamp", column<"_id", &stamp::id>, column<"data", &stamp::data>,
                           primary_key<&stamp::id>, unique<"uq_stamp_data", &stamp::data>> {};

constexpr auto tables = database<stamp_table>::description.tables;
