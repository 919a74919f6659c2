// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nava/inspection/catalog.hpp>

#include "support/catch.hpp"

/// Parts of a catalog as lines that show what is not as usual, for comparing whole lists at once.
namespace nava::test {

using names = std::vector<std::string>;

[[nodiscard]] inline const inspection::catalog_table& table_in(const inspection::catalog& catalog,
                                                               std::string_view schema,
                                                               std::string_view name) {
  const auto* found = find_table(catalog, schema, name);
  REQUIRE(found != nullptr);
  return *found;
}

[[nodiscard]] inline std::string list(const names& columns) {
  return fmt::format("{}", fmt::join(columns, "|"));
}

[[nodiscard]] inline std::string line(const inspection::catalog_column& column) {
  const auto more = [](std::string_view label, const std::string& text) {
    return text.empty() ? "" : fmt::format(" {} {}", label, text);
  };
  return fmt::format("{}: {}{}{}{}{}", column.name, column.type, column.nullable ? "" : " not null",
                     more("default", column.default_expression),
                     more("generated", column.generated), more("collate", column.collation));
}

[[nodiscard]] inline std::string line(const inspection::catalog_index& index) {
  std::vector<std::string> columns = index.columns;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if ((index.descending >> i & 1) != 0) columns[i] += " desc";
  constexpr std::string_view kinds[] = {"primary", "unique", "unique index", "exclusion", "index"};
  return fmt::format("{} {}: {}{}{}{}{}{}{}{}", kinds[static_cast<std::size_t>(index.what)],
                     index.name, list(columns),
                     index.included.empty() ? "" : " include " + list(index.included),
                     index.where.empty() ? "" : " where " + index.where,
                     index.method == "btree" ? "" : " using " + index.method,
                     index.plain ? "" : " not plain", index.nulls_distinct ? "" : " nulls equal",
                     index.valid ? "" : " invalid", index.deferrable ? " deferrable" : "");
}

[[nodiscard]] inline std::string line(const inspection::catalog_check& check) {
  return fmt::format("{}: {}{}", check.name, check.expression,
                     check.validated ? "" : " not validated");
}

[[nodiscard]] inline std::string line(const inspection::catalog_foreign_key& key) {
  return fmt::format("{}: {} to {}.{} {} delete {} update {}{}{}{}{}{}", key.name,
                     list(key.columns), key.target_schema, key.target_table,
                     list(key.target_columns), to_text(key.on_delete), to_text(key.on_update),
                     key.match_full ? " full" : "", key.deferrable ? " deferrable" : "",
                     key.initially_deferred ? " deferred" : "",
                     key.validated ? "" : " not validated", key.enforced ? "" : " not enforced");
}

[[nodiscard]] inline std::string line(const inspection::catalog_trigger& trigger) {
  return trigger.name + (trigger.enabled ? "" : " disabled");
}

[[nodiscard]] inline std::string line(const inspection::catalog_rule& rule) {
  return rule.name + (rule.enabled ? "" : " disabled");
}

[[nodiscard]] inline std::string line(const inspection::catalog_view& view) {
  return view.schema + "." + view.name;
}

[[nodiscard]] inline std::string storage(const inspection::catalog_table& table) {
  std::string text;
  for (const auto& each : table.storage) text += fmt::format(" {} {}", each.name, each.value);
  return text;
}

[[nodiscard]] inline std::string line(const inspection::catalog_table& table) {
  constexpr std::string_view kinds[] = {"table", "partitioned", "foreign"};
  return fmt::format("{} {}.{}{}{}{}{}{}{}{}", kinds[static_cast<std::size_t>(table.what)],
                     table.schema, table.name,
                     table.fillfactor == 100 ? "" : fmt::format(" fillfactor {}", table.fillfactor),
                     table.autovacuum ? "" : " without autovacuum", storage(table),
                     table.logged ? "" : " unlogged", table.row_security ? " row security" : "",
                     table.strict ? " strict" : "", table.without_rowid ? " without rowid" : "");
}

template <class Part>
[[nodiscard]] names lines(const std::vector<Part>& parts) {
  names all;
  for (const Part& part : parts) all.push_back(line(part));
  return all;
}

/// All but the estimates.
[[nodiscard]] inline names whole(const inspection::catalog& catalog) {
  names all{catalog.what == schema::dialect::sqlite ? "sqlite" : "postgresql"};
  for (const auto& table : catalog.tables) {
    all.push_back(line(table));
    for (const auto& part : {lines(table.columns), lines(table.indexes), lines(table.checks),
                             lines(table.foreign_keys), lines(table.triggers), lines(table.rules)})
      all.insert(all.end(), part.begin(), part.end());
  }
  for (const std::string& view : lines(catalog.views)) all.push_back(view);
  return all;
}

}  // namespace nava::test
