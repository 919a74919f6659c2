// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/statements/load_statements.hpp"

#include <fmt/format.h>

#include <nava/schema/ddl.hpp>

#include "persistence/postgresql/statements/statement_parts.hpp"
#include "persistence/rows/state_rows.hpp"

// Each row of an answer has the name of a table and one of its rows, as a record. The rows are not
// sorted here: the reader sorts them more cheaply. In the texts below, what a description yields
// stands in braces.
//
// {id} is a parameter where there is one, instead of a join with the workflow: the server then
// leaves partitions out before it sets up the plan, not while it runs it.
namespace nava::persistence::postgresql {
namespace {

using namespace fmt::literals;
using schema::quoted;

constexpr std::string_view workflow_sql = R"(
SELECT 'workflow', ROW({workflow})
FROM {schema}.workflow AS w
WHERE w._id = {id})";

// All of a state but its tasks, of which a load wants the open ones and a history all.
constexpr std::string_view rest_of_state_sql = R"(
UNION ALL
SELECT 'workflow_step', ROW({step})
FROM {schema}.workflow_step AS c
WHERE c.workflow_id = {id}
UNION ALL
SELECT 'workflow_stage', ROW({stage})
FROM {schema}.workflow_stage AS c
WHERE c.workflow_id = {id}
UNION ALL
SELECT 'workflow_participant', ROW({participant})
FROM {schema}.workflow_participant AS c
WHERE c.workflow_id = {id}
UNION ALL
SELECT 'workflow_memory', ROW({memory})
FROM {schema}.workflow_memory AS c
WHERE c.workflow_id = {id})";

// $1 is an event key. The comparison of whole keys follows from the equalities before it;
// same_key() says why it is there.
constexpr std::string_view rest_of_load_sql = R"(
UNION ALL
SELECT 'workflow_task', ROW({task})
FROM {schema}.workflow_task AS c
WHERE c.workflow_id = {id}
  AND c.status IN ('SCHEDULED', 'RUNNING')
UNION ALL
SELECT '{applied_event}', ROW(c.workflow_id)
FROM {schema}.workflow_event AS c
WHERE c.workflow_id = {id}
  AND c.event_key = $1
  AND (c.workflow_id, c.event_key) >= ({id}, $1))";

constexpr std::string_view rest_of_history_sql = R"(
UNION ALL
SELECT 'workflow_task', ROW({task})
FROM {schema}.workflow_task AS c
WHERE c.workflow_id = {id}
UNION ALL
SELECT 'workflow_mutation', ROW({mutation})
FROM {schema}.workflow_mutation AS c
WHERE c.workflow_id = {id}
  AND c.seq > cast($2 AS bigint)
  AND c.seq <= cast($3 AS bigint)
UNION ALL
SELECT 'workflow_message', ROW({message})
FROM {schema}.workflow_message AS c
WHERE c.workflow_id = {id}
  AND c.seq > cast($2 AS bigint)
  AND c.seq <= cast($3 AS bigint)
UNION ALL
SELECT 'workflow_event', ROW({event})
FROM {schema}.workflow_event AS c
WHERE c.workflow_id = {id}
  AND c.seq > cast($2 AS bigint)
  AND c.seq <= cast($3 AS bigint)
UNION ALL
SELECT 'workflow_agenda', ROW({agenda})
FROM {schema}.workflow_agenda AS c
WHERE c.workflow_id = {id}
UNION ALL
SELECT 'workflow_worklist', ROW({worklist})
FROM {schema}.workflow_worklist AS c
WHERE c.workflow_id = {id})";

constexpr std::string_view load_by_resource_sql = R"(
SELECT r.*
FROM {schema}.workflow AS w
CROSS JOIN LATERAL (
SELECT 'workflow', ROW({workflow}){rest_of_load}
) AS r
WHERE w.resource_id = $2
  AND w.resource_name = $3)";

// The claims have the ids, so that each workflow is looked up in the one partition that can have
// it.
constexpr std::string_view load_by_resource_partitioned_sql = R"(
SELECT r.*
FROM {schema}.workflow_resource AS k
CROSS JOIN LATERAL (
  SELECT *
  FROM {schema}.workflow AS t
  WHERE t._id = k.workflow_id
  OFFSET 0
) AS w
CROSS JOIN LATERAL (
SELECT 'workflow', ROW({workflow}){rest_of_load}
) AS r
WHERE k.resource_id = $2
  AND k.resource_name = $3)";

std::string workflow(std::string_view schema, std::string_view id) {
  return fmt::format(workflow_sql, "schema"_a = schema, "id"_a = id,
                     "workflow"_a = row_of("workflow", "w"));
}

std::string rest_of_state(std::string_view schema, std::string_view id) {
  return fmt::format(rest_of_state_sql, "schema"_a = schema, "id"_a = id,
                     "step"_a = row_of("workflow_step", "c"),
                     "stage"_a = row_of("workflow_stage", "c"),
                     "participant"_a = row_of("workflow_participant", "c"),
                     "memory"_a = row_of("workflow_memory", "c"));
}

std::string rest_of_load(std::string_view schema, std::string_view id) {
  return rest_of_state(schema, id) +
         fmt::format(rest_of_load_sql, "schema"_a = schema, "id"_a = id,
                     "task"_a = row_of("workflow_task", "c"),
                     "applied_event"_a = applied_event_table::name.view());
}

}  // namespace

statement load_by_id_statement(std::string_view schema) {
  constexpr std::string_view id = "cast($2 AS uuid)";
  const std::string place = quoted(schema);
  return {workflow(place, id) + rest_of_load(place, id), {"event_key", "id"}, 2, true};
}

statement load_by_resource_statement(std::string_view schema, layout layout) {
  const std::string place = quoted(schema);
  return {fmt::format(fmt::runtime(layout == layout::plain ? load_by_resource_sql
                                                           : load_by_resource_partitioned_sql),
                      "schema"_a = place, "workflow"_a = row_of("workflow", "w"),
                      "rest_of_load"_a = rest_of_load(place, "w._id")),
          {"event_key", "resource_id", "resource_name"},
          2,
          true};
}

statement history_statement(std::string_view schema) {
  constexpr std::string_view id = "cast($1 AS uuid)";
  const std::string place = quoted(schema);
  return {workflow(place, id) + rest_of_state(place, id) +
              fmt::format(rest_of_history_sql, "schema"_a = place, "id"_a = id,
                          "task"_a = row_of("workflow_task", "c"),
                          "mutation"_a = row_of("workflow_mutation", "c"),
                          "message"_a = row_of("workflow_message", "c"),
                          "event"_a = row_of("workflow_event", "c"),
                          "agenda"_a = row_of("workflow_agenda", "c"),
                          "worklist"_a = row_of("workflow_worklist", "c")),
          {"id", "after_seq", "last_seq"},
          2,
          true};
}

}  // namespace nava::persistence::postgresql
