// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/worklist.hpp>
#include <nava/schema/description.hpp>
#include <vector>

#include "persistence/connection/connection.hpp"

namespace nava::persistence {

/// The columns of a listed step, as the row type of statements.
[[nodiscard]] const schema::table_description& worklist_item_description();

/// The listed steps in rows that have one each, as JSON.
[[nodiscard]] std::vector<worklist_item> items_from(const std::vector<connection::row>& rows);

}  // namespace nava::persistence
