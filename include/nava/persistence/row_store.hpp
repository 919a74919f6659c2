// SPDX-License-Identifier: Apache-2.0
#pragma once

// First, so that the compiler comes to what it says of a wrong schema within a few lines.
#include <nava/schema/refusals.hpp>

#include <nava/workflow/error.hpp>
#include <nava/workflow/storable.hpp>
#include <nava/schema/database.hpp>
#include <nava/schema/row.hpp>
#include <span>
#include <vector>

namespace nava::persistence {

/// Rows whose related rows one call may ask for.
inline constexpr std::size_t related_parents_max = 1'000'000;
/// Of their keys as JSON; PostgreSQL takes up to 256 MiB.
inline constexpr std::size_t related_keys_bytes_max = 128u << 20;

enum class verb { insert, update, remove };

/// One column to sort by. Texts sort by their bytes and NULL comes last, on either database.
struct sort_term {
  std::string_view column;
  bool descending = false;
};

/// Which rows of a table go with given keys.
struct related_request {
  const schema::table_description* target = nullptr;
  schema::name_list key;        ///< columns of the target that the keys are values of
  std::vector<sort_term> sort;  ///< rows that are equal in it come in the order of the primary key
  std::size_t limit = 0;        ///< rows per key; 0: all
};

/// Rows of described tables, those of an application too. Safe to use from several threads at once.
/// Views in arguments refer to descriptions, which live as long as the program.
class row_store {
 public:
  virtual ~row_store() = default;

  /// Writes rows of one table, given as objects with a key per column, in one statement: all of
  /// them or none. Update and remove find their rows by the primary key. Returns how many rows
  /// there were to write. Throws error (invalid_input beyond unit_bytes_max of JSON, and for an
  /// update with two rows of one key).
  virtual std::size_t write_rows(const schema::table_description& table, verb what,
                                 json::array rows) = 0;

  /// The rows that go with any of `keys`, arrays of values in the order of `what.key`, by one
  /// statement. Throws error (invalid_input beyond related_parents_max and related_keys_bytes_max).
  [[nodiscard]] virtual std::vector<json::object> related_rows(const related_request& what,
                                                               json::array keys) = 0;
};

namespace detail {

template <class Database, class Row>
std::size_t write_rows(row_store& store, verb what, std::span<const Row> rows) {
  using table = typename Database::template table_of<Row>;
  std::size_t bytes = 0;
  for (const Row& row : rows) check_size(bytes += least_size<table>(row), table::name.view());
  json::array objects;
  objects.reserve(rows.size());
  for (const Row& row : rows) objects.push_back(to_object<table>(row));
  return store.write_rows(*schema::find_table(Database::description, table::name.view()), what,
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

/// Inserts rows of a table of `Database`, all or none. Throws error.
template <class Database, class Row>
void insert_rows(row_store& store, const std::vector<Row>& rows) {
  detail::write_rows<Database, Row>(store, verb::insert, rows);
}

/// Sets every column of the rows that have these primary keys; returns how many there are.
template <class Database, class Row>
std::size_t update_rows(row_store& store, const std::vector<Row>& rows) {
  static_assert(sizeof(detail::updatable<typename Database::template table_of<Row>>) != 0);
  return detail::write_rows<Database, Row>(store, verb::update, rows);
}

/// Removes the rows that have these primary keys, and what cascades; returns how many there were.
template <class Database, class Row>
std::size_t remove_rows(row_store& store, const std::vector<Row>& rows) {
  return detail::write_rows<Database, Row>(store, verb::remove, rows);
}

}  // namespace nava::persistence
