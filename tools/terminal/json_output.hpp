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
  const json::object known = schema::to_json<Table>(row);
  json::object all;
  all.reserve(Table::column_descriptions.size());
  for (const auto& column : Table::column_descriptions) {
    const json::value* value = known.if_contains(column.name);
    all.emplace(column.name, value == nullptr ? json::value(nullptr) : *value);
  }
  return all;
}

}  // namespace nava::tools
