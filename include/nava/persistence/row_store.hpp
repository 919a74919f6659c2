// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <nava/export.hpp>
#include <nava/schema/description.hpp>
#include <nava/workflow/error.hpp>
#include <nava/workflow/limits.hpp>
#include <vector>

namespace nava::persistence {

/// The most rows whose related rows one call loads.
inline constexpr std::size_t related_parents_max = 1'000'000;
/// The most bytes of their keys as JSON; PostgreSQL takes up to 256 MiB.
inline constexpr std::size_t related_keys_bytes_max = 128u << 20;

/// What row_store::write_rows() does with its rows.
enum class verb { insert, update, remove };

/// A column to sort by. Texts sort by their bytes and NULL comes last, on either database.
struct sort_term {
  std::string_view column;  ///< a column of the target
  bool descending = false;  ///< the greatest value first
};

/// A query for the rows of a table that have given keys.
struct related_request {
  const schema::table_description* target = nullptr;  ///< the table of the rows; never null
  schema::name_list key;        ///< columns of the target whose values the keys are
  std::vector<sort_term> sort;  ///< then by the primary key; not by JSON or arrays (invalid_input)
  std::size_t limit = 0;        ///< rows per key; 0: all
};

/// The seam for rows of described tables, also of an application's; rows.hpp and related_rows.hpp
/// call it with typed rows. Thread-safe. Descriptions in arguments must outlive the store: it keeps
/// a statement for each by its address.
class NAVA_EXPORT row_store {
 public:
  virtual ~row_store() = default;

  /// Writes rows of one table, objects with a key per column, in one statement: all or none. Update
  /// and remove find rows by the primary key. Returns how many rows were written. Throws error:
  /// invalid_input beyond unit_bytes_max and for an update with two rows of one key;
  /// outcome_unknown, where they may be written; and what the database refuses.
  virtual std::size_t write_rows(const schema::table_description& table, verb what,
                                 json::array rows) = 0;

  /// Returns the rows that have any of `keys`, arrays of values in the order of `what.key`, by one
  /// statement. Throws error: invalid_input beyond related_parents_max or related_keys_bytes_max.
  [[nodiscard]] virtual std::vector<json::object> related_rows(const related_request& what,
                                                               json::array keys) = 0;
};

}  // namespace nava::persistence
