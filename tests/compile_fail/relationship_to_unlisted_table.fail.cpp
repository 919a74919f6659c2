// SPDX-License-Identifier: Apache-2.0
// refused: relationship_target_is_not_a_table_of_this_database<.*"category".*"user"
// says: list the table that the relationship leads to
#include "crm_tables.hpp"

using namespace crm;

struct user_table : user_with<to_many<"category", category>> {};

constexpr auto tables = database<user_table>::description.tables;
