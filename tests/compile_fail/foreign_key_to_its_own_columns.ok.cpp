// SPDX-License-Identifier: Apache-2.0
#include "crm_tables.hpp"

using namespace crm;

struct category_table : category_with<> {};

constexpr auto tables = database<category_table>::description.tables;
