// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/file_inbox_statements.hpp"

#include <fmt/format.h>

#include "persistence/sqlite/file_statement_parts.hpp"

namespace nava::persistence::sqlite {
namespace {

using namespace fmt::literals;

constexpr const char* store_event_sql = R"(
INSERT INTO workflow_inbox (
  event_key, event_name, resource_name, resource_id, event_data, event_args, selector, at, actor,
  ts_created
)
VALUES (
  :event_key,
  :event_name,
  :resource_name,
  :resource_id,
  :event_data,
  :event_args,
  :selector,
  :at,
  :actor,
  :ts_created
)
RETURNING seq)";

// Of what is free, a claim finds nothing where another drainer has what goes before.
constexpr std::string_view is_any_free_sql = R"(
SELECT 1
WHERE EXISTS (
  SELECT 1
  FROM workflow_inbox
  WHERE status = 'READY'
    AND seq > cast(:after_seq AS INTEGER)
    AND (ts_due IS NULL OR ts_due <= :now)
    AND (lease_until IS NULL OR lease_until <= :now)
)
OR EXISTS (
  SELECT 1
  FROM workflow_inbox
  WHERE status <> 'READY'
    AND status = 'EARLY'
    AND ts_due <= :now
    AND (lease_until IS NULL OR lease_until <= :now)
))";

constexpr std::string_view pick_events_sql = R"(
WITH {picked}
SELECT seen.seen_from, seen.seen_to, seen.events, CASE WHEN {is_behind_early} THEN i.seq END, i.seq
FROM (
  SELECT min(f.seq) AS seen_from, max(f.seq) AS seen_to, count(*) AS events
  FROM front AS f
) AS seen
LEFT JOIN picked AS p ON true
LEFT JOIN workflow_inbox AS i ON i.seq = p.seq)";

constexpr std::string_view pick_earlier_sql = R"(
WITH {picked}
SELECT (SELECT count(*) FROM earlier), p.seq
FROM (SELECT 1) AS one
LEFT JOIN picked AS p ON true)";

constexpr std::string_view lease_events_sql = R"(
UPDATE workflow_inbox
SET attempt = attempt + 1,
  lease_fence = lease_fence + 1,
  lease_until = :lease_until,
  lease_owner = :owner
WHERE seq {among}
RETURNING {columns}, {object})";

constexpr const char* remove_event_sql = R"(
DELETE FROM workflow_inbox
WHERE seq = cast(:seq AS INTEGER)
  AND lease_fence = cast(:fence AS INTEGER)
  AND lease_until IS NOT NULL
RETURNING 1)";

constexpr const char* keep_event_sql = R"(
UPDATE workflow_inbox
SET status = :status,
  attempt = cast(:attempt AS INTEGER),
  error = :error,
  ts_due = :due,
  lease_until = NULL,
  lease_owner = NULL
WHERE seq = cast(:seq AS INTEGER)
  AND lease_fence = cast(:fence AS INTEGER)
  AND lease_until IS NOT NULL
RETURNING 1)";

constexpr std::string_view among_given = "IN (SELECT value FROM json_each(:seqs))";

}  // namespace

inbox_statements shared_inbox_statements() {
  inbox_statements shared = inbox_statements_of("workflow_inbox", object_of("workflow_inbox", "i"),
                                                among_given, "INTEGER", ":now");
  shared.store = {store_event_sql, store_event_parameters, 1};
  return shared;
}

file_inbox_statements::file_inbox_statements() {
  const inbox_dialect dialect{.table = "workflow_inbox",
                              .now = ":now",
                              .takes_all = ":names IS NULL",
                              .names = "SELECT value FROM json_each(:names)",
                              .among = "IN ({})",
                              .integer = "INTEGER",
                              .once = {},
                              .around_locks = {}};
  is_any_free = {std::string{is_any_free_sql}, {"after_seq", "now"}, 1};
  pick = {fmt::format(pick_events_sql, "picked"_a = picked_events(dialect),
                      "is_behind_early"_a = is_behind_early(dialect, "i")),
          {"after_seq", "window", "events_max", "names", "now"},
          5};
  auto parameters = earlier_event_parameters;
  parameters.emplace_back("now");
  pick_earlier = {fmt::format(pick_earlier_sql, "picked"_a = picked_earlier_events(dialect)),
                  std::move(parameters), 2};
  lease = {fmt::format(lease_events_sql, "among"_a = among_given,
                       "columns"_a = inbox_columns("workflow_inbox"),
                       "object"_a = object_of("workflow_inbox", "workflow_inbox")),
           {"seqs", "lease_until", "owner"},
           inbox_columns_count + 1};
  remove = {remove_event_sql, {"seq", "fence"}, 1};
  keep = {keep_event_sql, {"seq", "fence", "status", "attempt", "error", "due"}, 1};
}

}  // namespace nava::persistence::sqlite
