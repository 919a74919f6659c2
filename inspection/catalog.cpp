// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nava/inspection/catalog.hpp>
#include <nava/inspection/finding.hpp>

namespace nava::inspection {

const catalog_table* find_table(const catalog& database, std::string_view schema,
                                std::string_view name) {
  const auto found = std::find_if(
      database.tables.begin(), database.tables.end(),
      [&](const catalog_table& table) { return table.schema == schema && table.name == name; });
  return found == database.tables.end() ? nullptr : &*found;
}

std::string_view to_text(severity level) {
  switch (level) {
    case severity::note:
      return "note";
    case severity::warning:
      return "warning";
    case severity::error:
      return "error";
  }
  return {};
}

}  // namespace nava::inspection
