// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/baseline/tasks.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace nava::benchmarks {
namespace {

using namespace fmt::literals;

constexpr std::string_view claim_sql = R"(
WITH picked AS MATERIALIZED (
  SELECT ctid
  FROM {schema}.workflow_agenda
  WHERE queue = $1
    AND priority = 0
    AND ts_due <= now()
    AND (ts_due, _id) > (CAST($2 AS timestamptz), CAST($3 AS uuid))
    AND (lease_until IS NULL OR lease_until <= now())
  ORDER BY ts_due, _id
  LIMIT CAST($4 AS bigint)
  FOR NO KEY UPDATE SKIP LOCKED
),
leased AS (
  UPDATE {schema}.workflow_agenda
  SET attempt = attempt + 1,
    lease_fence = lease_fence + 1,
    lease_until = now() + interval '30 s',
    lease_owner = 'floor',
    ts_start = now()
  WHERE ctid = ANY (ARRAY(SELECT ctid FROM picked))
  RETURNING workflow_id, _id, lease_fence, ts_due, attempt
)
SELECT l.workflow_id, l._id, l.lease_fence, l.ts_due, l.attempt, t.attempts_max, t.name, t.step_id,
  t.input, w.wfdef_key, w.wfdef_rev, w.resource_name, w.resource_id, w.status
FROM leased AS l
JOIN {schema}.workflow_task AS t USING (workflow_id, _id)
JOIN {schema}.workflow AS w ON w._id = l.workflow_id
ORDER BY l.ts_due, l._id)";

constexpr std::string_view settle_sql = R"(
WITH ended AS (
  DELETE FROM {schema}.workflow_agenda AS a
  USING unnest(CAST($1 AS uuid[]), CAST($2 AS uuid[]), CAST($3 AS bigint[]))
    AS g(workflow_id, _id, lease_fence)
  WHERE a.workflow_id = g.workflow_id
    AND a._id = g._id
    AND a.lease_fence = g.lease_fence
  RETURNING a.*
)
UPDATE {schema}.workflow_task AS t
SET status = 'COMPLETED',
  attempt = e.attempt,
  result = '{{}}',
  ts_start = e.ts_start,
  ts_end = now(),
  lease_owner = e.lease_owner,
  lease_fence = e.lease_fence
FROM ended AS e
WHERE t.workflow_id = e.workflow_id
  AND t._id = e._id)";

}  // namespace

plain_worker::plain_worker(const options& given, std::string queue)
    : session_(connect(given.url)),
      queue_(std::move(queue)),
      claim_(session_->prepare(fmt::format(claim_sql, "schema"_a = given.schema))),
      settle_(session_->prepare(fmt::format(settle_sql, "schema"_a = given.schema))) {}

std::size_t plain_worker::claim(std::size_t tasks_max) {
  const auto rows =
      session_->read(claim_, {queue_, mark_due_, mark_id_, std::to_string(tasks_max)});
  claimed_ = rows.size();
  workflow_ids_ = ids_ = fences_ = "{";
  for (const auto& row : rows) {
    const std::string_view comma = &row == &rows.back() ? "}" : ",";
    workflow_ids_.append(row[0]).append(comma);
    ids_.append(row[1]).append(comma);
    fences_.append(row[2]).append(comma);
  }
  if (!rows.empty()) {
    mark_due_ = rows.back()[3];
    mark_id_ = rows.back()[1];
  }
  return claimed_;
}

void plain_worker::settle() {
  const auto settled = session_->execute(settle_, {workflow_ids_, ids_, fences_});
  if (static_cast<std::size_t>(settled) != claimed_)
    throw std::runtime_error{"the floor has lost a lease"};
}

}  // namespace nava::benchmarks
