// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <deque>
#include <nava/inspection/catalog.hpp>
#include <nava/persistence/store.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nava::tools {

/// The tables of an application whose rows go with a workflow: one foreign key to it cascades.
/// Known by the catalog alone. Outlives the store that reads by it.
class own_tables {
 public:
  /// Throws as read_catalog().
  explicit own_tables(const persistence::database_url& url);

  /// The most rows of a table that rows_of() returns.
  static constexpr std::size_t rows_max = 1'000;

  struct rows {
    std::string_view table;
    std::vector<std::string_view> columns;  ///< without the key of the workflow
    std::vector<json::object> rows;
    bool are_more = false;  ///< than rows_max
    std::string failure;    ///< why the rows could not be read; else empty
  };
  /// Returns what there is of a workflow, table by table; a table without rows is left out.
  [[nodiscard]] std::vector<rows> rows_of(persistence::store& store, const uuid& workflow_id) const;

 private:
  // What a description points into, which a column of the catalog has in another form.
  struct own_table {
    std::vector<schema::column_description> columns;
    std::vector<std::string_view> primary_key;
    std::string_view key;  // the column that is the workflow's id
    schema::index_description index{};
    schema::table_description description{};
  };

  void add(const inspection::catalog_table& table, std::string_view key);

  inspection::catalog catalog_;
  std::deque<own_table> tables_;
};

}  // namespace nava::tools
