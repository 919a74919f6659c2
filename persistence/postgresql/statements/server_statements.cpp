// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/statements/server_statements.hpp"

#include <fmt/format.h>

#include <iterator>
#include <nava/schema/ddl.hpp>
#include <nava/schema/workflow_database.hpp>

#include "persistence/commit/unit_parts.hpp"
#include "persistence/postgresql/statements/load_statements.hpp"
#include "persistence/postgresql/statements/purge_statements.hpp"
#include "persistence/postgresql/statements/statement_parts.hpp"
#include "persistence/postgresql/statements/tombstone_statements.hpp"

namespace nava::persistence::postgresql {
namespace {

using namespace fmt::literals;
using schema::quoted;

// A session keeps the plans that it once made, those of the triggers of foreign keys too. While a
// table holds next to nothing a scan of it is the cheapest, and so it is in a partition that was
// made ahead: it is no longer when the table has filled. Nor is it cheaper then to collect and sort
// what an index has in order, or all rows of a workflow where one is wanted. A scan that nothing
// can replace looks dear enough to be compiled, which would take longer than it does.
constexpr std::string_view plan_settings_sql = R"(
SELECT set_config(name, value, false)
FROM (VALUES
  ('enable_seqscan', 'off'),
  ('enable_bitmapscan', 'off'),
  ('jit', 'off'){more}
) AS ours (name, value)
JOIN pg_settings USING (name)
WHERE source = 'default')";

// A plan for given parameters has fewer partitions, so the server would rather make one each time,
// which takes longer than the statement.
constexpr std::string_view plans_for_any_parameters = R"(,
  ('plan_cache_mode', 'force_generic_plan'))";

constexpr std::string_view hold_sql = R"(
SELECT _id
FROM {schema}.workflow
WHERE _id = cast(:id AS uuid)
FOR UPDATE)";

constexpr std::string_view was_applied_sql = R"(
SELECT 1
FROM {schema}.workflow_event
WHERE workflow_id = cast(:id AS uuid)
  AND seq = cast(:seq AS bigint)
  AND transaction_id = cast(:transaction_id AS uuid))";

constexpr std::string_view erase_sql = R"(
DELETE FROM {schema}.workflow AS w
WHERE _id = cast(:id AS uuid)
  AND NOT {is_under_legal_hold}
RETURNING {returned})";

// One statement with the deletion, so that both are done or none.
constexpr std::string_view erase_and_remember_sql = R"(
WITH erased AS ({erase}
),
remembered AS ({insert_tombstones}
)
SELECT _id
FROM erased)";

constexpr std::string_view system_tags_sql = R"(
SELECT sys_tag
FROM {schema}.workflow
WHERE _id = cast(:id AS uuid))";

constexpr std::string_view count_workflow_sql = R"(
SELECT 'workflow', count(*)
FROM {schema}.workflow
WHERE _id = cast(:id AS uuid))";

constexpr std::string_view count_children_sql = R"(
UNION ALL
SELECT '{table}', count(*)
FROM {schema}.{table}
WHERE {workflow_id} = cast(:id AS uuid))";

// What a task asks for says where its child may be; the child's tag, whether it is.
constexpr std::string_view list_children_sql = R"(
SELECT row_to_json(w)
FROM {schema}.workflow_task AS t
JOIN {schema}.workflow AS w
  ON w.resource_id = t.input ->> 'resource_id'
  AND w.resource_name = t.input ->> 'resource_name'
  AND w.wfdef_key = t.input ->> 'definition'
WHERE t.workflow_id = ANY (ARRAY(
    SELECT cast(p.id AS uuid)
    FROM jsonb_array_elements_text(cast(:parents AS jsonb)) AS p(id)))
  AND t.name = 'nava.child'
  AND w.sys_tag @> jsonb_build_array(jsonb_build_object('parent', t.workflow_id, 'task', t._id))
  AND w._id > coalesce(cast(:after AS uuid), '00000000-0000-0000-0000-000000000000')
ORDER BY w._id
LIMIT cast(:limit AS bigint))";

constexpr std::string_view register_definitions_sql = R"(
INSERT INTO {schema}.workflow_definition ({columns})
SELECT {r_columns}
FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS r({record})
ON CONFLICT DO NOTHING)";

constexpr std::string_view definition_sql = R"(
SELECT row_to_json(d)
FROM {schema}.workflow_definition AS d
WHERE wfdef_key = :key
  AND wfdef_rev = cast(:revision AS bigint))";

// The entries come in the order of their indexes, merged. Those of one step follow each other, and
// are read no further than the page goes.
constexpr std::string_view worklist_entries_sql = R"(
    SELECT b.*, lag(b.step_id) OVER (
      ORDER BY b.ts_due, b.workflow_id, b.step_id
    ) AS step_before
    FROM ({walks}
    ) AS b)";

// OFFSET 0: each entry looks its rows up, however many entries the planner expects.
constexpr std::string_view worklist_step_sql = R"(CROSS JOIN LATERAL (
    SELECT *
    FROM {schema}.workflow_step AS t
    WHERE t.workflow_id = e.workflow_id
      AND t._id = e.step_id
    OFFSET 0
  ) AS s)";

constexpr std::string_view worklist_workflow_sql = R"(CROSS JOIN LATERAL (
    SELECT *
    FROM {schema}.workflow AS t
    WHERE t._id = e.workflow_id
    OFFSET 0
  ) AS w)";

constexpr std::string_view has_status_sql = R"(w.status = ANY (ARRAY(
    SELECT jsonb_array_elements_text(cast(:statuses AS jsonb)))))";

list_dialect lists_in(std::string_view schema) {
  return {.row = "row_to_json(w)",
          .workflow = fmt::format("{}.workflow", schema),
          .participant = fmt::format("{}.workflow_participant", schema),
          .uuid = "uuid",
          .time = "timestamptz",
          .text = "text",
          .integer = "bigint",
          .has_status = has_status_sql,
          .for_each = "\n    OFFSET 0",
          .has_tag = "w.usr_tag @> to_jsonb(cast(:tag AS text))",
          .is_under_legal_hold = is_under_legal_hold("w")};
}

worklist_dialect worklists_in(std::string_view schema) {
  return {.row = "row_to_json(c)",
          .worklist = fmt::format("{}.workflow_worklist", schema),
          .entries = std::string{worklist_entries_sql},
          .is_first = "e.step_before IS DISTINCT FROM e.step_id",
          .step_join = fmt::format(worklist_step_sql, "schema"_a = schema),
          .workflow_join = fmt::format(worklist_workflow_sql, "schema"_a = schema),
          .uuid = "uuid",
          .time = "timestamptz",
          .integer = "bigint",
          .now = "now()",
          .place_of_text = R"(strpos(lower({} COLLATE "C"), :text))"};
}

std::string erase_workflow(std::string_view schema, const tombstone_policy& tombstones) {
  std::string erase = fmt::format(erase_sql, "schema"_a = quoted(schema),
                                  "is_under_legal_hold"_a = is_under_legal_hold("w"),
                                  "returned"_a = tombstones.is_on() ? remembered_columns : "_id");
  if (!tombstones.is_on()) return erase;
  return fmt::format(erase_and_remember_sql, "erase"_a = erase,
                     "insert_tombstones"_a = insert_tombstones(schema, tombstones, "erased"));
}

std::string count_rows(std::string_view schema) {
  std::string counts = fmt::format(count_workflow_sql, "schema"_a = schema);
  for (const auto& child : schema::workflow_database<>::description.tables)
    for (const auto& key : child.foreign_keys)
      fmt::format_to(std::back_inserter(counts), count_children_sql, "schema"_a = schema,
                     "table"_a = child.name, "workflow_id"_a = key.columns.front());
  return counts;
}

std::string register_definitions(std::string_view schema) {
  const auto& definition = table_named("workflow_definition");
  return fmt::format(
      register_definitions_sql, "schema"_a = schema, "columns"_a = columns_of(definition),
      "r_columns"_a = columns_of(definition, "r."), "record"_a = record_of(definition));
}

}  // namespace

std::string plan_settings(layout layout) {
  return fmt::format(plan_settings_sql,
                     "more"_a = layout == layout::partitioned ? plans_for_any_parameters : "");
}

statement hold_statement(std::string_view schema) {
  return {fmt::format(hold_sql, "schema"_a = quoted(schema)), {"id"}, 1};
}

query_set queries(std::string_view schema, layout layout, const tombstone_policy& tombstones) {
  const std::string place = quoted(schema);
  query_set set;
  set.was_applied = {
      fmt::format(was_applied_sql, "schema"_a = place), {"id", "seq", "transaction_id"}, 1};
  set.load_by_id = load_by_id_statement(schema);
  set.load_by_resource = load_by_resource_statement(schema, layout);
  set.history = history_statement(schema);
  set.erase = {erase_workflow(schema, tombstones), {"id"}, 1};
  set.system_tags = {fmt::format(system_tags_sql, "schema"_a = place), {"id"}, 1};
  set.count_rows = {count_rows(place), {"id"}, 2};
  set.list_children = {
      fmt::format(list_children_sql, "schema"_a = place), {"parents", "after", "limit"}, 1};
  set.register_definitions = {register_definitions(place), {"rows"}, 0};
  set.definition = {fmt::format(definition_sql, "schema"_a = place), {"key", "revision"}, 1};
  set.count_finished = count_finished_statement(schema);
  set.count_held = count_held_statement(schema);
  set.erase_finished = erase_finished_statement(schema, tombstones);
  set.tombstones = tombstones_in(schema, tombstones);
  set.inbox = shared_inbox_statements(schema);
  set.list = lists_in(place);
  set.worklist = worklists_in(place);
  return set;
}

}  // namespace nava::persistence::postgresql
