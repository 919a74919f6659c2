// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/row.hpp>
#include <ostream>

/// JSON for people and their scripts.
namespace nava::tools {

/// Writes `value` on one line. Numbers are written in the shortest form that reads back the same:
/// 1.5, where Boost.JSON writes 1.5E0.
void write_json(std::ostream& out, const json::value& value);

/// Every column of a row in the order of the table, with null where it has no value.
template <class Table>
[[nodiscard]] json::object row_as_json(const typename Table::row_type& row) {
  return schema::to_json<Table>(row, schema::null_columns::written);
}

}  // namespace nava::tools
