// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/ddl.hpp>
#include <string>
#include <string_view>
#include <vector>

/// The pieces of the statements that create a schema or mend a part of one. `place` is the quoted
/// database schema with its dot, or empty where table names are not qualified. Pure functions; safe
/// to call from any thread.
namespace nava::schema {

/// `'it''s'`
[[nodiscard]] std::string literal(std::string_view text);

[[nodiscard]] std::string column_line(const column_description& column, dialect dialect);
/// With `numbers_rows` it is the primary key by which SQLite numbers them.
[[nodiscard]] std::string key_line(const index_description& index, bool numbers_rows = false);
[[nodiscard]] std::string check_line(const check_description& check);
[[nodiscard]] std::string foreign_key_line(const foreign_key_description& key, dialect dialect,
                                           std::string_view place = {});

/// The clause that says when a foreign key is checked, with a space before it; empty where at once.
[[nodiscard]] std::string_view enforcement_clause(enforcement checked);

/// The ON DELETE of a key as the database has it. It is NO ACTION on SQLite where a trigger sets
/// some columns of the key to NULL, before the database checks the key.
[[nodiscard]] referential_action on_delete_of(const foreign_key_description& key, dialect dialect);

/// Whether the database numbers the rows.
[[nodiscard]] bool has_identity(const table_description& table);

/// Whether it is a constraint of the table, and not an index beside it.
[[nodiscard]] bool stands_in_table(const index_description& index);

/// The columns, keys and CHECKs of a table, without its foreign keys.
[[nodiscard]] std::vector<std::string> table_lines(const table_description& table, dialect dialect);

/// The clause after the closing parenthesis, with a space before it.
[[nodiscard]] std::string table_options(const table_description& table, dialect dialect);

/// The WITH clause of a table on PostgreSQL, with a space before it; empty where the storage is the
/// server's default.
[[nodiscard]] std::string storage_options(const table_description& table);

/// The terms of an index, separated by commas: `"a", "b" DESC, (lower("c"))`.
[[nodiscard]] std::string index_terms(const index_description& index);

/// CREATE INDEX over the terms of `index`, UNIQUE for a key, on one line and ended by `;`.
[[nodiscard]] std::string create_index(const table_description& table,
                                       const index_description& index, std::string_view place = {},
                                       bool concurrently = false);

}  // namespace nava::schema
