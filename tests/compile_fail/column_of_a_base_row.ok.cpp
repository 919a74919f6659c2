// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct customer {
  nava::uuid id;
  std::string name;
};
struct customer_table : table<customer, "customer", column<"_id", &customer::id>,
                              column<"name", &customer::name>, primary_key<&customer::id>> {};

constexpr auto tables = database<customer_table>::description.tables;
