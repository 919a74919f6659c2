// SPDX-License-Identifier: Apache-2.0
#include "inspection/postgresql/catalog_queries.hpp"

#include <fmt/format.h>

// In the texts below, {ours}, {base_types} and {collation_name} stand for the texts so called.
namespace nava::inspection::catalog_queries {
namespace {

using namespace fmt::literals;

// tableoid is the oid of pg_class itself, and asking for it needs no name that could be hidden. A
// prepared transaction has locks but no pid.
constexpr std::string_view ours_sql = R"(
WITH RECURSIVE locked AS MATERIALIZED (
  SELECT l.relation FROM pg_catalog.pg_locks AS l
  JOIN pg_catalog.pg_database AS d ON d.oid = l.database
  WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
    AND d.datname = current_database()
    AND l.pid IS DISTINCT FROM pg_backend_pid()
), ours AS MATERIALIZED (
  SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence, c.relrowsecurity, c.reloptions,
         c.oid IN (SELECT relation FROM locked) AS is_locked
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f')
    AND (NOT c.relispartition
         OR EXISTS (SELECT FROM pg_catalog.pg_constraint AS k
                    WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conparentid = 0))
    AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND (cast(:schema AS text) = '' OR n.nspname = cast(:schema AS text))
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = c.tableoid
                    AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e')
))";

// Domains may stand for domains; a length is that of the innermost, and each of them may refuse
// NULL, by NOT NULL or by a CHECK.
constexpr std::string_view base_types_sql = R"(
, domains (domain, base, modifier, not_null) AS (
  SELECT t.oid, t.typbasetype, t.typtypmod, t.typnotnull OR EXISTS (
           SELECT FROM pg_catalog.pg_constraint AS k WHERE k.contypid = t.oid AND k.contype = 'c'
           AND CASE WHEN k.contypid <> 0 THEN pg_get_expr(k.conbin, 0) END = '(VALUE IS NOT NULL)')
  FROM pg_catalog.pg_type AS t WHERE t.typtype = 'd'
), chains (domain, base, modifier, not_null) AS (
  SELECT domain, base, modifier, not_null FROM domains
  UNION ALL
  SELECT c.domain, d.base, d.modifier, c.not_null OR d.not_null
  FROM chains AS c JOIN domains AS d ON d.domain = c.base
), base_types AS (
  SELECT c.domain, format_type(c.base, c.modifier) AS name, c.not_null
  FROM chains AS c JOIN pg_catalog.pg_type AS t ON t.oid = c.base WHERE t.typtype <> 'd'
))";

// As a statement names it.
constexpr std::string_view collation_name_sql = R"(CASE WHEN s.nspname = 'pg_catalog'
          THEN quote_ident(l.collname)
          ELSE quote_ident(s.nspname) || '.' || quote_ident(l.collname) END)";

constexpr const char* schemas_sql = R"(
SELECT nspname
FROM pg_catalog.pg_namespace
WHERE nspname = cast(:schema AS text)
  AND nspname <> 'information_schema' AND nspname !~ '^pg_')";

constexpr const char* referring_schemas_sql = R"(
SELECT DISTINCT n.nspname
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class AS t ON t.oid = k.confrelid
JOIN pg_catalog.pg_namespace AS s ON s.oid = t.relnamespace
WHERE k.contype = 'f' AND s.nspname = cast(:schema AS text) AND n.oid <> s.oid
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY n.nspname)";

// A partitioned table has no pages of its own, and its row count only where somebody ran ANALYZE on
// it. Before version 14 a table that was never looked at is one of no rows on no pages.
constexpr std::string_view tables_sql = R"({ours}
, parts (root, part) AS (
  SELECT oid, oid FROM ours
  UNION ALL
  SELECT p.root, i.inhrelid FROM parts AS p JOIN pg_catalog.pg_inherits AS i ON i.inhparent = p.part
  JOIN ours AS o ON o.oid = p.root WHERE o.relkind = 'p'
), measured AS (
  SELECT p.root, c.relpages, c.reltuples, c.reltuples >= 0 AND (c.relpages > 0 OR c.reltuples > 0
         OR cast(current_setting('server_version_num') AS integer) >= 140000) AS is_known
  FROM parts AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.part WHERE c.relkind <> 'p'
), sizes AS (
  SELECT m.root, sum(cast(m.reltuples AS double precision)) AS row_count,
         sum(cast(m.relpages AS bigint)) AS page_count
  FROM measured AS m GROUP BY m.root HAVING bool_and(m.is_known)
)
SELECT cast(row_to_json(found) AS text) FROM (
  SELECT cast(o.oid AS bigint) AS owner, o.nspname AS schema, o.relname AS name, o.relkind AS kind,
    CASE WHEN o.relkind = 'p' THEN pg_get_partkeydef(o.oid) END AS partitioned_by,
    o.relpersistence <> 'u' AS logged, o.relrowsecurity AS row_security,
    (SELECT cast(option_value AS integer) FROM pg_options_to_table(o.reloptions)
     WHERE option_name = 'fillfactor') AS fillfactor,
    (SELECT cast(option_value AS boolean) FROM pg_options_to_table(o.reloptions)
     WHERE option_name = 'autovacuum_enabled') AS autovacuum,
    (SELECT json_object_agg(option_name, coalesce(option_value, '') ORDER BY option_name)
     FROM pg_options_to_table(o.reloptions)
     WHERE option_name NOT IN ('fillfactor', 'autovacuum_enabled')) AS storage,
    coalesce(cast(s.row_count AS bigint), -1) AS rows_estimate,
    coalesce(cast(s.page_count AS bigint) * cast(current_setting('block_size') AS bigint), -1)
      AS bytes_estimate
  FROM ours AS o LEFT JOIN sizes AS s ON s.root = o.oid
  ORDER BY o.nspname, o.relname
) AS found)";

constexpr const char* views_sql = R"(
SELECT cast(row_to_json(found) AS text) FROM (
  SELECT n.nspname AS schema, c.relname AS name
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('v', 'm')
    AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND (cast(:schema AS text) = '' OR n.nspname = cast(:schema AS text))
  ORDER BY n.nspname, c.relname
) AS found)";

constexpr const char* taken_names_sql = R"(
SELECT cast(row_to_json(found) AS text) FROM (
  SELECT n.nspname AS schema, c.relname AS name
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE (c.relkind IN ('S', 'c') OR c.relispartition
         OR EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = c.tableoid
                    AND d.objid = c.oid AND d.deptype = 'e'))
    AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND (cast(:schema AS text) = '' OR n.nspname = cast(:schema AS text))
  ORDER BY n.nspname, c.relname
) AS found)";

// A plain default refers to no column, so that it is spelled without its table, and no lock.
constexpr std::string_view columns_sql = R"({ours}{base_types}
SELECT cast(row_to_json(found) AS text) FROM (
  SELECT cast(o.oid AS bigint) AS owner, a.attname AS name,
    format_type(a.atttypid, a.atttypmod) AS type,
    NOT (a.attnotnull OR coalesce(b.not_null, false)) AS nullable,
    CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, 0) END AS default_expression,
    CASE WHEN a.attidentity = 'a' THEN 'ALWAYS' WHEN a.attidentity <> '' THEN 'BY DEFAULT'
         WHEN a.attgenerated = '' THEN '' WHEN o.is_locked THEN '?'
         ELSE coalesce(pg_get_expr(d.adbin, d.adrelid), '?') END AS generated,
    CASE WHEN a.attcollation <> t.typcollation THEN c.collname END AS collation,
    b.name AS base_type
  FROM ours AS o JOIN pg_catalog.pg_attribute AS a ON a.attrelid = o.oid
  JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = o.oid AND d.adnum = a.attnum
  LEFT JOIN pg_catalog.pg_collation AS c ON c.oid = a.attcollation
  LEFT JOIN base_types AS b ON b.domain = a.atttypid
  WHERE a.attnum > 0 AND NOT a.attisdropped
  ORDER BY o.oid, a.attnum
) AS found)";

// Of indoption, 1 is DESC and 2 NULLS FIRST, which goes with it where nothing is said.
// indnullsnotdistinct came with version 15; as JSON it may be missing. A bare call of a function
// comes without parentheses, and NULL where the index has been dropped since the snapshot.
constexpr std::string_view indexes_sql = R"({ours}
SELECT cast(row_to_json(found) AS text) FROM (
  SELECT cast(o.oid AS bigint) AS owner, coalesce(k.conname, r.relname) AS name,
    CASE WHEN i.indisprimary THEN 'primary_key' WHEN k.contype = 'u' THEN 'unique_constraint'
         WHEN k.contype = 'x' THEN 'exclusion' WHEN i.indisunique THEN 'unique_index'
         ELSE 'index' END AS kind,
    parts.columns, parts.included, parts.plain, parts.descending, parts.searchable,
    parts.collations,
    CASE WHEN i.indpred IS NULL THEN '' WHEN o.is_locked THEN '?'
         ELSE coalesce(pg_get_expr(i.indpred, i.indrelid), '?') END AS condition,
    m.amname AS method,
    NOT coalesce(cast(to_jsonb(i) ->> 'indnullsnotdistinct' AS boolean), false) AS nulls_distinct,
    i.indisvalid AND i.indisready AND i.indislive AS valid,
    coalesce(k.condeferrable, false) AS deferrable
  FROM ours AS o JOIN pg_catalog.pg_index AS i ON i.indrelid = o.oid
  JOIN pg_catalog.pg_class AS r ON r.oid = i.indexrelid
  JOIN pg_catalog.pg_am AS m ON m.oid = r.relam
  LEFT JOIN pg_catalog.pg_constraint AS k
    ON k.conindid = i.indexrelid AND k.conrelid = o.oid AND k.contype IN ('p', 'u', 'x')
  CROSS JOIN LATERAL (
    SELECT json_agg(p.text ORDER BY p.n) FILTER (WHERE p.is_key) AS columns,
      json_agg(p.text ORDER BY p.n) FILTER (WHERE NOT p.is_key) AS included,
      bool_and(p.is_plain) FILTER (WHERE p.is_key) AS plain,
      coalesce(sum(cast(1 AS bigint) << (p.n - 1)) FILTER (WHERE p.is_key AND p.is_descending), 0)
        AS descending,
      bool_and(p.is_searchable) FILTER (WHERE p.is_key) AS searchable,
      json_agg(coalesce(p.collation, '') ORDER BY p.n) FILTER (WHERE p.is_key) AS collations
    FROM (
      SELECT n, n <= i.indnkeyatts AS is_key,
        CASE WHEN a.attname IS NOT NULL THEN a.attname WHEN o.is_locked THEN '(?)'
             ELSE coalesce(regexp_replace(pg_get_indexdef(i.indexrelid, n, true),
                                          '^[^(].*$', '(\&)'), '(?)') END AS text,
        i.indoption[n - 1] IN (0, 3) AND c.opcdefault AND i.indcollation[n - 1] IN (
          0, coalesce(a.attcollation, t.typcollation)) AS is_plain,
        i.indoption[n - 1] & 1 = 1 AS is_descending,
        EXISTS (SELECT FROM pg_catalog.pg_amop AS p
                JOIN pg_catalog.pg_operator AS q ON q.oid = p.amopopr
                WHERE p.amopfamily = c.opcfamily AND p.amoplefttype = c.opcintype
                  AND p.amoprighttype = c.opcintype AND q.oprname = '=') AS is_searchable,
        (SELECT {collation_name} FROM pg_catalog.pg_collation AS l
           JOIN pg_catalog.pg_namespace AS s ON s.oid = l.collnamespace
         WHERE l.oid = i.indcollation[n - 1] AND l.oid <> coalesce(a.attcollation, t.typcollation))
          AS collation
      FROM generate_series(1, cast(i.indnatts AS integer)) AS n
      LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = o.oid AND a.attnum = i.indkey[n - 1]
      JOIN pg_catalog.pg_attribute AS e ON e.attrelid = i.indexrelid AND e.attnum = n
      JOIN pg_catalog.pg_type AS t ON t.oid = e.atttypid
      LEFT JOIN pg_catalog.pg_opclass AS c ON n <= i.indnkeyatts AND c.oid = i.indclass[n - 1]
    ) AS p
  ) AS parts
  ORDER BY o.oid, i.indisprimary DESC, coalesce(k.conname, r.relname)
) AS found)";

constexpr std::string_view checks_sql = R"({ours}
SELECT cast(row_to_json(found) AS text) FROM (
  SELECT cast(o.oid AS bigint) AS owner, k.conname AS name, k.convalidated AS validated,
    CASE WHEN o.is_locked THEN '?' ELSE coalesce(pg_get_expr(k.conbin, k.conrelid), '?') END
      AS expression
  FROM ours AS o JOIN pg_catalog.pg_constraint AS k ON k.conrelid = o.oid
  WHERE k.contype = 'c' AND k.coninhcount = 0
  ORDER BY o.oid, k.conname
) AS found)";

// A key of or to a partitioned table has a copy for every partition, each with triggers of its own.
// Collations that take different texts for equal came with version 12, the columns that SET NULL
// lists with 15, conenforced comes with 18: as JSON each may be missing.
constexpr std::string_view foreign_keys_sql = R"({ours}{base_types}
, copies (root, copy) AS (
  SELECT k.oid, k.oid FROM ours AS o JOIN pg_catalog.pg_constraint AS k ON k.conrelid = o.oid
  WHERE k.contype = 'f' AND k.conparentid = 0
  UNION ALL
  SELECT c.root, k.oid FROM copies AS c JOIN pg_catalog.pg_constraint AS k ON k.conparentid = c.copy
), off AS (
  SELECT c.root FROM copies AS c JOIN pg_catalog.pg_trigger AS t ON t.tgconstraint = c.copy
  WHERE t.tgisinternal AND t.tgenabled IN ('D', 'R')
)
SELECT cast(row_to_json(found) AS text) FROM (
  SELECT cast(o.oid AS bigint) AS owner, k.conname AS name, n.nspname AS target_schema,
    t.relname AS target_table,
    (SELECT json_agg(a.attname ORDER BY p.n)
     FROM unnest(k.conkey) WITH ORDINALITY AS p (number, n)
     JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = p.number)
      AS columns,
    (SELECT json_agg(a.attname ORDER BY p.n)
     FROM unnest(k.confkey) WITH ORDINALITY AS p (number, n)
     JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = p.number)
      AS target_columns,
    (SELECT json_agg(coalesce(b.name, format_type(a.atttypid, a.atttypmod)) ORDER BY p.n)
     FROM unnest(k.confkey) WITH ORDINALITY AS p (number, n)
     JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = p.number
     LEFT JOIN base_types AS b ON b.domain = a.atttypid) AS target_types,
    (SELECT json_agg(coalesce((
       SELECT {collation_name} FROM pg_catalog.pg_collation AS l
       JOIN pg_catalog.pg_namespace AS s ON s.oid = l.collnamespace
       WHERE l.oid = b.attcollation AND l.oid <> a.attcollation
         AND NOT cast(to_jsonb(l) ->> 'collisdeterministic' AS boolean)), '') ORDER BY p.n)
     FROM unnest(k.conkey, k.confkey) WITH ORDINALITY AS p (number, target, n)
     JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = p.number
     JOIN pg_catalog.pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = p.target)
      AS collations,
    (SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_catalog.pg_attribute AS a
     WHERE a.attrelid = k.conrelid AND to_jsonb(k) -> 'confdelsetcols' @> to_jsonb(a.attnum))
      AS set_columns,
    k.confdeltype AS on_delete, k.confupdtype AS on_update, k.confmatchtype = 'f' AS match_full,
    k.condeferrable AS deferrable, k.condeferred AS initially_deferred,
    k.convalidated AS validated,
    coalesce(cast(to_jsonb(k) ->> 'conenforced' AS boolean), true)
      AND k.oid NOT IN (SELECT root FROM off) AS enforced
  FROM ours AS o JOIN pg_catalog.pg_constraint AS k ON k.conrelid = o.oid
  JOIN pg_catalog.pg_class AS t ON t.oid = k.confrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
  WHERE k.contype = 'f' AND k.conparentid = 0
  ORDER BY o.oid, k.conname
) AS found)";

constexpr std::string_view triggers_sql = R"({ours}
SELECT cast(row_to_json(found) AS text) FROM (
  SELECT cast(o.oid AS bigint) AS owner, t.tgname AS name,
    t.tgenabled IN ('O', 'A') AS enabled
  FROM ours AS o JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = o.oid
  WHERE NOT t.tgisinternal
  ORDER BY o.oid, t.tgname
) AS found)";

constexpr std::string_view rules_sql = R"({ours}
SELECT cast(row_to_json(found) AS text) FROM (
  SELECT cast(o.oid AS bigint) AS owner, r.rulename AS name, r.ev_enabled IN ('O', 'A') AS enabled
  FROM ours AS o JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = o.oid
  ORDER BY o.oid, r.rulename
) AS found)";

statement over_ours(std::string_view text) {
  return {fmt::format(fmt::runtime(text), "ours"_a = ours_sql, "base_types"_a = base_types_sql,
                      "collation_name"_a = collation_name_sql),
          {"schema"},
          1};
}

}  // namespace

const statement schemas{schemas_sql, {"schema"}, 1};
const statement referring_schemas{referring_schemas_sql, {"schema"}, 1};
const statement tables = over_ours(tables_sql);
const statement views{views_sql, {"schema"}, 1};
const statement taken_names{taken_names_sql, {"schema"}, 1};
const statement columns = over_ours(columns_sql);
const statement indexes = over_ours(indexes_sql);
const statement checks = over_ours(checks_sql);
const statement foreign_keys = over_ours(foreign_keys_sql);
const statement triggers = over_ours(triggers_sql);
const statement rules = over_ours(rules_sql);

}  // namespace nava::inspection::catalog_queries
