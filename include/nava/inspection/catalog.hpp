// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nava/export.hpp>
#include <nava/schema/ddl.hpp>
#include <string>
#include <string_view>
#include <vector>

/// The catalog of a live database, of Nava's tables and of any others. Names, types and expressions
/// are spelled as the database spells them. The code that compares or lints a schema reads this and
/// needs no connection.
///
/// An expression on PostgreSQL is that of pg_get_expr, `(paid IS NOT NULL)`; a name outside
/// pg_catalog has its schema before it. An expression on SQLite is as written, without comments.
/// White space outside literals is one blank.
///
/// Plain values and pure functions. Const use from several threads is safe.
namespace nava::inspection {

// A catalog is compared with descriptions. Where both namespaces have a name, this one wins.
using namespace schema;

/// Stands for an expression whose text could not be read. On PostgreSQL another session holds the
/// table in ACCESS EXCLUSIVE mode, or waits for it. On SQLite the parser does not know the grammar
/// of the CREATE statement; checks and names of constraints are then missing too. Among the terms
/// of an index it stands in parentheses.
inline constexpr std::string_view unread_expression = "?";

/// A column of a table.
struct catalog_column {
  std::string name;  ///< without quotes
  std::string type;  ///< `character varying(20)` on PostgreSQL; as declared on SQLite
  /// False where the column or a domain of its type is NOT NULL. A CHECK that says the same is in
  /// `checks` instead.
  bool nullable = true;
  std::string default_expression;  ///< empty: none
  std::string generated;    ///< the expression, or ALWAYS / BY DEFAULT of an identity; else empty
  std::string collation;    ///< empty: that of the type (PostgreSQL), BINARY (SQLite)
  std::string base_type{};  ///< the type under all domains; empty: the type is no domain
};

/// An index, or a key with its index. On SQLite also a primary key that is the rowid, which has no
/// index of its own.
struct catalog_index {
  /// What made the index. `unique_index` and `index` come from CREATE INDEX, the others from
  /// constraints.
  enum class kind { primary_key, unique_constraint, unique_index, exclusion, index };
  kind what{};       ///< never `exclusion` on SQLite
  std::string name;  ///< the constraint's name where it is one; SQLite: empty where it has none
  std::vector<std::string> columns;   ///< the terms; an expression stands in parentheses
  std::vector<std::string> included;  ///< the columns of INCLUDE
  std::string where;                  ///< the condition of a partial index; otherwise empty
  std::string method = "btree";       ///< the access method
  /// The terms have their default operator classes and collations, and NULLS FIRST or LAST as their
  /// direction has it.
  bool plain = true;
  std::uint32_t descending = 0;  ///< a bit for each term, the lowest for the first
  bool searchable = true;        ///< the operator classes have the `=` of their types
  /// The collation of each term, as a statement spells it. Empty is the column's own on PostgreSQL
  /// and BINARY on SQLite. No element at all: all are empty.
  std::vector<std::string> collations;
  bool nulls_distinct = true;  ///< false: NULLS NOT DISTINCT, of PostgreSQL 15 and later
  bool valid = true;           ///< false: left behind by a CREATE INDEX CONCURRENTLY that failed
  /// The constraint may be checked at COMMIT. False on SQLite and where there is no constraint.
  bool deferrable = false;
};

/// A CHECK constraint of a table or of one of its columns.
struct catalog_check {
  std::string name;        ///< SQLite: empty where it has none
  std::string expression;  ///< without the word CHECK
  bool validated = true;   ///< false: NOT VALID, so older rows may break it; true on SQLite
};

/// A foreign key of a table.
struct catalog_foreign_key {
  std::string name;                  ///< SQLite: empty where it has none
  std::vector<std::string> columns;  ///< of this table, each at the place of its target column
  std::string target_schema;         ///< SQLite: `main`
  std::string target_table;          ///< SQLite: may be missing from the catalog
  std::vector<std::string>
      target_columns;  ///< SQLite: empty where the target has none, or is missing
  /// PostgreSQL: the types of the target columns, under all domains. The target may be in a schema
  /// that was not read.
  std::vector<std::string> target_types{};
  /// PostgreSQL: the collation in which the server compares each column, as a statement spells it.
  /// Empty is the column's own. No element at all: all are empty.
  std::vector<std::string> collations{};
  bool names_target = true;  ///< SQLite: false: leads to the primary key without naming its columns
  referential_action on_delete{};  ///< what happens to the referring rows of a deleted row
  referential_action on_update{};  ///< what happens to them when the key of their target changes
  std::vector<std::string> set_columns{};  ///< the columns that ON DELETE SET sets; empty: all
  bool match_full = false;  ///< MATCH FULL: a key that is partly NULL is refused; false on SQLite
  bool deferrable = false;  ///< DEFERRABLE: the key may be checked at COMMIT
  bool initially_deferred = false;  ///< the key is checked at COMMIT by default
  bool validated = true;  ///< false: NOT VALID, so older rows may break it; true on SQLite
  bool enforced = true;   ///< false: a trigger that enforces it is disabled, on a partition too
};

/// A trigger, without those that PostgreSQL creates for foreign keys.
struct catalog_trigger {
  std::string name;         ///< unique in its table, on SQLite in the file
  bool enabled = true;      ///< false: it does not fire in ordinary sessions; true on SQLite
  std::string statement{};  ///< SQLite: the CREATE TRIGGER statement, as written
};

/// PostgreSQL: a storage parameter that is set, as pg_class stores it.
struct catalog_storage_parameter {
  std::string name;   ///< `autovacuum_vacuum_scale_factor`
  std::string value;  ///< as it was written: `0.10` stays `0.10`; empty where there is none
};

/// PostgreSQL: a rewrite rule, which replaces statements or adds to them.
struct catalog_rule {
  std::string name;     ///< unique in its table
  bool enabled = true;  ///< false: it does nothing in ordinary sessions
};

/// A table with its columns, keys, indexes and options.
struct catalog_table {
  /// How the table keeps its rows. On SQLite each is a `table`.
  enum class kind { table, partitioned, foreign };
  std::string schema;                   ///< SQLite: `main`
  std::string name;                     ///< without quotes; unique in its schema
  kind what{};                          ///< `partitioned`: the whole table, not a partition of it
  std::string partitioned_by{};         ///< `RANGE (workflow_id)`; empty unless partitioned
  std::vector<catalog_column> columns;  ///< in their order
  std::vector<catalog_index> indexes;   ///< the primary key, if any, first; the others by name
  std::vector<catalog_check> checks;    ///< by name; none that another table hands down
  std::vector<catalog_foreign_key> foreign_keys;  ///< by name, then columns
  std::vector<catalog_trigger> triggers;          ///< by name
  std::vector<catalog_rule> rules;                ///< by name
  int fillfactor = 100;    ///< per cent of a page that INSERT fills; 100 where it is not set
  bool autovacuum = true;  ///< false: switched off for this table
  std::vector<catalog_storage_parameter> storage{};  ///< by name; without the two above
  bool logged = true;          ///< false: UNLOGGED, emptied by a crash of the server
  bool row_security = false;   ///< policies may hide rows
  bool strict = false;         ///< SQLite
  bool without_rowid = false;  ///< SQLite
  /// The number of rows at the last ANALYZE or VACUUM, with all partitions; -1: not known.
  std::int64_t rows_estimate = -1;
  /// The bytes of the table at that time, without indexes; -1: not known, as on SQLite.
  std::int64_t bytes_estimate = -1;
};

/// A view, materialized or not. It takes a name that a table could have.
struct catalog_view {
  std::string schema;  ///< SQLite: `main`
  std::string name;    ///< without quotes
};

/// PostgreSQL: a name that a table or index cannot have and that stands nowhere else in the
/// catalog: that of a sequence, a row type, a partition or its index, or an object of an extension.
struct catalog_taken_name {
  std::string schema;  ///< in which the name is taken
  std::string name;    ///< without quotes
};

/// The tables, views and other names of a database, as read_catalog() returns them.
struct catalog {
  dialect what = dialect::postgresql;  ///< read_catalog() never sets `distributed`
  /// Ordered by schema and name, without views. A partition is listed where it has foreign keys
  /// that its whole table lacks.
  std::vector<catalog_table> tables;
  std::vector<catalog_view> views;  ///< ordered by schema and name, with those of extensions
  std::vector<catalog_taken_name> taken_names;  ///< ordered by schema and name; none on SQLite
};

/// Returns the table of that name, which lives as long as `database`; null where there is none.
[[nodiscard]] NAVA_EXPORT const catalog_table* find_table(const catalog& database,
                                                          std::string_view schema,
                                                          std::string_view name);

/// Returns the collation in which the database compares the column at `place` of `key` with its
/// target. Empty is the column's own on PostgreSQL and BINARY on SQLite.
[[nodiscard]] NAVA_EXPORT std::string compared_in(const catalog& database,
                                                  const catalog_foreign_key& key,
                                                  std::size_t place);

/// Returns whether a search for equal values in `index` finds the rows that refer to a row along
/// `key`. The index is valid and holds every row in which the key is not NULL. It begins with the
/// columns of the key in any order; or it is unique in some of them and finds at most one row. Both
/// belong to one table of `database` and spell names as the table does.
[[nodiscard]] NAVA_EXPORT bool serves(const catalog& database, const catalog_index& index,
                                      const catalog_foreign_key& key);

}  // namespace nava::inspection
