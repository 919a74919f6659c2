// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/file_statements.hpp"

#include <fmt/format.h>

#include <iterator>
#include <nava/schema/ddl.hpp>
#include <nava/schema/workflow_database.hpp>

#include "persistence/commit/unit_parts.hpp"
#include "persistence/rows/state_rows.hpp"
#include "persistence/sqlite/file_inbox_statements.hpp"
#include "persistence/sqlite/file_list_statements.hpp"
#include "persistence/sqlite/file_purge_statements.hpp"
#include "persistence/sqlite/file_statement_parts.hpp"
#include "persistence/sqlite/file_tombstone_statements.hpp"

// In the texts below, what a description yields stands in braces, and values are parameters.
namespace nava::persistence::sqlite {
namespace {

using namespace fmt::literals;
using schema::quoted;
using schema::table_description;

// Where a unit of work begins. Nothing is inserted if the workflow is there already.
constexpr std::string_view create_root_sql = R"(
INSERT INTO workflow ({columns})
VALUES ({values})
ON CONFLICT DO NOTHING
RETURNING _id)";

// Nothing is updated if the workflow is at another revision, or has applied the event.
constexpr std::string_view move_root_sql = R"(
UPDATE workflow
SET {assignments}
WHERE {key}
  AND revision = cast(:read_revision AS INTEGER)
  AND NOT EXISTS (
    SELECT 1
    FROM workflow_event AS e
    WHERE e.workflow_id = workflow._id
      AND e.event_key = :event_key
  )
RETURNING _id)";

constexpr std::string_view insert_child_sql = R"(
INSERT INTO {table} ({columns})
VALUES ({values}))";

constexpr std::string_view update_child_sql = R"(
UPDATE {table}
SET {assignments}
WHERE {key})";

constexpr std::string_view delete_child_sql = R"(
DELETE FROM {table}
WHERE {key})";

// All of a state but its tasks, of which a load wants the open ones and a history all.
constexpr std::string_view state_sql = R"(
WITH w AS MATERIALIZED (
  SELECT *
  FROM workflow
  WHERE {condition}
)
SELECT 'workflow', {workflow}
FROM w
UNION ALL
SELECT 'workflow_step', {step}
FROM w CROSS JOIN workflow_step AS c
WHERE c.workflow_id = w._id
UNION ALL
SELECT 'workflow_stage', {stage}
FROM w CROSS JOIN workflow_stage AS c
WHERE c.workflow_id = w._id
UNION ALL
SELECT 'workflow_participant', {participant}
FROM w CROSS JOIN workflow_participant AS c
WHERE c.workflow_id = w._id
UNION ALL
SELECT 'workflow_memory', {memory}
FROM w CROSS JOIN workflow_memory AS c
WHERE c.workflow_id = w._id)";

constexpr std::string_view rest_of_load_sql = R"(
UNION ALL
SELECT 'workflow_task', {task}
FROM w CROSS JOIN workflow_task AS c
WHERE c.workflow_id = w._id
  AND c.status IN ('SCHEDULED', 'RUNNING')
UNION ALL
SELECT '{applied_event}', json_array(c.workflow_id)
FROM w CROSS JOIN workflow_event AS c
WHERE c.workflow_id = w._id
  AND c.event_key = :event_key)";

constexpr std::string_view rest_of_history_sql = R"(
UNION ALL
SELECT 'workflow_task', {task}
FROM w CROSS JOIN workflow_task AS c
WHERE c.workflow_id = w._id
UNION ALL
SELECT 'workflow_mutation', {mutation}
FROM w CROSS JOIN workflow_mutation AS c
WHERE c.workflow_id = w._id
  AND c.seq > cast(:after_seq AS INTEGER)
  AND c.seq <= cast(:last_seq AS INTEGER)
UNION ALL
SELECT 'workflow_message', {message}
FROM w CROSS JOIN workflow_message AS c
WHERE c.workflow_id = w._id
  AND c.seq > cast(:after_seq AS INTEGER)
  AND c.seq <= cast(:last_seq AS INTEGER)
UNION ALL
SELECT 'workflow_event', {event}
FROM w CROSS JOIN workflow_event AS c
WHERE c.workflow_id = w._id
  AND c.seq > cast(:after_seq AS INTEGER)
  AND c.seq <= cast(:last_seq AS INTEGER)
UNION ALL
SELECT 'workflow_agenda', {agenda}
FROM w CROSS JOIN workflow_agenda AS c
WHERE c.workflow_id = w._id
UNION ALL
SELECT 'workflow_worklist', {worklist}
FROM w CROSS JOIN workflow_worklist AS c
WHERE c.workflow_id = w._id)";

constexpr const char* was_applied_sql = R"(
SELECT 1
FROM workflow_event
WHERE workflow_id = :id
  AND seq = cast(:seq AS INTEGER)
  AND transaction_id = :transaction_id)";

// What a task asks for says where its child may be; the child's tag, whether it is.
constexpr std::string_view list_children_sql = R"(
SELECT {workflow}
FROM json_each(:parents) AS p
CROSS JOIN workflow_task AS t
CROSS JOIN workflow AS w
WHERE t.workflow_id = p.value
  AND t.name = 'nava.child'
  AND w.resource_id = json_extract(t.input, '$.resource_id')
  AND w.resource_name = json_extract(t.input, '$.resource_name')
  AND w.wfdef_key = json_extract(t.input, '$.definition')
  AND EXISTS (
    SELECT 1
    FROM json_each(w.sys_tag) AS g
    WHERE CASE g.type
      WHEN 'object' THEN json_extract(g.value, '$.parent') = t.workflow_id
        AND json_extract(g.value, '$.task') = t._id
      END)
  AND (:after IS NULL OR w._id > :after)
ORDER BY w._id
LIMIT cast(:limit AS INTEGER))";

constexpr std::string_view definition_sql = R"(
SELECT {definition}
FROM workflow_definition AS d
WHERE wfdef_key = :key
  AND wfdef_rev = cast(:revision AS INTEGER))";

constexpr std::string_view erase_sql = R"(
DELETE FROM workflow AS w
WHERE _id = :id
  AND NOT {is_under_legal_hold}
RETURNING _id)";

constexpr const char* system_tags_sql = R"(
SELECT sys_tag
FROM workflow
WHERE _id = :id)";

constexpr std::string_view count_workflow_sql = R"(
SELECT 'workflow', count(*)
FROM workflow
WHERE _id = :id)";

constexpr std::string_view count_children_sql = R"(
UNION ALL
SELECT '{table}', count(*)
FROM {table}
WHERE {workflow_id} = :id)";

// WHERE true: without it, ON CONFLICT after a SELECT would be read as a join condition.
constexpr std::string_view register_definitions_sql = R"(
INSERT INTO workflow_definition ({columns})
SELECT {values}
FROM json_each(:rows) AS r
WHERE true
ON CONFLICT DO NOTHING)";

// One row, its columns in order as parameters; for an update, after them which of the columns are
// written. Texts become what their columns hold as they are stored or compared with.
struct row_parts {
  enum class which { all, in_no_index };  ///< and the key

  explicit row_parts(const table_description& table, which taken = which::all) {
    columns = columns_of(table);
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const auto& column = table.columns[i];
      if (taken == which::in_no_index && !is_key(table, column.name) &&
          is_in_an_index(table.indexes, column.name))
        continue;
      const std::string name = quoted(column.name);
      const std::uint64_t bit = std::uint64_t{1} << i;
      places.push_back(i);
      parameters.push_back(fmt::format("c{}", i));
      const std::string value = ":" + parameters.back();
      append(values, ", ", value);
      if (is_key(table, column.name)) {
        append(key, " AND ", fmt::format("{} = {}", name, value));
        key_parameters.push_back(parameters.back());
      } else
        append(assignments, ", ",
               fmt::format("{0} = CASE WHEN cast(:written AS INTEGER) & {1} THEN {2} ELSE {0} END",
                           name, bit, value));
    }
  }

  [[nodiscard]] std::vector<std::string> parameters_and(
      std::initializer_list<const char*> more) const {
    std::vector<std::string> all = parameters;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  std::string columns, values, assignments, key;
  std::vector<std::string> parameters, key_parameters;
  std::vector<std::size_t> places;  ///< of the parameters, among the columns
};

statement child_statement(const table_description& table, verb what) {
  const row_parts row{table};
  switch (what) {
    case verb::insert:
      return {fmt::format(insert_child_sql, "table"_a = table.name, "columns"_a = row.columns,
                          "values"_a = row.values),
              row.parameters, 0};
    case verb::update:
      return {fmt::format(update_child_sql, "table"_a = table.name,
                          "assignments"_a = row.assignments, "key"_a = row.key),
              row.parameters_and({"written"}), 0};
    case verb::remove:
      return {fmt::format(delete_child_sql, "table"_a = table.name, "key"_a = row.key),
              row.key_parameters, 0};
  }
  return {};
}

std::string state_of(std::string_view condition) {
  return fmt::format(state_sql, "condition"_a = condition, "workflow"_a = list_of("workflow", "w"),
                     "step"_a = list_of("workflow_step", "c"),
                     "stage"_a = list_of("workflow_stage", "c"),
                     "participant"_a = list_of("workflow_participant", "c"),
                     "memory"_a = list_of("workflow_memory", "c"));
}

std::string load(std::string_view condition) {
  return state_of(condition) + fmt::format(rest_of_load_sql,
                                           "task"_a = list_of("workflow_task", "c"),
                                           "applied_event"_a = applied_event_table::name.view());
}

std::string history() {
  return state_of("_id = :id") + fmt::format(rest_of_history_sql,
                                             "task"_a = list_of("workflow_task", "c"),
                                             "mutation"_a = list_of("workflow_mutation", "c"),
                                             "message"_a = list_of("workflow_message", "c"),
                                             "event"_a = list_of("workflow_event", "c"),
                                             "agenda"_a = list_of("workflow_agenda", "c"),
                                             "worklist"_a = list_of("workflow_worklist", "c"));
}

std::string count_rows() {
  std::string counts{count_workflow_sql};
  for (const auto& table : schema::workflow_database<>::description.tables)
    for (const auto& key : table.foreign_keys)
      fmt::format_to(std::back_inserter(counts), count_children_sql, "table"_a = table.name,
                     "workflow_id"_a = key.columns.front());
  return counts;
}

std::string register_definitions() {
  const auto& definition = table_named("workflow_definition");
  return fmt::format(register_definitions_sql, "columns"_a = columns_of(definition),
                     "values"_a = values_in("r.value", definition));
}

}  // namespace

unit_statements::unit_statements() : begin{"BEGIN IMMEDIATE", {}, 0}, commit{"COMMIT", {}, 0} {
  const row_parts root{table_named("workflow")};
  create_root = {fmt::format(create_root_sql, "columns"_a = root.columns, "values"_a = root.values),
                 root.parameters, 1};
  move_root = {fmt::format(move_root_sql, "assignments"_a = root.assignments, "key"_a = root.key),
               root.parameters_and({"written", "read_revision", "event_key"}), 1};
  const row_parts in_place{table_named("workflow"), row_parts::which::in_no_index};
  move_root_in_place = {
      fmt::format(move_root_sql, "assignments"_a = in_place.assignments, "key"_a = in_place.key),
      in_place.parameters_and({"written", "read_revision", "event_key"}), 1};
  values_in_place = in_place.places;
  for (std::size_t i = 0; i < 3; ++i) values_in_place.push_back(root.parameters.size() + i);
  for (const auto& [table, what] : child_parts()) children.push_back(child_statement(*table, what));
}

query_set queries(const tombstone_policy& tombstones) {
  query_set set;
  set.was_applied = {was_applied_sql, {"id", "seq", "transaction_id"}, 1};
  set.load_by_id = {load("_id = :id"), {"event_key", "id"}, 2};
  set.load_by_resource = {load("resource_id = :resource_id AND resource_name = :resource_name"),
                          {"event_key", "resource_id", "resource_name"},
                          2};
  set.history = {history(), {"id", "after_seq", "last_seq"}, 2};
  set.erase = {
      fmt::format(erase_sql, "is_under_legal_hold"_a = is_under_legal_hold("w")), {"id"}, 1};
  set.system_tags = {system_tags_sql, {"id"}, 1};
  set.count_rows = {count_rows(), {"id"}, 2};
  set.list_children = {fmt::format(list_children_sql, "workflow"_a = object_of("workflow", "w")),
                       {"parents", "after", "limit"},
                       1};
  set.register_definitions = {register_definitions(), {"rows"}, 0};
  set.definition = {
      fmt::format(definition_sql, "definition"_a = object_of("workflow_definition", "d")),
      {"key", "revision"},
      1};
  set.count_finished = count_finished_statement();
  set.count_held = count_held_statement();
  set.erase_finished = erase_finished_statement();
  set.tombstones = tombstones_of(tombstones);
  set.inbox = shared_inbox_statements();
  set.list = lists_in_file();
  set.worklist = worklists_in_file();
  return set;
}

}  // namespace nava::persistence::sqlite
