// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/partitions/partition_statements.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nava/schema/ddl.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_tables.hpp>

#include "persistence/postgresql/statements/statement_parts.hpp"

namespace nava::persistence::postgresql {
namespace {

using namespace fmt::literals;
using schema::quoted;

// Keys of one column lead to the id of a workflow.
constexpr const char* keys_from_other_tables_sql = R"(
SELECT n.nspname, c.relname, a.attname,
  cast(k.confdeltype = 'c' AS int),
  cast(has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') AS int)
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class AS t ON t.oid = k.confrelid
JOIN pg_catalog.pg_namespace AS s ON s.oid = t.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
WHERE k.contype = 'f' AND k.conparentid = 0 AND s.nspname = :schema
  AND t.relname = 'workflow' AND cardinality(k.conkey) = 1
ORDER BY 1, 2, 3)";

// A partition that a key leads to can only be detached, and is joined with what refers to it first.
constexpr const char* keys_to_children_sql = R"(
SELECT n.nspname, c.relname, k.conname, t.relname
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class AS t ON t.oid = k.confrelid
JOIN pg_catalog.pg_namespace AS s ON s.oid = t.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND s.nspname = :schema
  AND t.relname <> 'workflow'
ORDER BY 1, 2, 3)";

constexpr std::string_view count_workflows_sql = R"(
SELECT
  count(*),
  count(*) FILTER (WHERE NOT status IN ({finished})),
  count(*) FILTER (
    WHERE status IN ({finished})
      AND coalesce(ts_finish > to_timestamp({cutoff}), true)
  ),
  count(*) FILTER (WHERE {is_under_legal_hold})
FROM {partition} AS w)";

constexpr std::string_view begin_sql = R"(
BEGIN;
SET LOCAL statement_timeout = 0;{send_vacuum_away}
SET LOCAL lock_timeout = {lock_wait})";

// Autovacuum gives its table up to whoever waits longer than deadlock_timeout, which nobody can
// in lock_wait. So that wait comes first, in a mode that no reader or writer minds.
constexpr std::string_view send_vacuum_away_sql = R"(
SET LOCAL lock_timeout = {vacuum_wait};
LOCK TABLE {tables} IN SHARE UPDATE EXCLUSIVE MODE;)";

constexpr std::string_view lock_sql = R"(
LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE)";

constexpr std::string_view drop_children_sql = R"(
DROP TABLE {partitions};
SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
SET LOCAL jit = off)";

constexpr std::string_view delete_sql = R"(
DELETE FROM {table}
WHERE {column} >= '{from}'
  AND {column} < '{to}')";

// Until no row refers to it, a partition cannot be detached: the server joins its workflows with
// each table that could. To walk along both in the order of ids is the fastest: it ends at the
// first row of a later partition. But on its way it passes the rows of earlier workflows, and those
// that are deleted and not vacuumed.
constexpr const char* look_by_walking_sql = R"(
SET LOCAL enable_nestloop = off;
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_sort = off)";

// Where there are many of those, each workflow is looked for by itself, by one descent into the one
// partition that could have its rows. The planner does not foresee that it is one only, and would
// rather look for each row of all partitions among the workflows. So nothing but descents counts,
// and what was found is not remembered, which would make them look cheap.
constexpr const char* look_one_by_one_sql = R"(
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_hashjoin = off;
SET LOCAL seq_page_cost = 0;
SET LOCAL random_page_cost = 0;
SET LOCAL cpu_tuple_cost = 0;
SET LOCAL cpu_index_tuple_cost = 0;
SELECT set_config(name, 'off', true)
FROM (VALUES ('enable_memoize')) AS setting (name)
WHERE current_setting(name, true) IS NOT NULL)";

constexpr std::string_view drop_workflows_sql = R"(
ALTER TABLE {schema}.workflow DETACH PARTITION {partition};
DROP TABLE {partition})";

std::string finished_statuses() {
  std::vector<std::string> list;
  for (const auto& [status, text] : schema::enum_names<schema::workflow_status>::names)
    if (is_finished(status)) list.push_back(fmt::format("'{}'", text));
  return fmt::format("{}", fmt::join(list, ", "));
}

}  // namespace

const statement keys_from_other_tables{keys_from_other_tables_sql, {"schema"}, 5};
const statement keys_to_children{keys_to_children_sql, {"schema"}, 4};

statement count_workflows(std::string_view partition, timestamp cutoff) {
  const double seconds = static_cast<double>(cutoff.time_since_epoch().count()) / 1e6;
  return {
      fmt::format(count_workflows_sql, "finished"_a = finished_statuses(), "cutoff"_a = seconds,
                  "is_under_legal_hold"_a = is_under_legal_hold("w"), "partition"_a = partition),
      {},
      4};
}

std::string begin_script(const std::vector<std::string>& tables,
                         std::chrono::milliseconds vacuum_wait,
                         std::chrono::milliseconds lock_wait) {
  std::string send_vacuum_away;
  if (!tables.empty())
    send_vacuum_away = fmt::format(send_vacuum_away_sql, "vacuum_wait"_a = vacuum_wait.count(),
                                   "tables"_a = fmt::join(tables, ", "));
  return fmt::format(begin_sql, "send_vacuum_away"_a = send_vacuum_away,
                     "lock_wait"_a = lock_wait.count());
}

// Parents before partitions, and workflow first, as commits and cascades lock them.
std::string lock_parents_script(std::string_view schema) {
  std::vector<std::string> tables;
  for (const auto* table : partitioned_tables())
    tables.push_back(fmt::format("ONLY {}.{}", quoted(schema), quoted(table->name)));
  return lock_partitions_script(tables);
}

std::string lock_partitions_script(const std::vector<std::string>& partitions) {
  return fmt::format(lock_sql, "tables"_a = fmt::join(partitions, ", "));
}

std::string drop_children_script(const std::vector<std::string>& partitions) {
  return fmt::format(drop_children_sql, "partitions"_a = fmt::join(partitions, ", "));
}

std::string delete_script(std::string_view schema, std::string_view table, std::string_view column,
                          const id_range& ids) {
  return fmt::format(delete_sql, "table"_a = fmt::format("{}.{}", quoted(schema), quoted(table)),
                     "column"_a = quoted(column), "from"_a = schema::to_text(ids.from),
                     "to"_a = schema::to_text(ids.to));
}

std::string look_by_walking_script() { return look_by_walking_sql; }

std::string look_one_by_one_script() { return look_one_by_one_sql; }

std::string drop_workflows_script(std::string_view schema, std::string_view partition) {
  return fmt::format(drop_workflows_sql, "schema"_a = quoted(schema), "partition"_a = partition);
}

}  // namespace nava::persistence::postgresql
