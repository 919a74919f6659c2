// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/schema/ddl.hpp>
#include <nava/schema/workflow_rules.hpp>
#include <nava/schema/workflow_tables.hpp>

#include "persistence/commit/unit_parts.hpp"
#include "persistence/postgresql/statements/agenda_parts.hpp"
#include "persistence/postgresql/statements/server_statements.hpp"
#include "persistence/postgresql/statements/statement_parts.hpp"

// Units of work as one statement: `moved` creates workflows or moves them on, and every other part
// writes children of the workflows in `moved`. In the texts below, what a description yields stands
// in braces. Values are parameters.
//
// The workflow of one unit comes as a record, not as a set of one row. The planner takes a set for
// a hundred rows, and joins it with a table by a scan of the table.
namespace nava::persistence::postgresql {
namespace {

using namespace fmt::literals;
using schema::quoted;
using schema::table_description;

constexpr std::string_view create_sql = R"(
WITH moved AS (
  INSERT INTO {schema}.workflow ({columns})
  SELECT {r_columns}
  FROM jsonb_to_record(cast(:root AS jsonb)) AS r({record})
  ON CONFLICT DO NOTHING
  RETURNING _id
))";

// No unique key over all partitions can have the resource without the id. So a row of another
// table claims the resource: its keys let at most one create insert the claim. Where `claimed` is
// empty, there is no row to make a workflow of. The statement reads workflow first, since the
// upkeep of partitions locks workflow first.
constexpr std::string_view create_partitioned_sql = R"(
WITH fresh AS MATERIALIZED (
  SELECT r.*
  FROM jsonb_to_record(cast(:root AS jsonb)) AS r({record})
  WHERE (
    SELECT w._id
    FROM {schema}.workflow AS w
    WHERE w._id = r._id
    LIMIT 1
  ) IS NULL
),
claimed AS (
  INSERT INTO {schema}.workflow_resource (wfdef_key, resource_name, resource_id, workflow_id)
  SELECT wfdef_key, resource_name, resource_id, _id
  FROM fresh
  ON CONFLICT DO NOTHING
  RETURNING workflow_id
),
moved AS (
  INSERT INTO {schema}.workflow ({columns})
  SELECT {fresh_columns}
  FROM fresh, claimed
  WHERE fresh._id = claimed.workflow_id
  RETURNING _id
))";

// A decision may come from a state that was loaded before anybody asked for this key. NOT EXISTS
// was rejected: for several workflows the planner answers it by hashing the whole table. The
// comparison of whole keys follows from the equalities before it; same_key() says why it is there.
constexpr std::string_view is_new_event_sql = R"((
      r.event_key IS NULL
      OR (
        SELECT e.seq
        FROM {schema}.workflow_event AS e
        WHERE e.workflow_id = r._id
          AND e.event_key = r.event_key
          AND (e.workflow_id, e.event_key) >= (r._id, r.event_key)
        LIMIT 1
      ) IS NULL
    ))";

constexpr std::string_view commit_sql = R"(
WITH moved AS (
  UPDATE {schema}.workflow AS w
  SET {assignments}
  FROM jsonb_to_record(cast(:root AS jsonb))
    AS r({record}, written bigint, read_revision bigint, event_key text)
  WHERE w._id = ANY (ARRAY[r._id])
    AND w.revision = r.read_revision
    AND {is_new_event}
  RETURNING w._id
))";

// Each workflow is found by one descent of its key, however many the planner expects. The
// snapshot of the statement may be older than a lock, the revision that is read with it is not.
constexpr std::string_view commit_all_sql = R"(
WITH locked AS MATERIALIZED (
  SELECT r.*
  FROM jsonb_to_recordset(cast(:roots AS jsonb))
    AS r({record}, written bigint, read_revision bigint, event_key text)
  CROSS JOIN LATERAL (
    SELECT w.revision
    FROM {schema}.workflow AS w
    WHERE w._id = r._id
    FOR NO KEY UPDATE SKIP LOCKED
  ) AS l
  WHERE l.revision = r.read_revision
    AND {is_new_event}
),
moved AS (
  UPDATE {schema}.workflow AS w
  SET {assignments}
  FROM locked AS r
  WHERE w._id = ANY (ARRAY[r._id])
  RETURNING w._id
))";

// Where tasks are updated, each must be as the unit expects it: a task changes without its workflow
// while it runs. A workflow with another task is not moved.
constexpr std::string_view commit_with_tasks_sql = R"(
WITH locked AS MATERIALIZED (
  SELECT r.*
  FROM {roots}({record}, written bigint, read_revision bigint, event_key text, task_count bigint)
  CROSS JOIN LATERAL (
    SELECT w.revision
    FROM {schema}.workflow AS w
    WHERE w._id = r._id
    FOR NO KEY UPDATE{around_locks}
  ) AS l
  WHERE l.revision = r.read_revision
    AND {is_new_event}
),{expected_tasks}
moved AS (
  UPDATE {schema}.workflow AS w
  SET {assignments}
  FROM locked AS r
  WHERE coalesce(r.task_count, 0) = (
      SELECT count(*)
      FROM expected_task AS t
      WHERE t.workflow_id = r._id
    )
    AND w._id = ANY (ARRAY[r._id])
  RETURNING w._id
))";

constexpr std::string_view root_of_one_sql = "jsonb_to_record(cast(:root AS jsonb)) AS r";
constexpr std::string_view roots_of_all_sql = "jsonb_to_recordset(cast(:roots AS jsonb)) AS r";

// A claim follows its workflow. What the unit does not write is NULL in r. The ids are an array:
// the planner takes a set for a hundred rows, and joins it by a scan of all claims.
constexpr std::string_view moved_claims_sql = R"(,
claims AS (
  UPDATE {schema}.workflow_resource AS k
  SET (wfdef_key, resource_name, resource_id) = ROW(
    coalesce(r.wfdef_key, k.wfdef_key),
    coalesce(r.resource_name, k.resource_name),
    coalesce(r.resource_id, k.resource_id)
  )
  FROM {roots}
  WHERE k.workflow_id = ANY (ARRAY(SELECT _id FROM moved))
    AND r._id = k.workflow_id
    AND (k.wfdef_key, k.resource_name, k.resource_id) IS DISTINCT FROM (
      coalesce(r.wfdef_key, k.wfdef_key),
      coalesce(r.resource_name, k.resource_name),
      coalesce(r.resource_id, k.resource_id)
    )
))";

constexpr std::string_view claims_of_one_sql =
    "jsonb_to_record(cast(:root AS jsonb)) AS r({record})";
constexpr std::string_view claims_of_all_sql = "locked AS r";

constexpr std::string_view insert_children_sql = R"(,
{table}_insert AS (
  INSERT INTO {schema}.{table} ({columns})
  SELECT {r_columns}
  FROM moved, jsonb_to_recordset(cast(:{rows} AS jsonb)) AS r({record})
  WHERE r.workflow_id = moved._id
))";

constexpr std::string_view insert_extension_sql = R"(,
extension{number} AS (
  INSERT INTO {schema}.{table} ({columns})
  SELECT {r_columns}
  FROM moved, jsonb_to_recordset(cast(:{rows} AS jsonb)) AS r({record})
  WHERE r.{workflow_id} = moved._id
))";

constexpr std::string_view update_children_sql = R"(,
{table}_update AS (
  UPDATE {schema}.{table} AS c
  SET {assignments}
  FROM moved, jsonb_to_recordset(cast(:{rows} AS jsonb)) AS r({record}, written bigint)
  WHERE r.workflow_id = moved._id
    AND {same_key}
))";

constexpr std::string_view delete_children_sql = R"(,
{table}_remove AS (
  DELETE FROM {schema}.{table} AS c
  USING moved, jsonb_to_recordset(cast(:{rows} AS jsonb)) AS r({record})
  WHERE r.workflow_id = moved._id
    AND {same_key}
))";

// The workflows that were created or moved on: with no row in `moved`, no part has any.
constexpr std::string_view moved_ids_sql = R"(
SELECT _id
FROM moved)";

std::string rows_parameter(std::size_t part) { return fmt::format("rows{}", part); }

std::string change_children(std::string_view schema, const child_part& part,
                            std::string_view rows) {
  const table_description& child = *part.table;
  switch (part.what) {
    case verb::insert:
      return fmt::format(insert_children_sql, "schema"_a = schema, "table"_a = child.name,
                         "columns"_a = columns_of(child), "r_columns"_a = columns_of(child, "r."),
                         "record"_a = record_of(child), "rows"_a = rows);
    case verb::update:
      return fmt::format(update_children_sql, "schema"_a = schema, "table"_a = child.name,
                         "assignments"_a = written_assignments_of(child, "c"),
                         "record"_a = record_of(child), "rows"_a = rows,
                         "same_key"_a = same_key(child));
    case verb::remove:
      return fmt::format(delete_children_sql, "schema"_a = schema, "table"_a = child.name,
                         "record"_a = record_of(child), "rows"_a = rows,
                         "same_key"_a = same_key(child));
  }
  return {};
}

constexpr std::string_view task_table = schema::workflow_task_table::name.view();

// The parameter with the tasks that a shape updates; empty where it updates none.
std::string updated_tasks(unit_shape shape) {
  for (std::size_t i = 0; i < child_parts().size(); ++i)
    if (shape[i] && child_parts()[i].table->name == task_table &&
        child_parts()[i].what == verb::update)
      return rows_parameter(i);
  return {};
}

// `roots` is what writes the workflows, and the parameter that it takes them from.
statement unit_statement(std::string_view schema, std::string roots, std::string parameter,
                         unit_shape shape, const extension_tables& extensions) {
  std::vector<std::string> parameters{std::move(parameter)};
  for (std::size_t i = 0; i < child_parts().size(); ++i) {
    if (!shape[i]) continue;
    parameters.push_back(rows_parameter(i));
    const child_part& part = child_parts()[i];
    roots += change_children(schema, part, parameters.back());
    if (part.table->name != task_table) continue;
    roots += part.what == verb::insert ? agenda_of_inserted_tasks(schema, parameters.back())
                                       : agenda_of_updated_tasks(schema, parameters.back());
  }
  for (const table_description* table : extensions) {
    const std::size_t number = parameters.size();
    parameters.push_back(fmt::format("extension{}", number));
    roots += fmt::format(insert_extension_sql, "number"_a = number, "schema"_a = schema,
                         "table"_a = quoted(table->name), "columns"_a = columns_of(*table),
                         "r_columns"_a = columns_of(*table, "r."), "record"_a = record_of(*table),
                         "rows"_a = parameters.back(),
                         "workflow_id"_a = quoted(nava::schema::distribution_column(*table)));
  }
  roots += moved_ids_sql;
  return {std::move(roots), std::move(parameters), 1};
}

// What moves the workflows of a commit on: `without_tasks`, unless the shape updates tasks.
std::string commit_root(std::string_view schema, std::string_view without_tasks,
                        std::string_view roots, std::string_view around_locks, unit_shape shape) {
  const auto& workflow = table_named("workflow");
  const std::string tasks = updated_tasks(shape);
  return fmt::format(
      fmt::runtime(tasks.empty() ? without_tasks : commit_with_tasks_sql), "schema"_a = schema,
      "roots"_a = roots, "around_locks"_a = around_locks,
      "assignments"_a = written_assignments_of(workflow, "w"), "record"_a = record_of(workflow),
      "is_new_event"_a = fmt::format(is_new_event_sql, "schema"_a = schema),
      "expected_tasks"_a = tasks.empty() ? "" : expected_tasks(schema, tasks, around_locks));
}

std::string moved_claims(std::string_view schema, layout layout, std::string_view roots) {
  if (layout == layout::plain) return {};
  return fmt::format(moved_claims_sql, "schema"_a = schema, "roots"_a = roots);
}

}  // namespace

statement create_statement(std::string_view schema, layout layout, unit_shape shape,
                           const extension_tables& extensions) {
  const std::string place = quoted(schema);
  const auto& workflow = table_named("workflow");
  const std::string columns = columns_of(workflow), record = record_of(workflow);
  std::string root =
      layout == layout::plain
          ? fmt::format(create_sql, "schema"_a = place, "columns"_a = columns,
                        "r_columns"_a = columns_of(workflow, "r."), "record"_a = record)
          : fmt::format(create_partitioned_sql, "schema"_a = place, "columns"_a = columns,
                        "fresh_columns"_a = columns_of(workflow, "fresh."), "record"_a = record);
  return unit_statement(place, std::move(root), "root", shape, extensions);
}

statement commit_statement(std::string_view schema, layout layout, unit_shape shape,
                           const extension_tables& extensions) {
  const std::string place = quoted(schema);
  std::string root = commit_root(place, commit_sql, root_of_one_sql, "", shape);
  const std::string_view claims =
      updated_tasks(shape).empty() ? claims_of_one_sql : claims_of_all_sql;
  root += moved_claims(
      place, layout,
      fmt::format(fmt::runtime(claims), "record"_a = record_of(table_named("workflow"))));
  return unit_statement(place, std::move(root), "root", shape, extensions);
}

statement commit_all_statement(std::string_view schema, layout layout, unit_shape shape,
                               const extension_tables& extensions) {
  const std::string place = quoted(schema);
  std::string roots = commit_root(place, commit_all_sql, roots_of_all_sql, " SKIP LOCKED", shape);
  roots += moved_claims(place, layout, claims_of_all_sql);
  return unit_statement(place, std::move(roots), "roots", shape, extensions);
}

}  // namespace nava::persistence::postgresql
