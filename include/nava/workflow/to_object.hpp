// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/row.hpp>
#include <nava/workflow/error.hpp>

namespace nava {

/// Returns `row` as an object with a key per column, NULLs left out. Throws error (invalid_input)
/// for a time or day outside the years 1 to 9999, a decimal of too many digits, and an enumerator
/// without a name. Pure and thread-safe.
template <class Table>
[[nodiscard]] json::object to_object(const typename Table::row_type& row) {
  try {
    return schema::to_json<Table>(row);
  } catch (const schema::conversion_error& misfit) {
    throw error{error_kind::invalid_input, misfit.what()};
  }
}

}  // namespace nava
