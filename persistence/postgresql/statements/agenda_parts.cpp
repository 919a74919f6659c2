// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/statements/agenda_parts.hpp"

#include <fmt/format.h>

#include <nava/schema/workflow_tables.hpp>

#include "persistence/commit/unit_parts.hpp"
#include "persistence/postgresql/statements/statement_parts.hpp"

namespace nava::persistence::postgresql {
namespace {

using namespace fmt::literals;

// What is due already is due now: a claim that has passed a place does not look there again.
constexpr std::string_view insert_sql = R"(,
workflow_agenda_insert AS (
  INSERT INTO {schema}.workflow_agenda
    (workflow_id, _id, queue, priority, ts_due, attempt, lease_fence)
  SELECT r.workflow_id, r._id, coalesce(r.queue, r.name), coalesce(r.priority, 0),
    greatest(r.ts_due, now()), r.attempt, r.lease_fence
  FROM moved, jsonb_to_recordset(cast(:{rows} AS jsonb)) AS r({record})
  WHERE r.workflow_id = moved._id
    AND r.status = 'SCHEDULED'
))";

// The fence of a row that comes back is above those of all its holders: the last may hold a lease
// that no row knows of any more.
constexpr std::string_view change_sql = R"(,
workflow_agenda_remove AS (
  DELETE FROM {schema}.workflow_agenda AS c
  USING moved, jsonb_to_recordset(cast(:{rows} AS jsonb)) AS r({record}, written bigint)
  WHERE r.workflow_id = moved._id
    AND r.written & {status} <> 0
    AND r.status <> 'SCHEDULED'
    AND {same_key}
),
workflow_agenda_return AS (
  INSERT INTO {schema}.workflow_agenda
    (workflow_id, _id, queue, priority, ts_due, attempt, lease_fence)
  SELECT c.workflow_id, c._id, coalesce(c.queue, c.name), coalesce(c.priority, 0),
    CASE WHEN r.written & {ts_due} <> 0 THEN greatest(r.ts_due, now()) ELSE now() END,
    CASE WHEN r.written & {attempt} <> 0 THEN r.attempt ELSE c.attempt END,
    greatest(c.lease_fence + 1, cast(extract(epoch FROM now()) * 1000000 AS bigint))
  FROM moved
  CROSS JOIN jsonb_to_recordset(cast(:{rows} AS jsonb)) AS r({record}, written bigint)
  CROSS JOIN LATERAL (
    SELECT *
    FROM {schema}.workflow_task AS c
    WHERE {same_key}
    LIMIT 1
  ) AS c
  WHERE r.workflow_id = moved._id
    AND r.written & {status} <> 0
    AND r.status = 'SCHEDULED'
),
workflow_agenda_update AS (
  UPDATE {schema}.workflow_agenda AS c
  SET ts_due = greatest(r.ts_due, now())
  FROM moved, jsonb_to_recordset(cast(:{rows} AS jsonb)) AS r({record}, written bigint)
  WHERE r.workflow_id = moved._id
    AND r.written & {status} = 0
    AND r.written & {ts_due} <> 0
    AND {same_key}
))";

// A row that writes a fence settles: its task must run under that fence. One that writes a status
// cancels: its task must be open. Any other must find its task unclaimed.
constexpr std::string_view expected_sql = R"(
expected_task AS MATERIALIZED (
  SELECT r.workflow_id
  FROM locked AS l
  JOIN jsonb_to_recordset(cast(:{rows} AS jsonb)) AS r({record}, written bigint)
    ON r.workflow_id = l._id
  CROSS JOIN LATERAL (
    SELECT c.lease_fence, c.lease_until
    FROM {schema}.workflow_agenda AS c
    WHERE {same_key}
    FOR UPDATE{around_locks}
  ) AS a
  WHERE NOT (r.written & {status} <> 0 AND r.status = 'SCHEDULED')
    AND CASE
      WHEN r.written & {lease_fence} <> 0
        THEN a.lease_fence = r.lease_fence AND a.lease_until IS NOT NULL
      WHEN r.written & {status} <> 0 THEN true
      ELSE a.lease_until IS NULL
    END
),)";

template <auto Member>
std::uint64_t bit_of() {
  using table = schema::workflow_task_table;
  return schema::columns_where<table>([](std::string_view name) {
    return name == table::template column_with<Member>::name.view();
  });
}

std::string of_tasks(std::string_view sql, std::string_view schema, std::string_view rows,
                     std::string_view around_locks = {}) {
  using schema::workflow_task;
  const auto& task = table_named("workflow_task");
  return fmt::format(fmt::runtime(sql), "schema"_a = schema, "rows"_a = rows,
                     "around_locks"_a = around_locks, "record"_a = record_of(task),
                     "same_key"_a = same_key(task), "status"_a = bit_of<&workflow_task::status>(),
                     "ts_due"_a = bit_of<&workflow_task::ts_due>(),
                     "attempt"_a = bit_of<&workflow_task::attempt>(),
                     "lease_fence"_a = bit_of<&workflow_task::lease_fence>());
}

}  // namespace

std::string agenda_of_inserted_tasks(std::string_view schema, std::string_view rows) {
  return of_tasks(insert_sql, schema, rows);
}

std::string agenda_of_updated_tasks(std::string_view schema, std::string_view rows) {
  return of_tasks(change_sql, schema, rows);
}

std::string expected_tasks(std::string_view schema, std::string_view rows,
                           std::string_view around_locks) {
  return of_tasks(expected_sql, schema, rows, around_locks);
}

}  // namespace nava::persistence::postgresql
