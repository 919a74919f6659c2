// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <nava/schema/description.hpp>
#include <nava/workflow/error.hpp>
#include <nava/workflow/limits.hpp>
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

/// The seam for rows of described tables, those of an application too; rows.hpp and
/// related_rows.hpp call it with typed rows. Safe to use from several threads at once. Views in
/// arguments refer to descriptions, which live as long as the program.
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

}  // namespace nava::persistence
