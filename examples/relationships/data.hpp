// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/row_store.hpp>

#include "relationships/tables.hpp"

namespace office {

/// The organizations that the example begins with, and the category above all others.
[[nodiscard]] std::vector<organization> organizations();
[[nodiscard]] category root_category();

/// Writes the rows of the example. Tables that have theirs already are left alone, so it can be
/// called on the database of an earlier run.
void fill(nava::persistence::row_store& store);

}  // namespace office
