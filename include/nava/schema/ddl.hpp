// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/export.hpp>
#include <nava/schema/description.hpp>
#include <string>
#include <vector>

/// Renders a description as SQL. Pure functions; safe to call from any thread.
namespace nava::schema {

/// The database whose SQL is rendered.
enum class dialect {
  postgresql,
  sqlite,      ///< with STRICT tables
  distributed  ///< PostgreSQL with Citus, distributed by the id of the workflow
};

/// Returns the action as ON DELETE and ON UPDATE spell it: `SET NULL`.
[[nodiscard]] NAVA_EXPORT std::string_view to_text(referential_action action);

/// Returns the identifier in quotes, `"name"`, with each quote inside doubled. Nava quotes every
/// identifier, because column names such as `desc` and `order` are keywords.
[[nodiscard]] NAVA_EXPORT std::string quoted(std::string_view identifier);

/// Returns the columns of a key, quoted and separated by commas; empty where there are none.
[[nodiscard]] NAVA_EXPORT std::string quoted_list(name_list columns);

/// Returns the type of a column as the DDL of `dialect` spells it: `numeric(12,2)`.
[[nodiscard]] NAVA_EXPORT std::string type_name(const column_description& column, dialect dialect);

/// Returns the default of a column as the DDL of `dialect` spells it; empty where it has none.
[[nodiscard]] NAVA_EXPORT std::string default_expression(const column_description& column,
                                                         dialect dialect);

/// A CHECK constraint: the `ck_{table}_{column}` of a column, or a described one.
struct check_description {
  std::string name;         ///< of the constraint, not quoted
  std::string_view column;  ///< the column that it checks; empty for a described CHECK
  std::string expression;   ///< SQL, without the parentheses of CHECK
};

/// Returns the CHECKs of a table in `dialect`: first those of its columns, in the order of the
/// columns, then the described ones.
[[nodiscard]] NAVA_EXPORT std::vector<check_description> checks_of(const table_description& table,
                                                                   dialect dialect);

/// A trigger of SQLite.
struct trigger_description {
  std::string name;       ///< `{key}_set_null`, not quoted
  std::string statement;  ///< the CREATE TRIGGER statement, ended by `;`
};

/// Returns the trigger that does on SQLite what ON DELETE SET NULL of some columns does on
/// PostgreSQL. It fires after a row of the key's target is deleted. `key` is a key of `from`.
[[nodiscard]] NAVA_EXPORT trigger_description set_null_trigger(const table_description& from,
                                                               const foreign_key_description& key);

/// Returns the triggers on `table`, one for each key of `database` that leads there and has a
/// `set_null_in<…>`.
[[nodiscard]] NAVA_EXPORT std::vector<trigger_description> set_null_triggers(
    const database_description& database, std::string_view table);

/// Returns the CREATE TABLE, CREATE INDEX and CREATE TRIGGER statements of a whole schema. Each
/// ends with `;` and a newline; the same description gives the same bytes. Table names are not
/// qualified: on PostgreSQL the search_path says where the tables are created. A foreign key to a
/// table that comes later is added at the end. Keys may also lead to tables that exist already.
///
/// For `distributed`, foreign keys are ON UPDATE NO ACTION. The call that distributes a table
/// follows the table. A unique key of workflow that lacks its id becomes a table of its own. Throws
/// std::invalid_argument where a table cannot be distributed.
[[nodiscard]] NAVA_EXPORT std::string create_statements(const database_description& database,
                                                        dialect dialect);

}  // namespace nava::schema
