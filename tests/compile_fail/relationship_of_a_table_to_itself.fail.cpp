// SPDX-License-Identifier: Apache-2.0
// refused:
// ambiguous_foreign_key_path<.*"category.parent".*"category".*"category".*"fk_category_parent_id"
// says: name the key to follow, with via<&row::member> or via_constraint
#include "crm_tables.hpp"

using namespace crm;

struct category_table : category_with<to_one<"parent", std::optional<category>>> {};

constexpr auto tables = database<category_table>::description.tables;
