// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/description.hpp>
#include <string>
#include <vector>

namespace nava::schema {

enum class dialect {
  postgresql,
  sqlite,
  distributed  ///< PostgreSQL with Citus, distributed by the id of the workflow
};

/// `ON DELETE` and `ON UPDATE` take it so: `SET NULL`.
[[nodiscard]] std::string_view to_text(referential_action action);

/// `"name"`. Every identifier is quoted, since column names such as `desc` and `order` are
/// keywords.
[[nodiscard]] std::string quoted(std::string_view identifier);

/// The columns of a key, quoted and separated by commas.
[[nodiscard]] std::string quoted_list(name_list columns);

/// The type of a column in `dialect`, as DDL spells it: `numeric(12,2)`.
[[nodiscard]] std::string type_name(const column_description& column, dialect dialect);

/// The default of a column in `dialect`, as DDL spells it; empty where it has none.
[[nodiscard]] std::string default_expression(const column_description& column, dialect dialect);

/// A CHECK constraint: `ck_{table}_{column}`, or one that is described.
struct check_description {
  std::string name;
  std::string_view column;  ///< that it is about; empty: one that is described
  std::string expression;
};

/// The CHECKs that a table has in `dialect`: those of its columns in their order, then those that
/// are described.
[[nodiscard]] std::vector<check_description> checks_of(const table_description& table,
                                                       dialect dialect);

/// A trigger of a table on SQLite: after a row was deleted it does what ON DELETE SET NULL does of
/// some columns of `key`, which `from` has.
struct trigger_description {
  std::string name;
  std::string statement;  ///< that makes it, ended by `;`
};
[[nodiscard]] trigger_description set_null_trigger(const table_description& from,
                                                   const foreign_key_description& key);

/// The triggers that SQLite has on `table` for keys of `database` which lead there.
[[nodiscard]] std::vector<trigger_description> set_null_triggers(
    const database_description& database, std::string_view table);

/// CREATE TABLE, CREATE INDEX and CREATE TRIGGER statements for a whole schema, each ended by `;`
/// and a newline, the same bytes for the same description. Table names are not qualified: on
/// PostgreSQL the search_path says where they are made. A foreign key to a table that comes later
/// is added at the end; keys may also lead to tables that are there already.
///
/// For `distributed`, foreign keys are ON UPDATE NO ACTION, each table is followed by the call
/// that distributes it, and a unique key of workflow that lacks its id becomes a table of its own.
/// Throws std::invalid_argument where a table cannot be distributed.
[[nodiscard]] std::string create_statements(const database_description& database, dialect dialect);

}  // namespace nava::schema
