// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/statements/queue_limit_statements.hpp"

#include <fmt/format.h>

#include <nava/schema/ddl.hpp>

namespace nava::persistence::postgresql {
namespace {

using namespace fmt::literals;

constexpr std::string_view limit_running_sql = R"(
WITH removed AS (
  DELETE FROM {schema}.workflow_slot
  WHERE queue = :queue
    AND slot > cast(:most AS bigint)
)
INSERT INTO {schema}.workflow_slot (queue, slot)
SELECT :queue, n
FROM generate_series(1, cast(:most AS bigint)) AS n
ON CONFLICT DO NOTHING)";

constexpr std::string_view running_limit_sql = R"(
SELECT count(*)
FROM {schema}.workflow_slot
WHERE queue = :queue)";

constexpr std::string_view limit_rate_sql = R"(
INSERT INTO {schema}.workflow_rate (queue, tasks, period, burst)
VALUES (:queue, cast(:tasks AS bigint), cast(:period AS bigint), cast(:burst AS bigint))
ON CONFLICT ON CONSTRAINT pk_workflow_rate DO UPDATE
SET tasks = excluded.tasks,
  period = excluded.period,
  burst = excluded.burst)";

constexpr std::string_view remove_rate_sql = R"(
DELETE FROM {schema}.workflow_rate
WHERE queue = :queue)";

constexpr std::string_view rate_of_sql = R"(
SELECT tasks, period, burst
FROM {schema}.workflow_rate
WHERE queue = :queue)";

}  // namespace

queue_limit_statements::queue_limit_statements(std::string_view schema) {
  const std::string place = schema::quoted(schema);
  const auto filled = [&](std::string_view sql) {
    return fmt::format(fmt::runtime(sql), "schema"_a = place);
  };
  running = {filled(limit_running_sql), {"queue", "most"}, 0};
  running_of = {filled(running_limit_sql), {"queue"}, 1};
  rate = {filled(limit_rate_sql), {"queue", "tasks", "period", "burst"}, 0};
  remove_rate = {filled(remove_rate_sql), {"queue"}, 0};
  rate_of = {filled(rate_of_sql), {"queue"}, 3};
}

}  // namespace nava::persistence::postgresql
