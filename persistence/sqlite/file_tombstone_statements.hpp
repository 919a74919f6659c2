// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/tombstones.hpp>

#include "persistence/sql_store.hpp"

/// What deleted workflows leave in a SQLite file.
namespace nava::persistence::sqlite {

[[nodiscard]] tombstone_statements tombstones_of(const tombstone_policy& policy);

}  // namespace nava::persistence::sqlite
