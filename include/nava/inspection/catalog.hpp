// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nava/schema/ddl.hpp>
#include <string>
#include <string_view>
#include <vector>

/// A schema as a live database tells it, ours or not: names, types and expressions as the
/// database spells them. What compares, lints or draws a database reads this and no connection.
/// Expressions are those of PostgreSQL's pg_get_expr, `(paid IS NOT NULL)`; on SQLite as written,
/// without comments. Any white space in them, but for that of literals, is one blank. On PostgreSQL
/// what lies outside pg_catalog has its schema before its name. Plain values; const use from
/// several threads is safe.
namespace nava::inspection {

// What a catalog is compared with; a name that both have means the one here.
using namespace schema;

/// Stands where there is an expression whose text could not be had: on PostgreSQL while another
/// session keeps the table to itself (ACCESS EXCLUSIVE) or waits to, on SQLite where the CREATE
/// statement is not understood; checks and the names of constraints are missing there then. In the
/// columns of an index it stands in parentheses.
inline constexpr std::string_view unread_expression = "?";

struct catalog_column {
  std::string name;
  std::string type;  ///< `character varying(20)` on PostgreSQL; as declared on SQLite
  /// False: the column, or a domain on the way to its type, lets no NULL stay. A CHECK of the table
  /// that says the same is in `checks`.
  bool nullable = true;
  std::string default_expression;  ///< empty: none
  std::string generated;    ///< expression, or ALWAYS / BY DEFAULT of an identity; else empty
  std::string collation;    ///< empty: that of the type (PostgreSQL), BINARY (SQLite)
  std::string base_type{};  ///< what a domain stands for in the end; empty: no domain
};

struct catalog_index {
  enum class kind { primary_key, unique_constraint, unique_index, exclusion, index };
  kind what{};
  std::string name;  ///< of the constraint, where it is one; SQLite: empty where it has none
  std::vector<std::string> columns;   ///< of the key; an expression stands in parentheses
  std::vector<std::string> included;  ///< columns carried along
  std::string where;                  ///< condition of a partial index; otherwise empty
  std::string method = "btree";       ///< access method
  /// In the default operator classes and the columns' collations, NULL where the direction puts it.
  bool plain = true;
  std::uint32_t descending = 0;  ///< a bit for each of the columns, the lowest for the first
  bool searchable = true;        ///< the operator classes have the `=` of their types
  /// In the order of the columns; none at all: as if each were empty. An empty one is the column's
  /// own on PostgreSQL, where others stand as in a statement, and BINARY on SQLite.
  std::vector<std::string> collations;
  bool nulls_distinct = true;
  bool valid = true;  ///< false: left by a CREATE INDEX CONCURRENTLY that failed
  bool deferrable = false;
};

struct catalog_check {
  std::string name;        ///< SQLite: empty where it has none
  std::string expression;  ///< without the word CHECK
  bool validated = true;
};

struct catalog_foreign_key {
  std::string name;  ///< SQLite: empty where it has none
  std::vector<std::string> columns;
  std::string target_schema;
  std::string target_table;                 ///< SQLite: may be missing from the catalog
  std::vector<std::string> target_columns;  ///< empty: SQLite, of a target without a primary key
  /// PostgreSQL: of those columns, domains as what they stand for, since the target may be in a
  /// schema that was not read.
  std::vector<std::string> target_types{};
  /// PostgreSQL: in which the server compares each column, as in a statement; empty: the column's
  /// own. None at all: as if each were empty.
  std::vector<std::string> collations{};
  bool names_target = true;  ///< SQLite: false: it leads to the primary key without naming it
  referential_action on_delete{};
  referential_action on_update{};
  std::vector<std::string> set_columns{};  ///< that ON DELETE SET sets; empty: all
  bool match_full = false;
  bool deferrable = false;
  bool initially_deferred = false;
  bool validated = true;
  bool enforced = true;  ///< false: a trigger that does its work is disabled, on a partition also
};

struct catalog_trigger {
  std::string name;  ///< of a trigger somebody made; those of foreign keys are not listed
  bool enabled = true;
  std::string statement{};  ///< SQLite: that made it, as written
};

/// PostgreSQL: a storage parameter that somebody set, as it is kept.
struct catalog_storage_parameter {
  std::string name;
  std::string value;
};

struct catalog_rule {
  std::string name;  ///< of a rewrite rule (PostgreSQL), which replaces or adds to statements
  bool enabled = true;
};

struct catalog_table {
  enum class kind { table, partitioned, foreign };
  std::string schema;  ///< SQLite: `main`
  std::string name;
  kind what{};
  std::string partitioned_by{};         ///< `RANGE (workflow_id)`; empty unless partitioned
  std::vector<catalog_column> columns;  ///< in their order
  std::vector<catalog_index> indexes;   ///< the primary key, if any, first; the others by name
  std::vector<catalog_check> checks;    ///< by name; none that another table hands down
  std::vector<catalog_foreign_key> foreign_keys;  ///< by name, then columns
  std::vector<catalog_trigger> triggers;          ///< by name
  std::vector<catalog_rule> rules;                ///< by name
  int fillfactor = 100;
  bool autovacuum = true;
  std::vector<catalog_storage_parameter> storage{};  ///< by name; without the two above
  bool logged = true;          ///< false: UNLOGGED, emptied by a crash of the server
  bool row_security = false;   ///< policies may hide rows
  bool strict = false;         ///< SQLite
  bool without_rowid = false;  ///< SQLite
  /// When it was last analyzed or vacuumed, with all its partitions; -1: not known.
  std::int64_t rows_estimate = -1;
  std::int64_t bytes_estimate = -1;  ///< likewise, without indexes; -1: not known, as on SQLite
};

/// A view, materialized or not: what else may have the name of a table.
struct catalog_view {
  std::string schema;
  std::string name;
};

/// PostgreSQL: a sequence, a type of rows, a partition or an index of one, or what an extension
/// made: a name that a table or index of the schema cannot have, and that stands nowhere else here.
struct catalog_taken_name {
  std::string schema;
  std::string name;
};

struct catalog {
  dialect what = dialect::postgresql;
  /// Ordered by schema and name; no views, and of partitions those that have foreign keys which
  /// the whole table does not have.
  std::vector<catalog_table> tables;
  std::vector<catalog_view> views;  ///< likewise; with those of extensions
  std::vector<catalog_taken_name> taken_names;
};

/// The table of that name, or null.
[[nodiscard]] const catalog_table* find_table(const catalog& in, std::string_view schema,
                                              std::string_view name);

/// The collation in which the database compares the column at `place` of `key` with its target, as
/// those of an index are given: empty is the column's own on PostgreSQL, BINARY on SQLite.
[[nodiscard]] std::string compared_in(const catalog& in, const catalog_foreign_key& key,
                                      std::size_t place);

/// Whether `index` finds the rows that refer to a row along `key`, both of one table of `in`, by a
/// search for equal values: it is valid, holds every row in which the key is not NULL, and begins
/// with the columns of the key in any order; or it is unique in some of them, so that it finds at
/// most one row. Names must be spelled as in the table.
[[nodiscard]] bool serves(const catalog& in, const catalog_index& index,
                          const catalog_foreign_key& key);

}  // namespace nava::inspection
