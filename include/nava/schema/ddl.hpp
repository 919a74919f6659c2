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

/// The type of a column in `dialect`, as DDL spells it.
[[nodiscard]] std::string_view type_name(column_type type, dialect dialect);

/// A CHECK constraint, `ck_{table}_{column}`.
struct check_description {
  std::string name;
  std::string_view column;  ///< that it is about
  std::string expression;
};

/// The CHECKs that a table has in `dialect`, in the order of its columns.
[[nodiscard]] std::vector<check_description> checks_of(const table_description& table,
                                                       dialect dialect);

/// CREATE TABLE and CREATE INDEX statements for a whole schema, each ended by `;` and a
/// newline, the same bytes for the same description. Table names are not qualified: on
/// PostgreSQL the search_path says where they are made. A foreign key to a table that comes later
/// is added at the end; keys may also lead to tables that are there already.
///
/// For `distributed`, foreign keys are ON UPDATE NO ACTION, each table is followed by the call
/// that distributes it, and a unique key of workflow that lacks its id becomes a table of its own.
/// Throws std::invalid_argument where a table cannot be distributed.
[[nodiscard]] std::string create_statements(const database_description& database, dialect dialect);

}  // namespace nava::schema
