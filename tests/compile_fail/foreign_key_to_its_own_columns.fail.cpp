// SPDX-License-Identifier: Apache-2.0
// refused: foreign_key_leads_to_its_own_columns<.*"fk_category_id".*"category"
// says: let the key lead from other columns
#include "crm_tables.hpp"

using namespace crm;

struct category_table : category_with<key<&category::id, &category::id>> {};

constexpr auto tables = database<category_table>::description.tables;
