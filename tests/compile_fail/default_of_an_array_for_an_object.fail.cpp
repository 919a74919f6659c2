// SPDX-License-Identifier: Apache-2.0
// refused: default_is_no_value_of_its_column<.*"\[\]".*"data".*"stamp"
// says: the text of a default is a value of its column
#include <boost/json.hpp>

#include "claim_tables.hpp"

using namespace claims;

struct stamp {
  nava::uuid id;
  nava::json::object data;
};

struct stamp_table : table<stamp, "stamp", column<"_id", &stamp::id>, column<"data", &stamp::data>,
                           primary_key<&stamp::id>, default_to<&stamp::data, "[]">> {};

constexpr auto tables = database<stamp_table>::description.tables;
