// SPDX-License-Identifier: Apache-2.0
#include "persistence/inbox/inbox_statements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_rows.hpp>
#include <nava/workflow/error.hpp>

#include "persistence/commit/unit_parts.hpp"
#include "persistence/rows/row_text.hpp"

namespace nava::persistence {
namespace {

using namespace fmt::literals;

// Whoever has leased the first event of a resource has those that follow, so that no two drainers
// deliver events of one resource at a time. A window bounds the search: behind a long queue of one
// resource a claim goes on from the window's end. Of one resource, and of what is EARLY, comes a
// part only, so that the others have their share.
//
// What was EARLY and is tried again is READY: later EARLY ones of its name wait for it.
//
// IS TRUE keeps PostgreSQL from joining front and head row by row: it cannot know their sizes.
// SQLite takes a partial index only where the index's condition stands in the query, so due_early
// says both.
constexpr std::string_view picked_sql = R"(
nearest AS {once}(
  SELECT i.seq, i.resource_name, i.resource_id, i.event_name,
    (i.ts_due IS NULL OR i.ts_due <= {now})
      AND (i.lease_until IS NULL OR i.lease_until <= {now}) AS is_free
  FROM {table} AS i
  WHERE i.status = 'READY'
    AND i.seq > cast(:after_seq AS {integer})
    AND ({takes_all} OR i.event_name IN ({names}))
  ORDER BY i.seq
  LIMIT cast(:window AS {integer})
),
front AS {once}(
  SELECT n.*,
    row_number() OVER (PARTITION BY n.resource_name, n.resource_id ORDER BY n.seq) AS place,
    min(n.seq) OVER (PARTITION BY n.resource_name, n.resource_id) AS first_seq,
    min(n.seq) FILTER (WHERE NOT n.is_free)
      OVER (PARTITION BY n.resource_name, n.resource_id) AS first_held
  FROM nearest AS n
),
foremost AS {once}(
  SELECT f.seq
  FROM front AS f
  WHERE f.place = 1
    AND f.is_free
    AND NOT EXISTS (
      SELECT 1
      FROM {table} AS i
      WHERE i.status = 'READY'
        AND i.resource_id = f.resource_id
        AND i.resource_name = f.resource_name
        AND i.seq < f.seq
        AND ({takes_all} OR i.event_name IN ({names}) OR i.lease_until > {now})
    )
  ORDER BY f.seq
  LIMIT cast(:events_max AS {integer})
),
head AS {once}(
  SELECT i.seq, i.resource_name, i.resource_id, i.event_name
  FROM {table} AS i
  WHERE i.seq {among_foremost}
    AND i.status = 'READY'
    AND (i.ts_due IS NULL OR i.ts_due <= {now})
    AND (i.lease_until IS NULL OR i.lease_until <= {now})
  {around_locks}
),
due_early AS {once}(
  SELECT i.seq, i.resource_name, i.resource_id, i.event_name
  FROM {table} AS i
  WHERE i.status <> 'READY'
    AND i.status = 'EARLY'
    AND i.ts_due <= {now}
    AND (i.lease_until IS NULL OR i.lease_until <= {now})
    AND ({takes_all} OR i.event_name IN ({names}))
    AND NOT EXISTS (
      SELECT 1
      FROM {table} AS r
      WHERE r.status = 'READY'
        AND r.resource_id = i.resource_id
        AND r.resource_name = i.resource_name
        AND r.event_name = i.event_name
        AND r.seq < i.seq
    )
  ORDER BY i.ts_due, i.seq
  LIMIT 1 + cast(:events_max AS {integer}) / 8
  {around_locks}
),
follower AS {once}(
  SELECT f.seq
  FROM front AS f
  WHERE (f.first_seq IN (SELECT h.seq FROM head AS h)) IS TRUE
    AND f.place BETWEEN 2 AND 2 + cast(:events_max AS {integer}) / 16
    AND (f.first_held IS NULL OR f.seq < f.first_held)
),
picked AS {once}(
  SELECT h.seq, 0 AS turn
  FROM head AS h
  UNION
  SELECT d.seq, 0
  FROM due_early AS d
  UNION
  SELECT f.seq, 1
  FROM follower AS f
  ORDER BY 2, 1
  LIMIT cast(:events_max AS {integer})
))";

constexpr std::string_view is_behind_early_sql = R"(EXISTS (
    SELECT 1
    FROM {table} AS e
    WHERE e.status = 'EARLY'
      AND e.resource_id = {row}.resource_id
      AND e.resource_name = {row}.resource_name
      AND e.event_name = {row}.event_name
      AND e.seq < {row}.seq
      AND e.seq NOT IN (SELECT p.seq FROM picked AS p)
  ))";

// All of them, or none: those that another drainer has, or is about to have, are not picked. Nor
// are those that were EARLY and are READY to be tried again.
constexpr std::string_view picked_earlier_sql = R"(
earlier AS {once}(
  SELECT i.seq
  FROM {table} AS i
  WHERE (i.status = 'EARLY' OR i.status = 'READY' AND coalesce(i.lease_owner, '') <> :owner)
    AND i.resource_id = :resource_id
    AND i.resource_name = :resource_name
    AND i.event_name = :event_name
    AND i.seq > cast(:after_seq AS {integer})
    AND i.seq < cast(:before_seq AS {integer})
  ORDER BY i.seq
  LIMIT cast(:events_max AS {integer})
),
picked AS {once}(
  SELECT i.seq
  FROM {table} AS i
  WHERE i.seq {among_earlier}
    AND i.status = 'EARLY'
    AND (i.lease_until IS NULL OR i.lease_until <= {now})
  {around_locks}
))";

constexpr std::string_view list_events_sql = R"(
SELECT {columns}, {object}
FROM {table} AS i
WHERE (cast(:status AS text) IS NULL OR i.status = cast(:status AS text))
  AND i.seq > cast(:after_seq AS {integer})
ORDER BY i.seq
LIMIT cast(:limit AS {integer}))";

constexpr std::string_view retry_events_sql = R"(
UPDATE {table} AS i
SET status = 'READY', attempt = 0, ts_due = NULL
WHERE i.status <> 'READY'
  AND (i.lease_until IS NULL OR i.lease_until <= {now})
  AND i.seq {among}
RETURNING 1)";

constexpr std::string_view discard_events_sql = R"(
DELETE FROM {table} AS i
WHERE (i.lease_until IS NULL OR i.lease_until <= {now})
  AND i.seq {among}
RETURNING 1)";

constexpr column_place error_place{"workflow_inbox", "error"};
constexpr column_place data_place{"workflow_inbox", "event_data"};
constexpr column_place args_place{"workflow_inbox", "event_args"};
constexpr column_place at_place{"workflow_inbox", "at"};

[[noreturn]] void refuse(const std::string& why) { throw error{error_kind::invalid_input, why}; }

void check_count(std::size_t count) {
  if (count > inbox_events_max)
    refuse(fmt::format("{} events at once, {} are allowed; make several calls", count,
                       inbox_events_max));
}

std::string_view status_after(inbox_settlement::result ended) {
  using enum inbox_settlement::result;
  switch (ended) {
    case delivered:
      return {};
    case again:
      return schema::to_text(schema::inbox_status::ready);
    case early:
      return schema::to_text(schema::inbox_status::early);
    case failed:
      return schema::to_text(schema::inbox_status::failed);
  }
  return {};
}

}  // namespace

std::string picked_events(const inbox_dialect& dialect) {
  return fmt::format(
      picked_sql, "table"_a = dialect.table, "now"_a = dialect.now,
      "takes_all"_a = dialect.takes_all, "names"_a = dialect.names, "integer"_a = dialect.integer,
      "once"_a = dialect.once, "around_locks"_a = dialect.around_locks,
      "among_foremost"_a = fmt::format(fmt::runtime(dialect.among), "SELECT seq FROM foremost"));
}

std::string is_behind_early(const inbox_dialect& dialect, std::string_view row) {
  return fmt::format(is_behind_early_sql, "table"_a = dialect.table, "row"_a = row);
}

std::string picked_earlier_events(const inbox_dialect& dialect) {
  return fmt::format(
      picked_earlier_sql, "table"_a = dialect.table, "now"_a = dialect.now,
      "integer"_a = dialect.integer, "once"_a = dialect.once,
      "around_locks"_a = dialect.around_locks,
      "among_earlier"_a = fmt::format(fmt::runtime(dialect.among), "SELECT seq FROM earlier"));
}

std::string inbox_columns(std::string_view row) {
  return fmt::format(
      "{0}.seq, {0}.lease_fence, {0}.attempt, {0}.status, {0}.event_name, {0}.resource_name, "
      "{0}.resource_id",
      row);
}

inbox_statements inbox_statements_of(std::string_view table, std::string_view object,
                                     std::string_view among, std::string_view integer,
                                     std::string_view now) {
  const auto filled = [&](std::string_view sql) {
    return fmt::format(fmt::runtime(sql), "table"_a = table, "object"_a = object, "among"_a = among,
                       "integer"_a = integer, "now"_a = now, "columns"_a = inbox_columns("i"));
  };
  return {{},
          {filled(list_events_sql), {"status", "after_seq", "limit"}, inbox_columns_count + 1},
          {filled(retry_events_sql), {"seqs", "now"}, 1},
          {filled(discard_events_sql), {"seqs", "now"}, 1}};
}

std::size_t inbox_window(std::size_t events_max) {
  constexpr std::size_t least = 256;
  return std::max(least, 4 * events_max);
}

event_arguments::event_arguments(const schema::workflow_inbox& event)
    : data(detail::json_text_of(event.event_data, data_place)),
      args(detail::json_text_of(event.event_args, args_place)) {
  if (event.event_key) check_argument(*event.event_key, "key of an event");
  check_argument(event.event_name, "name of an event");
  check_argument(event.resource_name, "name of a resource");
  check_argument(event.resource_id, "id of a resource");
  if (event.actor) check_argument(*event.actor, "actor of an event");
  if (event.event_name.empty()) refuse("an event has a name");
  if (event.event_key && event.event_key->empty())
    refuse("the key of an event is not empty; leave it out where there is none");
  if (event.selector) selector = schema::to_text(*event.selector);
  if (event.at) at = detail::storable_text(*event.at, at_place);
}

void check_claim(const inbox_claim& request) {
  check_argument(request.owner, "owner of a lease");
  if (request.events_max == 0) refuse("a claim is for one event at least");
  check_count(request.events_max);
  if (request.lease < std::chrono::milliseconds{1} || request.lease > std::chrono::hours{24})
    refuse(fmt::format("a lease takes 1 ms to 24 h, not {} ms", request.lease.count()));
  for (const std::string& name : request.event_names) check_argument(name, "name of an event");
}

std::optional<std::string> names_text(const inbox_claim& request) {
  if (request.event_names.empty()) return std::nullopt;
  return json::serialize(json::array(request.event_names.begin(), request.event_names.end()));
}

std::string seqs_text(std::span<const std::int64_t> seqs) {
  check_count(seqs.size());
  return json::serialize(json::array(seqs.begin(), seqs.end()));
}

claimed_events looked_at(const std::vector<connection::row>& rows, const inbox_claim& request,
                         std::size_t window, std::vector<connection::row>& found) {
  const connection::row& first = rows.at(0);
  claimed_events claimed;
  claimed.seen_from = first[0] ? std::stoll(*first[0]) : request.after_seq;
  claimed.seen_to = first[1] ? std::stoll(*first[1]) : request.after_seq;
  claimed.are_more = std::stoull(first[2].value()) == window;
  for (const connection::row& each : rows) {
    if (each[3]) claimed.behind_early.insert(std::stoll(*each[3]));
    if (each[4]) found.emplace_back(each.begin() + 4, each.end());
  }
  return claimed;
}

earlier_arguments::earlier_arguments(const schema::workflow_inbox& than, const inbox_claim& request)
    : resource_id_(than.resource_id),
      resource_name_(than.resource_name),
      event_name_(than.event_name),
      after_seq_(std::to_string(request.after_seq)),
      before_seq_(std::to_string(than.seq)),
      events_max_(std::to_string(request.events_max)),
      owner_(request.owner) {}

std::vector<connection::argument> earlier_arguments::all() const {
  return {resource_id_, resource_name_, event_name_, after_seq_, before_seq_, events_max_, owner_};
}

std::vector<settlement_arguments> arguments_of(std::span<const inbox_settlement> ended) {
  check_count(ended.size());
  std::vector<settlement_arguments> all;
  all.reserve(ended.size());
  for (const inbox_settlement& each : ended) {
    if (each.error) check_text(*each.error, error_place);
    if (each.delay < std::chrono::milliseconds{0} || each.delay > std::chrono::hours{24 * 366})
      refuse("an event is put off by 0 ms to a year");
    all.push_back({std::to_string(each.seq), std::to_string(each.fence),
                   std::string{status_after(each.ends_as)}, std::to_string(each.attempt),
                   each.error, each.delay});
  }
  return all;
}

}  // namespace nava::persistence
