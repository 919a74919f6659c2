// SPDX-License-Identifier: Apache-2.0
#include "crm_tables.hpp"

using namespace crm;

struct user_table : user_with<> {};
struct category_table : category_with<> {};

constexpr auto tables = database<user_table, category_table>::description.tables;
