// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace nava::engine {

/// The values of the primary key that tell the rows of one workflow apart, with a blank between
/// them.
template <class Table>
[[nodiscard]] std::string key_of_row(const json::object& row) {
  std::string text;
  const auto key = Table::index_descriptions.front().columns;
  for (const std::string_view column : key) {
    if (key.size() > 1 && column == "workflow_id") continue;
    const json::value& value = row.at(column);
    text.append(text.empty() ? "" : " ")
        .append(value.is_string() ? std::string{value.get_string()} : json::serialize(value));
  }
  return text;
}

}  // namespace nava::engine
