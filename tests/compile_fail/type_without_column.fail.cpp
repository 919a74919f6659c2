// SPDX-License-Identifier: Apache-2.0
// refused: column_has_a_type_that_is_none<.*"amount".*float.*"price"
// says: a member is a uuid, std::string, bool
#include "claim_tables.hpp"

using namespace claims;

struct price {
  nava::uuid id;
  float amount;
};

struct price_table : table<price, "price", column<"_id", &price::id>,
                           column<"amount", &price::amount>, primary_key<&price::id>> {};

constexpr auto tables = database<price_table>::description.tables;
