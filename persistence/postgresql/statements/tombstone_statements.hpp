// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/tombstones.hpp>
#include <string>

#include "persistence/sql_store.hpp"

/// What deleted workflows leave. `schema` is not quoted.
namespace nava::persistence::postgresql {

/// What insert_tombstones() needs of the workflow w.
inline constexpr std::string_view remembered_columns =
    "w._id, w.wfdef_key, w.resource_name, w.resource_id";

/// Of all, with a new date, or of those that have none.
enum class tombstones_of { all, missing };

/// An INSERT that stores the tombstones of the workflows in `workflows`: a table or a part of a
/// statement, which has their ids, definitions and resources. The policy is on.
[[nodiscard]] std::string insert_tombstones(std::string_view schema, const tombstone_policy& policy,
                                            std::string_view workflows,
                                            tombstones_of which = tombstones_of::all);

/// The same for the next 10,000 workflows of a table by id: the last id before -> the last id of
/// these, NULL where there is none.
[[nodiscard]] statement insert_tombstones_of_some(std::string_view schema,
                                                  const tombstone_policy& policy,
                                                  std::string_view workflows);

[[nodiscard]] tombstone_statements tombstones_in(std::string_view schema,
                                                 const tombstone_policy& policy);

}  // namespace nava::persistence::postgresql
