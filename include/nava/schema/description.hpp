// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/types.hpp>
#include <span>
#include <string_view>

/// A schema as plain data: what the compile-time tables boil down to, and what
/// everything that renders or compares a schema reads. All views refer to static
/// storage, so descriptions are copied freely and shared between threads.
namespace nava::schema {

enum class referential_action { no_action, restrict, cascade, set_null, set_default };

using name_list = std::span<const std::string_view>;

struct column_description {
  std::string_view name;
  column_type type{};
  bool nullable = false;
  name_list values;       ///< of an enumeration; otherwise empty
  decimal_size digits{};  ///< of a decimal
  /// What rows get that others write without the column, as rules::is_value_text reads it.
  std::optional<std::string_view> default_value{};
};

/// When a foreign key is checked.
enum class enforcement {
  immediate,   ///< at the end of each statement
  deferrable,  ///< so, but at COMMIT where the transaction asks for it
  deferred     ///< at COMMIT
};

struct foreign_key_description {
  std::string_view name;
  name_list columns;
  std::string_view target_table;
  name_list target_columns;
  referential_action on_delete{};
  referential_action on_update{};
  name_list set_columns{};  ///< those that ON DELETE SET NULL sets; empty: all
  enforcement checked{};
};

/// A CHECK of a table, in SQL that both dialects read.
struct condition_description {
  std::string_view name;
  std::string_view expression;
};

/// A primary key, a unique constraint, or an index.
struct index_description {
  enum class kind { primary_key, unique, index };
  kind what{};
  std::string_view name;
  name_list columns;             ///< an expression stands in parentheses, `(lower(email))`
  std::string_view where;        ///< condition of a partial index; otherwise empty
  std::uint32_t descending = 0;  ///< a bit for each of the columns, the lowest for the first
};

/// A way from the rows of one table to those of another, along one foreign key of either.
struct relationship_description {
  std::string_view name;
  std::string_view target_table;
  bool many = false;                ///< any number of rows of the target; otherwise at most one
  bool optional = false;            ///< there may be none
  std::string_view via_constraint;  ///< the key to follow, by its name; or
  std::string_view via_table;       ///< by the table that has it
  name_list via_columns;            ///< and its columns; both empty: there is but one
  std::string_view back_populates;  ///< the same way from the other end; empty: not described
  bool backward = false;            ///< of a table to itself: to the row that refers to this one
};

/// A storage parameter of PostgreSQL, as in `ALTER TABLE … SET (name = value)`.
struct storage_parameter {
  std::string_view name;
  std::string_view value;
};

struct table_description {
  std::string_view name;
  std::span<const column_description> columns;
  std::span<const index_description> indexes;  ///< the primary key is the first
  std::span<const foreign_key_description> foreign_keys;
  std::span<const relationship_description> relationships;
  int fillfactor = 100;  ///< PostgreSQL: percent of a page that inserts may fill
  /// PostgreSQL: the others that differ from the server's settings. A partitioned table takes none;
  /// each of its partitions does.
  std::span<const storage_parameter> storage{};
  std::string_view partition_column{};  ///< PostgreSQL: range-partitioned by it; empty: plain
  std::span<const condition_description> conditions{};  ///< CHECKs, beside those of its columns

  [[nodiscard]] constexpr const index_description& primary_key() const { return indexes.front(); }
};

struct database_description {
  std::span<const table_description> tables;  ///< in order of creation
};

}  // namespace nava::schema
