// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/row.hpp>
#include <nava/workflow/error.hpp>

namespace nava {

/// `row` as an object with a key per column, NULLs left out. Throws error (invalid_input) for a
/// value that no database could hold. Pure and thread-safe.
template <class Table>
[[nodiscard]] json::object to_object(const typename Table::row_type& row) {
  try {
    return schema::to_json<Table>(row);
  } catch (const schema::conversion_error& misfit) {
    throw error{error_kind::invalid_input, misfit.what()};
  }
}

}  // namespace nava
