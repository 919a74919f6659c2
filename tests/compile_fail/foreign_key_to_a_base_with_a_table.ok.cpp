// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct person {
  nava::uuid id;
};
struct employee : person {
  std::string role;
};
struct badge {
  nava::uuid id;
  nava::uuid employee_id;
};
struct person_table
    : table<person, "person", column<"_id", &person::id>, primary_key<&person::id>> {};
struct employee_table : table<employee, "employee", column<"_id", &employee::id>,
                              column<"role", &employee::role>, primary_key<&employee::id>> {};
struct badge_table
    : table<badge, "badge", column<"_id", &badge::id>, column<"employee_id", &badge::employee_id>,
            primary_key<&badge::id>, index_on<"ix_badge_employee_id", &badge::employee_id>,
            foreign_key<"", members<&badge::employee_id>, members_of<employee, &employee::id>,
                        referential_action::cascade, referential_action::cascade>> {};

constexpr auto tables = database<person_table, employee_table, badge_table>::description.tables;
static_assert(tables[2].foreign_keys[0].target_table == "employee");
