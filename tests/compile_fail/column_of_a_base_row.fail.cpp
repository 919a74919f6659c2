// SPDX-License-Identifier: Apache-2.0
// refused: column_is_a_member_of_another_row<.*"_id".*"customer"
// says: a member of the table's own row
#include "claim_tables.hpp"

using namespace claims;

struct entity {
  nava::uuid id;
};
struct customer : entity {
  std::string name;
};
struct customer_table : table<customer, "customer", column<"_id", &customer::id>,
                              column<"name", &customer::name>, primary_key<&customer::id>> {};

constexpr auto tables = database<customer_table>::description.tables;
