// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/types.hpp>
#include <span>
#include <string_view>

/// A schema as plain data. The compile-time tables become this data; the code that renders,
/// migrates and compares schemas reads it. All views of a compiled schema refer to static storage,
/// so that a description can be copied freely and used from any thread.
namespace nava::schema {

/// What the database does to the rows that refer to a row which is deleted or gets another key. No
/// described key has set_default, but a catalog may.
enum class referential_action { no_action, restrict, cascade, set_null, set_default };

/// Names in order: columns of a key, or values of an enumeration.
using name_list = std::span<const std::string_view>;

/// A column of a table.
struct column_description {
  std::string_view name;  ///< not quoted
  column_type type{};     ///< the type for both databases; type_name() spells it for one
  bool nullable = false;  ///< without NOT NULL
  name_list values;       ///< the names of an enumeration; otherwise empty
  decimal_size digits{};  ///< the digits of a decimal
  /// The value of rows that others insert without the column; rules::is_value_text has its form.
  std::optional<std::string_view> default_value{};
  bool identity = false;  ///< the database numbers the rows; then it is the primary key
};

/// When the database checks a foreign key.
enum class enforcement {
  immediate,   ///< at the end of each statement
  deferrable,  ///< at the end of each statement; at COMMIT where the transaction asks for that
  deferred     ///< at COMMIT
};

/// A foreign key.
struct foreign_key_description {
  std::string_view name;           ///< of the constraint
  name_list columns;               ///< of the table that has the key
  std::string_view target_table;   ///< the table that the key refers to, perhaps its own
  name_list target_columns;        ///< as many as `columns`, in their order; a key of the target
  referential_action on_delete{};  ///< when a row that is referred to is deleted
  referential_action on_update{};  ///< when such a row gets another key
  name_list set_columns{};         ///< the columns that ON DELETE SET NULL sets; empty: all
  enforcement checked{};           ///< when the database checks it
};

/// A described CHECK of a table, in SQL that both dialects read.
struct condition_description {
  std::string_view name;        ///< of the constraint
  std::string_view expression;  ///< SQL, without the parentheses of CHECK
};

/// A primary key, a unique constraint, or an index.
struct index_description {
  /// What an index is for. A `unique` with a condition, an expression or a descending term is a
  /// unique index, otherwise a constraint.
  enum class kind { primary_key, unique, index };
  kind what{};             ///< what it is for
  std::string_view name;   ///< of the constraint or index
  name_list columns;       ///< the terms; an expression stands in parentheses, `(lower(email))`
  std::string_view where;  ///< the condition of a partial index; otherwise empty
  std::uint32_t descending = 0;  ///< a bit for each term, the lowest for the first
};

/// A relationship: leads from a row of one table to rows of another, along a foreign key of either.
struct relationship_description {
  std::string_view name;            ///< unique in the table that it leads from
  std::string_view target_table;    ///< the table that it leads to, perhaps its own
  bool many = false;                ///< leads to any number of rows; otherwise to at most one
  bool optional = false;            ///< may lead to no row
  std::string_view via_constraint;  ///< the name of the key to follow; empty: not named so
  std::string_view via_table;       ///< the table of the key to follow; empty: not named so
  name_list via_columns;            ///< the columns of the key to follow, beside `via_table`
  std::string_view back_populates;  ///< the relationship that leads back; empty: not described
  bool backward = false;            ///< in one table: leads to the row that refers to this one
};

/// A storage parameter of PostgreSQL, as in `ALTER TABLE … SET (name = value)`.
struct storage_parameter {
  std::string_view name;   ///< not `fillfactor`, which table_description has
  std::string_view value;  ///< as SQL spells it
};

/// A table.
struct table_description {
  std::string_view name;                                  ///< not quoted, without a database schema
  std::span<const column_description> columns;            ///< in the order of CREATE TABLE
  std::span<const index_description> indexes;             ///< the primary key first
  std::span<const foreign_key_description> foreign_keys;  ///< keys of this table
  std::span<const relationship_description> relationships;  ///< those that lead from this table
  int fillfactor = 100;  ///< PostgreSQL: the percentage of a page that inserts fill
  /// PostgreSQL: the other parameters that differ from the server's settings. On a partitioned
  /// table they are those of its partitions.
  std::span<const storage_parameter> storage{};
  std::string_view partition_column{};  ///< PostgreSQL: the column of PARTITION BY RANGE, if any
  std::span<const condition_description> conditions{};  ///< the described CHECKs
  /// PostgreSQL: row-level security shows a role the rows of its company alone.
  bool by_company = false;

  /// Returns the first of `indexes`, which must not be empty.
  [[nodiscard]] constexpr const index_description& primary_key() const { return indexes.front(); }
};

/// The tables of a schema.
struct database_description {
  std::span<const table_description> tables;  ///< in order of creation
};

}  // namespace nava::schema
