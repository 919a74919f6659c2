// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "persistence/connection/connection.hpp"

/// Which sessions keep others from writing to a workflow, as text for people: one row of one
/// column, NULL for none.
namespace nava::persistence::postgresql {

/// Those that have locked the whole table. It reads catalogs alone, so that it does not wait for
/// them itself.
[[nodiscard]] statement table_lock_holders(std::string_view schema);

/// id -> those that have locked the row. Two that hold it together are not told: their number in
/// the row is that of a multixact.
[[nodiscard]] statement row_lock_holders(std::string_view schema);

}  // namespace nava::persistence::postgresql
