// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/inspection/catalog.hpp>
#include <nava/persistence/row_store.hpp>
#include <string>
#include <vector>

namespace nava::inspection {

using namespace persistence;

inline constexpr std::size_t probe_parents_max = 100;
inline constexpr std::size_t probe_related_max = 10;

/// The indexes of `live` that serve `key`, a key of `table` in `schema`.
[[nodiscard]] std::vector<const catalog_index*> serving_indexes(
    const catalog& live, std::string_view schema, const schema::table_description& table,
    const schema::foreign_key_description& key);

/// What the check of a schema asks of its tables, beside the catalog. Reads only. Each call throws
/// error, kind contention where another session keeps a table to itself. Used by one thread at a
/// time.
class schema_probe {
 public:
  virtual ~schema_probe() = default;

  /// Whether rows that refer to nothing are refused here, as far as this program is asked.
  virtual bool enforces_foreign_keys() = 0;

  /// Whether the database finds the rows with a given foreign key by an index that serves it, which
  /// is what a cascade does.
  virtual bool finds_by_index(const schema::table_description& table,
                              const schema::foreign_key_description& key) = 0;

  /// Some of the keys that rows of `table` have in `columns`, none of which is NULL.
  virtual json::array sample_keys(const schema::table_description& table,
                                  schema::name_list columns) = 0;

  /// As row_store has it.
  virtual std::vector<json::object> related_rows(const related_request& what,
                                                 const json::array& keys) = 0;

  /// Rows of `table` that refer along `key` to a row that is not there, where this database can
  /// have such rows and tell cheaply; else 0.
  virtual std::size_t orphans(const schema::table_description& table,
                              const schema::foreign_key_description& key) = 0;
};

}  // namespace nava::inspection
