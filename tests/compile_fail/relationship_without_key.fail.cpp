// SPDX-License-Identifier: Apache-2.0
// refused: relationship_follows_no_foreign_key<.*"user.category".*"user".*"category"
// says: name one of those shown, or add one
#include "crm_tables.hpp"

using namespace crm;

struct user_table : user_with<to_many<"category", category>> {};
struct category_table : category_with<> {};

constexpr auto tables = database<user_table, category_table>::description.tables;
