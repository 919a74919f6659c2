// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/statements/server_inbox_statements.hpp"

#include <fmt/format.h>

#include <nava/schema/ddl.hpp>

namespace nava::persistence::postgresql {
namespace {

using namespace fmt::literals;

constexpr std::string_view store_event_sql = R"(
INSERT INTO {table} (
  event_key, event_name, resource_name, resource_id, event_data, event_args, selector, at, actor,
  ts_created
)
VALUES (
  :event_key,
  :event_name,
  :resource_name,
  :resource_id,
  cast(:event_data AS jsonb),
  cast(:event_args AS jsonb),
  cast(:selector AS uuid),
  cast(:at AS timestamp with time zone),
  :actor,
  coalesce(cast(:ts_created AS timestamp with time zone), now())
)
RETURNING seq)";

// The array keeps statistics from turning the update into a scan.
constexpr std::string_view leased_sql = R"(
leased AS (
  UPDATE {table} AS i
  SET attempt = i.attempt + 1,
    lease_fence = i.lease_fence + 1,
    lease_until = now() + cast(:lease AS bigint) * interval '1 ms',
    lease_owner = :owner
  WHERE i.seq = ANY (ARRAY(SELECT seq FROM picked))
    AND {condition}
  RETURNING i.*
))";

constexpr std::string_view still_free = "(i.lease_until IS NULL OR i.lease_until <= now())";
constexpr std::string_view all_picked =
    "(SELECT count(*) FROM picked) = (SELECT count(*) FROM earlier)";

constexpr std::string_view claim_events_sql = R"(
WITH {picked},{leased}
SELECT seen.seen_from, seen.seen_to, seen.events, CASE WHEN {is_behind_early} THEN l.seq END,
  {columns}, row_to_json(l)
FROM (
  SELECT min(f.seq) AS seen_from, max(f.seq) AS seen_to, count(*) AS events
  FROM front AS f
) AS seen
LEFT JOIN leased AS l ON true)";

constexpr std::string_view claim_earlier_sql = R"(
WITH {picked},{leased}
SELECT (SELECT count(*) FROM earlier), {columns}, row_to_json(l)
FROM (SELECT 1) AS one
LEFT JOIN leased AS l ON true)";

constexpr std::string_view settle_events_sql = R"(
WITH given AS MATERIALIZED (
  SELECT *
  FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS g(
    seq bigint,
    lease_fence bigint,
    status text,
    attempt bigint,
    error text,
    delay bigint
  )
),
delivered AS (
  DELETE FROM {table} AS i
  USING given AS g
  WHERE i.seq = g.seq
    AND i.lease_fence = g.lease_fence
    AND i.lease_until IS NOT NULL
    AND g.status IS NULL
  RETURNING i.seq
),
kept AS (
  UPDATE {table} AS i
  SET status = g.status,
    attempt = g.attempt,
    error = g.error,
    ts_due = now() + g.delay * interval '1 ms',
    lease_until = NULL,
    lease_owner = NULL
  FROM given AS g
  WHERE i.seq = g.seq
    AND i.lease_fence = g.lease_fence
    AND i.lease_until IS NOT NULL
    AND g.status IS NOT NULL
  RETURNING i.seq
)
SELECT seq
FROM delivered
UNION ALL
SELECT seq
FROM kept)";

constexpr std::string_view among_given =
    "= ANY (ARRAY(SELECT cast(jsonb_array_elements_text(cast(:seqs AS jsonb)) AS bigint)))";

std::string table_in(std::string_view schema) {
  return fmt::format("{}.workflow_inbox", schema::quoted(schema));
}

}  // namespace

inbox_statements shared_inbox_statements(std::string_view schema) {
  const std::string table = table_in(schema);
  inbox_statements shared =
      inbox_statements_of(table, "row_to_json(i)", among_given, "bigint",
                          "coalesce(cast(:now AS timestamp with time zone), now())");
  shared.store = {fmt::format(store_event_sql, "table"_a = table), store_event_parameters, 1};
  return shared;
}

server_inbox_statements::server_inbox_statements(std::string_view schema) {
  const inbox_dialect dialect{.table = table_in(schema),
                              .now = "now()",
                              .takes_all = "cast(:names AS text) IS NULL",
                              .names = "SELECT jsonb_array_elements_text(cast(:names AS jsonb))",
                              .among = "= ANY (ARRAY({}))",
                              .integer = "bigint",
                              .once = "MATERIALIZED ",
                              .around_locks = "FOR NO KEY UPDATE SKIP LOCKED"};
  const auto leased = [&](std::string_view condition) {
    return fmt::format(leased_sql, "table"_a = dialect.table, "condition"_a = condition);
  };
  claim = {fmt::format(claim_events_sql, "picked"_a = picked_events(dialect),
                       "leased"_a = leased(still_free), "columns"_a = inbox_columns("l"),
                       "is_behind_early"_a = is_behind_early(dialect, "l")),
           {"after_seq", "window", "events_max", "names", "lease", "owner"},
           4 + inbox_columns_count + 1};
  auto parameters = earlier_event_parameters;
  parameters.emplace_back("lease");
  claim_earlier = {fmt::format(claim_earlier_sql, "picked"_a = picked_earlier_events(dialect),
                               "leased"_a = leased(all_picked), "columns"_a = inbox_columns("l")),
                   std::move(parameters), 1 + inbox_columns_count + 1};
  settle = {fmt::format(settle_events_sql, "table"_a = dialect.table), {"rows"}, 1};
}

}  // namespace nava::persistence::postgresql
