// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/ddl.hpp>
#include <string>
#include <string_view>
#include <vector>

/// The pieces that rendering a whole schema and mending a part of one are made of. `place` is the
/// quoted database schema with its dot, or empty where table names are not qualified.
namespace nava::schema {

/// `'it''s'`
[[nodiscard]] std::string literal(std::string_view text);

[[nodiscard]] std::string column_line(const column_description& column, dialect dialect);
[[nodiscard]] std::string key_line(const index_description& index);
[[nodiscard]] std::string check_line(const check_description& check);
[[nodiscard]] std::string foreign_key_line(const foreign_key_description& key, dialect dialect,
                                           std::string_view place = {});

/// When a foreign key is checked, beginning with a space; empty where at once.
[[nodiscard]] std::string_view enforcement_clause(enforcement checked);

/// What ON DELETE does as the database has it: on SQLite a trigger sets some columns of a key NULL,
/// before the key itself is looked at.
[[nodiscard]] referential_action on_delete_of(const foreign_key_description& key, dialect dialect);

/// Whether it is a constraint of the table rather than an index beside it.
[[nodiscard]] bool stands_in_table(const index_description& index);

/// Columns, keys and CHECKs of a table, without its foreign keys.
[[nodiscard]] std::vector<std::string> table_lines(const table_description& table, dialect dialect);

/// What follows the closing parenthesis, beginning with a space.
[[nodiscard]] std::string table_options(const table_description& table, dialect dialect);

/// The storage of a table on PostgreSQL, beginning with a space; empty where it is the server's
/// own.
[[nodiscard]] std::string storage_options(const table_description& table);

/// What an index is made of, separated by commas: `"a", "b" DESC, (lower("c"))`.
[[nodiscard]] std::string index_terms(const index_description& index);

/// An index over the terms of `index`, unique for a key, on one line and ended by `;`.
[[nodiscard]] std::string create_index(const table_description& table,
                                       const index_description& index, std::string_view place = {},
                                       bool concurrently = false);

}  // namespace nava::schema
