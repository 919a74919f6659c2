// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/statements/task_statements.hpp"

#include <fmt/format.h>

#include <nava/schema/ddl.hpp>

#include "persistence/commit/unit_parts.hpp"
#include "persistence/postgresql/statements/statement_parts.hpp"
#include "persistence/tasks/leased_task.hpp"

// In the texts below, what a description yields stands in braces.
namespace nava::persistence::postgresql {
namespace {

using namespace fmt::literals;
using schema::quoted;

// A slot is free when its task is no longer under the lease that took it; so settling, renewing and
// dying free slots without writing to them. A slot that a rival has taken since the snapshot has
// another task or fence, and is not taken again.
//
// A rate is a bucket that is told by one instant: each task that begins moves spent_until on by the
// time between two, and `burst` of them may be ahead of the clock. Its row is locked where a task
// may begin, so that no two claims spend the same.
//
// MATERIALIZED: else the server may run the picking again for each row, and lease more than the
// limit. The update finds the picked rows by their places, so that no statistics can turn it into a
// scan; the places are locked, so they hold. The agenda is not partitioned, since a place is unique
// in one table only.
constexpr std::string_view claim_sql = R"(
WITH lane AS MATERIALIZED (
  SELECT l.*, h.ts_due
  FROM jsonb_to_recordset(cast($1 AS jsonb)) AS l(
    n bigint,
    queue text,
    priority bigint,
    after_due timestamp with time zone,
    after_id uuid,
    ahead bigint
  )
  CROSS JOIN LATERAL (
    SELECT a.ts_due
    FROM {schema}.workflow_agenda AS a
    WHERE a.queue = l.queue
      AND a.priority = l.priority
      AND a.ts_due <= now()
      AND (a.ts_due, a._id) > (l.after_due, l.after_id)
      AND (a.lease_until IS NULL OR a.lease_until <= now())
    ORDER BY a.ts_due, a._id
    LIMIT 1
  ) AS h
  ORDER BY h.ts_due - l.ahead * interval '1 ms'
  LIMIT 1
),
free_slot AS MATERIALIZED (
  SELECT s.queue, s.slot, s.task_id, s.lease_fence
  FROM {schema}.workflow_slot AS s
  WHERE s.queue = (SELECT queue FROM lane)
    AND NOT EXISTS (
      SELECT 1
      FROM {schema}.workflow_agenda AS a
      WHERE a.workflow_id = s.workflow_id
        AND a._id = s.task_id
        AND a.lease_fence = s.lease_fence
        AND a.lease_until > now()
    )
),
taken_slot AS MATERIALIZED (
  SELECT s.queue, s.slot
  FROM free_slot AS f
  JOIN {schema}.workflow_slot AS s ON s.queue = f.queue AND s.slot = f.slot
  WHERE s.task_id IS NOT DISTINCT FROM f.task_id
    AND s.lease_fence IS NOT DISTINCT FROM f.lease_fence
  LIMIT cast($2 AS bigint)
  FOR NO KEY UPDATE OF s SKIP LOCKED
),
rate AS MATERIALIZED (
  SELECT r.queue, r.burst - ({spent} * r.tasks + r.period - 1) / r.period AS free,
    {spent} AS spent
  FROM {schema}.workflow_rate AS r
  WHERE r.queue = (SELECT queue FROM lane)
    AND {spent} * r.tasks <= (r.burst - 1) * r.period
  FOR NO KEY UPDATE SKIP LOCKED
),
picked AS MATERIALIZED (
  SELECT a.ctid AS place
  FROM {schema}.workflow_agenda AS a
  WHERE a.queue = (SELECT queue FROM lane)
    AND a.priority = (SELECT priority FROM lane)
    AND a.ts_due <= now()
    AND (a.ts_due, a._id) > ((SELECT after_due FROM lane), (SELECT after_id FROM lane))
    AND (a.lease_until IS NULL OR a.lease_until <= now())
  ORDER BY a.ts_due, a._id
  LIMIT least(
    cast($2 AS bigint),
    CASE
      WHEN EXISTS (SELECT 1 FROM {schema}.workflow_slot WHERE queue = (SELECT queue FROM lane))
        THEN (SELECT count(*) FROM taken_slot)
    END,
    CASE
      WHEN EXISTS (SELECT 1 FROM {schema}.workflow_rate WHERE queue = (SELECT queue FROM lane))
        THEN coalesce((SELECT free FROM rate), 0)
    END
  )
  FOR NO KEY UPDATE SKIP LOCKED
),
leased AS (
  UPDATE {schema}.workflow_agenda AS a
  SET attempt = a.attempt + 1,
    lease_fence = a.lease_fence + 1,
    lease_until = now() + cast($3 AS bigint) * interval '1 ms',
    lease_owner = $4,
    ts_start = now()
  WHERE a.ctid = ANY (ARRAY(SELECT place FROM picked))
  RETURNING a.workflow_id, a._id, a.ts_due, a.attempt, a.lease_fence, a.ts_start, a.progress
),
filled_slot AS (
  UPDATE {schema}.workflow_slot AS s
  SET workflow_id = l.workflow_id,
    task_id = l._id,
    lease_fence = l.lease_fence
  FROM (SELECT t.*, row_number() OVER () AS n FROM taken_slot AS t) AS t
  JOIN (SELECT l.*, row_number() OVER () AS n FROM leased AS l) AS l ON l.n = t.n
  WHERE s.queue = t.queue
    AND s.slot = t.slot
),
spent AS (
  UPDATE {schema}.workflow_rate AS r
  SET spent_until = now()
    + (rate.spent + (begun.tasks * r.period + r.tasks - 1) / r.tasks) * interval '1 microsecond'
  FROM rate
  CROSS JOIN (SELECT count(*) AS tasks FROM leased) AS begun
  WHERE r.queue = rate.queue
    AND begun.tasks > 0
)
SELECT cast(lane.n AS text), CASE WHEN c._id IS NULL THEN NULL ELSE ROW({row}) END,
  CASE
    WHEN lane.n IS NULL THEN ({next_due})
    ELSE (
      SELECT cast({spent} - (r.burst - 1) * r.period / r.tasks AS text)
      FROM {schema}.workflow_rate AS r
      WHERE r.queue = lane.queue
        AND {spent} * r.tasks > (r.burst - 1) * r.period
    )
  END
FROM (SELECT 1) AS one
LEFT JOIN lane ON true
LEFT JOIN LATERAL (
  SELECT l.*, t.attempts_max, t.ts_expire, t.name, t.step_id, t.input, w.wfdef_key, w.wfdef_rev,
    w.resource_name, w.resource_id, w.status AS workflow_status
  FROM leased AS l
  CROSS JOIN LATERAL (
    SELECT *
    FROM {schema}.workflow_task AS t
    WHERE {same_task}
    LIMIT 1
  ) AS t
  CROSS JOIN LATERAL (
    SELECT *
    FROM {schema}.workflow AS w
    WHERE w._id = l.workflow_id
    LIMIT 1
  ) AS w
) AS c ON true)";

// Microseconds ahead of the clock. More than the whole burst is left of a slower rate, or of a
// clock that was set back.
constexpr std::string_view spent_sql =
    "least(greatest(coalesce(cast(round(cast(extract(epoch FROM r.spent_until - now()) AS numeric) "
    "* 1000000) AS bigint), 0), 0), (r.burst * r.period + r.tasks - 1) / r.tasks)";

constexpr std::string_view next_due_sql = R"(
SELECT cast(cast(extract(epoch FROM min(h.ts_due) - now()) * 1000000 AS bigint) AS text)
FROM jsonb_to_recordset(cast({lanes} AS jsonb)) AS l(queue text, priority bigint)
CROSS JOIN LATERAL (
  SELECT a.ts_due
  FROM {schema}.workflow_agenda AS a
  WHERE a.queue = l.queue
    AND a.priority = l.priority
    AND a.ts_due > now()
  ORDER BY a.ts_due, a._id
  LIMIT 1
) AS h)";

constexpr std::string_view given_leases_sql = R"(
WITH given AS MATERIALIZED (
  SELECT *
  FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS g(
    n bigint,
    workflow_id uuid,
    _id uuid,
    lease_fence bigint,
    progress jsonb,
    status text,
    attempt bigint,
    result jsonb,
    error text,
    delay bigint
  )
),)";

// What is settled leaves the agenda, and its row of workflow_task is written.
constexpr std::string_view held_sql = R"(
held AS MATERIALIZED (
  SELECT g.*
  FROM given AS g
  CROSS JOIN LATERAL (
    SELECT a.lease_fence
    FROM {schema}.workflow_agenda AS a
    WHERE {same_agenda}
    FOR UPDATE SKIP LOCKED
  ) AS a
  CROSS JOIN LATERAL (
    SELECT t.status
    FROM {schema}.workflow_task AS t
    WHERE {same_task}
    FOR NO KEY UPDATE SKIP LOCKED
  ) AS t
  WHERE a.lease_fence = g.lease_fence
),)";

// A lease that has ended is renewed, unless its slot may be another's by now. It also moves ts_due,
// so that what runs for long leaves the front of the index, where claims look.
constexpr std::string_view renew_sql = R"(
renewed AS (
  UPDATE {schema}.workflow_agenda AS a
  SET lease_until = now() + cast(:lease AS bigint) * interval '1 ms',
    ts_due = now() + cast(:lease AS bigint) * interval '1 ms',
    progress = coalesce(g.progress, a.progress)
  FROM {source} AS g
  WHERE {same_agenda}
    AND a.lease_fence = g.lease_fence
    AND a.lease_until IS NOT NULL
    AND (
      a.lease_until > now()
      OR NOT EXISTS (SELECT 1 FROM {schema}.workflow_slot AS s WHERE s.queue = a.queue)
    )
  RETURNING g.n
)
SELECT g.n, CASE
  WHEN a.lease_fence = g.lease_fence
    AND a.lease_until <= now()
    AND EXISTS (SELECT 1 FROM {schema}.workflow_slot AS s WHERE s.queue = a.queue)
    THEN 'lost'
  ELSE {why}
END
FROM given AS g
{what_there_is}
WHERE g.n <> ALL (ARRAY(SELECT n FROM renewed)))";

constexpr std::string_view settle_sql = R"(
ended AS (
  DELETE FROM {schema}.workflow_agenda AS a
  USING {source} AS g
  WHERE {same_agenda}
    AND a.lease_fence = g.lease_fence
    AND a.lease_until IS NOT NULL
    AND g.status <> 'SCHEDULED'
  RETURNING g.*, a.lease_owner, a.ts_start
),
postponed AS (
  UPDATE {schema}.workflow_agenda AS a
  SET ts_due = now() + g.delay * interval '1 ms',
    attempt = g.attempt,
    lease_until = NULL,
    lease_owner = NULL,
    ts_start = NULL,
    progress = coalesce(g.progress, a.progress)
  FROM {source} AS g
  WHERE {same_agenda}
    AND a.lease_fence = g.lease_fence
    AND a.lease_until IS NOT NULL
    AND g.status = 'SCHEDULED'
  RETURNING g.*, a.lease_owner, a.ts_start
),
ended_task AS (
  UPDATE {schema}.workflow_task AS t
  SET status = g.status,
    attempt = g.attempt,
    result = g.result,
    error = g.error,
    ts_start = g.ts_start,
    ts_end = now(),
    lease_owner = g.lease_owner,
    lease_fence = g.lease_fence
  FROM ended AS g
  WHERE {same_task}
    AND t.status = 'SCHEDULED'
),
postponed_task AS (
  UPDATE {schema}.workflow_task AS t
  SET attempt = g.attempt,
    error = g.error,
    lease_owner = g.lease_owner,
    lease_fence = g.lease_fence
  FROM postponed AS g
  WHERE g.error IS NOT NULL
    AND {same_task}
)
SELECT g.n
FROM given AS g
WHERE g.n <> ALL (ARRAY(SELECT n FROM ended UNION ALL SELECT n FROM postponed)))";

// A task that is gone was deleted with its workflow.
constexpr std::string_view why_sql = R"(CASE
    WHEN t.status IS NULL THEN 'cancelled'
    WHEN a.lease_fence = g.lease_fence AND a.lease_until IS NOT NULL THEN 'locked'
    WHEN a.lease_fence = g.lease_fence THEN 'settled'
    WHEN a.lease_fence IS NULL AND t.lease_fence = g.lease_fence AND t.status <> 'CANCELLED'
      THEN 'settled'
    WHEN t.status = 'CANCELLED' THEN 'cancelled'
    ELSE 'lost'
  END)";

constexpr std::string_view what_there_is_sql = R"(LEFT JOIN LATERAL (
  SELECT t.status, t.lease_fence
  FROM {schema}.workflow_task AS t
  WHERE {same_task}
  LIMIT 1
) AS t ON true
LEFT JOIN LATERAL (
  SELECT a.lease_fence, a.lease_until, a.queue
  FROM {schema}.workflow_agenda AS a
  WHERE {same_agenda}
  LIMIT 1
) AS a ON true)";

constexpr std::string_view why_they_sql = R"(
SELECT g.n, {why}
FROM jsonb_to_recordset(cast(:rows AS jsonb))
  AS g(n bigint, workflow_id uuid, _id uuid, lease_fence bigint)
{what_there_is})";

enum class locks { waits, goes_around };

class texts {
 public:
  explicit texts(std::string_view schema)
      : place_(quoted(schema)),
        same_agenda_(same_key(table_named("workflow_agenda"), "a", "g")),
        same_task_(same_key(table_named("workflow_task"), "t", "g")),
        what_there_is_(fmt::format(what_there_is_sql, "schema"_a = place_,
                                   "same_task"_a = same_task_, "same_agenda"_a = same_agenda_)) {}

  [[nodiscard]] std::string next_due(std::string_view lanes) const {
    return fmt::format(next_due_sql, "schema"_a = place_, "lanes"_a = lanes);
  }

  [[nodiscard]] std::string claim() const {
    return fmt::format(claim_sql, "schema"_a = place_, "next_due"_a = next_due("$1"),
                       "spent"_a = spent_sql, "row"_a = row_of(leased_task_description(), "c"),
                       "same_task"_a = same_key(table_named("workflow_task"), "t", "l"));
  }

  // `sql` on the leases that are given, or on those among them that nobody has locked.
  [[nodiscard]] std::string of_given(std::string_view sql, locks how) const {
    std::string text{given_leases_sql};
    if (how == locks::goes_around) text += filled(held_sql, "");
    return text + filled(sql, how == locks::goes_around ? "held" : "given");
  }

  [[nodiscard]] std::string why() const { return filled(why_they_sql, ""); }

 private:
  [[nodiscard]] std::string filled(std::string_view sql, std::string_view source) const {
    return fmt::format(fmt::runtime(sql), "schema"_a = place_, "source"_a = source,
                       "same_agenda"_a = same_agenda_, "same_task"_a = same_task_,
                       "why"_a = why_sql, "what_there_is"_a = what_there_is_);
  }

  const std::string place_, same_agenda_, same_task_, what_there_is_;
};

}  // namespace

task_statements::task_statements(std::string_view schema) {
  const texts text{schema};
  claim = {text.claim(), {"lanes", "tasks_max", "lease", "owner"}, 3, true};
  next_due = {text.next_due(":lanes"), {"lanes"}, 1};
  renew = {text.of_given(renew_sql, locks::waits), {"rows", "lease"}, 2};
  renew_around_locks = {text.of_given(renew_sql, locks::goes_around), {"rows", "lease"}, 2};
  settle = {text.of_given(settle_sql, locks::waits), {"rows"}, 1};
  settle_around_locks = {text.of_given(settle_sql, locks::goes_around), {"rows"}, 1};
  why = {text.why(), {"rows"}, 2};
  const auto table = [&](std::string_view name) {
    return fmt::format("{}.{}", quoted(schema), name);
  };
  list = task_list_statements{{.agenda = table("workflow_agenda"),
                               .task = table("workflow_task"),
                               .workflow = table("workflow"),
                               .row = "row_to_json(c)",
                               .now = "coalesce(cast(:now AS timestamp with time zone), now())",
                               .uuid = "uuid",
                               .time = "timestamp with time zone",
                               .integer = "bigint"}};
}

}  // namespace nava::persistence::postgresql
