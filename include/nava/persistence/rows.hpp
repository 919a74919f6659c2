// SPDX-License-Identifier: Apache-2.0
#pragma once

// First: the compiler then prints its refusal of a wrong schema within the first lines.
#include <nava/schema/refusals.hpp>

#include <nava/export.hpp>
#include <nava/persistence/row_store.hpp>
#include <nava/schema/database.hpp>
#include <nava/workflow/to_object.hpp>

/// Writes rows of described tables, also of an application's. Each call is one statement that
/// writes all rows or none, within store_options::call_timeout. Thread-safe.
///
/// Throws error: unique, foreign_key, check, contention, connection_lost; invalid_input for values
/// that no database could store and beyond unit_bytes_max; outcome_unknown, where the rows may be
/// written.
namespace nava::persistence {

namespace detail {

/// Adds up a lower bound of the bytes of rows as JSON, so that rows which are too large are refused
/// before any of them is copied.
class NAVA_EXPORT least_size_of_rows {
 public:
  /// Throws error (invalid_input) where the sum is more than unit_bytes_max.
  template <class Table>
  void add(const typename Table::row_type& row, schema::column_set columns = schema::all_columns) {
    schema::for_each_value<Table>(row, columns, [&](auto, const auto* value) {
      if (value != nullptr) bytes_ += least_size_of(*value);
    });
    check(Table::name.view());
  }

 private:
  static std::size_t least_size_of(const std::string& value) { return value.size(); }
  static std::size_t least_size_of(const bytes& value) { return value.size(); }
  static std::size_t least_size_of(const std::vector<std::string>& value);
  static std::size_t least_size_of(const json::object& value);
  static std::size_t least_size_of(const json::array& value);
  template <class Value>
  static std::size_t least_size_of(const Value&) {
    return 1;
  }
  void check(std::string_view table) const;

  std::size_t bytes_ = 0;
};

template <class Database, class Row>
std::size_t write_rows(row_store& store, verb action, const std::vector<Row>& rows) {
  using table = typename Database::template table_of<Row>;
  least_size_of_rows size;
  for (const Row& row : rows) size.template add<table>(row);
  json::array objects;
  objects.reserve(rows.size());
  for (const Row& row : rows) objects.push_back(to_object<table>(row));
  return store.write_rows(*schema::find_table(Database::description, table::name.view()), action,
                          std::move(objects));
}

template <class Table>
struct updatable {};
template <class Table>
requires(Table::column_descriptions.size() ==
         Table::index_descriptions.front().columns.size()) struct updatable<Table>
    : schema::rules::table_has_no_column_to_update<Table::name> {
};

}  // namespace detail

/// Inserts rows of a table of `Database`.
template <class Database, class Row>
void insert_rows(row_store& store, const std::vector<Row>& rows) {
  detail::write_rows<Database>(store, verb::insert, rows);
}

/// Sets every column of the rows that have these primary keys. Returns how many rows there were.
/// Two rows of one key are invalid_input.
template <class Database, class Row>
std::size_t update_rows(row_store& store, const std::vector<Row>& rows) {
  static_assert(sizeof(detail::updatable<typename Database::template table_of<Row>>) != 0);
  return detail::write_rows<Database>(store, verb::update, rows);
}

/// Removes the rows that have these primary keys, and the rows that cascade. Returns how many of
/// the keys had a row.
template <class Database, class Row>
std::size_t remove_rows(row_store& store, const std::vector<Row>& rows) {
  return detail::write_rows<Database>(store, verb::remove, rows);
}

}  // namespace nava::persistence
