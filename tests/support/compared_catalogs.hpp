// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <nava/inspection/comparison.hpp>
#include <string>
#include <vector>

#include "support/catalogs.hpp"
#include "support/catch.hpp"

/// Catalogs of the database of claim notes, changed part by part, and what is found in them.
namespace nava::test::compared {

using inspection::catalog, inspection::catalog_column, inspection::catalog_index,
    inspection::catalog_table, inspection::finding, schema::dialect;

inline catalog postgresql() {
  return catalog_of(claim_database::description, dialect::postgresql, "nava");
}
inline catalog sqlite() { return catalog_of(claim_database::description, dialect::sqlite, "main"); }

inline std::vector<finding> findings_of(const catalog& live, std::string_view schema = "nava") {
  return compare(live, claim_database::description, schema);
}

inline catalog_table& table_of(catalog& live, std::string_view name) {
  return *std::find_if(live.tables.begin(), live.tables.end(),
                       [&](const auto& each) { return each.name == name; });
}

template <class Parts>
inline auto& named(Parts& parts, std::string_view name) {
  return *std::find_if(parts.begin(), parts.end(),
                       [&](const auto& each) { return each.name == name; });
}

template <class Parts>
inline void remove(Parts& parts, std::string_view name) {
  parts.erase(std::find_if(parts.begin(), parts.end(),
                           [&](const auto& each) { return each.name == name; }));
}

inline catalog_column& column_of(catalog_table& in, std::string_view name) {
  return named(in.columns, name);
}
inline catalog_index& index_of(catalog_table& in, std::string_view name) {
  return named(in.indexes, name);
}

inline catalog_column new_column(std::string_view name) {
  catalog_column made;
  made.name = name;
  made.type = "text";
  return made;
}

inline catalog_table new_table(std::string_view schema, std::string_view name) {
  catalog_table made;
  made.schema = schema;
  made.name = name;
  return made;
}

/// The statement of the only finding after this change.
inline std::string statement_after(const std::function<void(catalog&)>& make, catalog live,
                                   std::string_view schema) {
  make(live);
  const auto found = findings_of(live, schema);
  REQUIRE(found.size() == 1);
  return found[0].statement;
}

}  // namespace nava::test::compared
