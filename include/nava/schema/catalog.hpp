// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nava/schema/ddl.hpp>
#include <string>
#include <vector>

/// A schema as a live database tells it, ours or not: names, types and expressions as the
/// database spells them. What compares, lints or draws a database reads this and no connection.
/// Plain values; const use from several threads is safe.
namespace nava::schema {

struct catalog_column {
  std::string name;
  std::string type;  ///< `character varying(20)` on PostgreSQL; as declared on SQLite
  bool nullable = true;
  std::string default_expression;  ///< empty: none
  std::string generated;  ///< expression, or ALWAYS / BY DEFAULT of an identity; else empty
  std::string collation;  ///< empty: that of the type (PostgreSQL), BINARY (SQLite)
};

struct catalog_index {
  enum class kind { primary_key, unique_constraint, unique_index, exclusion, index };
  kind what{};
  std::string name;  ///< of the constraint, where it is one; SQLite: empty where it has none
  std::vector<std::string> columns;   ///< of the key; an expression stands in parentheses
  std::vector<std::string> included;  ///< columns carried along
  std::string where;                  ///< condition of a partial index; otherwise empty
  std::string method = "btree";       ///< access method
  bool plain = true;                  ///< ascending, in the default operator classes
  bool nulls_distinct = true;
  bool valid = true;  ///< false: left by a CREATE INDEX CONCURRENTLY that failed
  bool deferrable = false;
};

struct catalog_check {
  std::string name;  ///< SQLite: empty where it has none
  std::string expression;
  bool validated = true;
};

struct catalog_foreign_key {
  std::string name;  ///< SQLite: empty where it has none
  std::vector<std::string> columns;
  std::string target_schema;
  std::string target_table;
  std::vector<std::string> target_columns;
  referential_action on_delete{};
  referential_action on_update{};
  bool match_full = false;
  bool deferrable = false;
  bool initially_deferred = false;
  bool validated = true;
  bool enforced = true;  ///< false: one of the triggers that do its work is disabled
};

struct catalog_trigger {
  std::string name;  ///< of a trigger somebody made; those of foreign keys are not listed
  bool enabled = true;
};

struct catalog_table {
  enum class kind { table, partitioned, foreign };
  std::string schema;  ///< SQLite: `main`
  std::string name;
  kind what{};
  std::vector<catalog_column> columns;  ///< in their order
  std::vector<catalog_index> indexes;   ///< the primary key, if any, first; the others by name
  std::vector<catalog_check> checks;    ///< by name
  std::vector<catalog_foreign_key> foreign_keys;  ///< by name, then columns
  std::vector<catalog_trigger> triggers;          ///< by name
  int fillfactor = 100;
  bool autovacuum = true;
  bool logged = true;                ///< false: UNLOGGED, emptied by a crash of the server
  bool row_security = false;         ///< policies may hide rows
  bool strict = false;               ///< SQLite
  bool without_rowid = false;        ///< SQLite
  std::int64_t rows_estimate = -1;   ///< -1: not known
  std::int64_t bytes_estimate = -1;  ///< of the table without its indexes; -1: not known
};

struct catalog {
  dialect what = dialect::postgresql;
  std::vector<catalog_table> tables;  ///< ordered by schema and name; no views, no partitions
  bool foreign_keys_on = true;  ///< SQLite: what a new connection finds `PRAGMA foreign_keys` at
};

/// The table of that name, or null.
[[nodiscard]] const catalog_table* find_table(const catalog& in, std::string_view schema,
                                              std::string_view name);

}  // namespace nava::schema
