// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/partitions/partition_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/persistence/partitions.hpp>
#include <nava/schema/companies.hpp>
#include <nava/schema/ddl.hpp>
#include <nava/schema/partitioning.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_database.hpp>

namespace nava::persistence::postgresql {
namespace {

using schema::quoted;

constexpr int first_ahead = 3;

uuid greatest_id() {
  uuid id;
  std::fill(id.begin(), id.end(), std::uint8_t{0xff});
  return id;
}

constexpr const char* parent_sql = R"(
SELECT c.relkind, obj_description(c.oid, 'pg_class')
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = :schema AND c.relname = 'workflow')";

// The last column is of dead rows. Statistics that a crash took know of no rows: any that fit may
// be dead.
constexpr const char* partitions_sql = R"(
SELECT p.relname, n.nspname, c.relname, pg_get_expr(c.relpartbound, c.oid),
  cast(greatest(c.reltuples, pg_stat_get_live_tuples(c.oid), 0) AS bigint),
  CASE WHEN pg_stat_get_live_tuples(c.oid) + pg_stat_get_dead_tuples(c.oid) > 0
    THEN pg_stat_get_dead_tuples(c.oid)
    ELSE pg_relation_size(c.oid) / 64 END
FROM pg_catalog.pg_class AS p
JOIN pg_catalog.pg_namespace AS s ON s.oid = p.relnamespace
JOIN pg_catalog.pg_inherits AS i ON i.inhparent = p.oid
JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE s.nspname = :schema AND p.relkind = 'p' AND c.relispartition)";

constexpr const char* microseconds_sql = R"(
SELECT cast(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint))";

const statement parent{parent_sql, {"schema"}, 2};
const statement partitions{partitions_sql, {"schema"}, 6};
const statement microseconds{microseconds_sql, {}, 1};

// `FOR VALUES FROM ('…') TO (MAXVALUE)`; nothing where it is `DEFAULT`.
std::optional<id_range> bounds_in(std::string_view text) {
  if (text == "DEFAULT") return std::nullopt;
  id_range ids{{}, greatest_id()};
  const auto bound_after = [&](std::string_view word) {
    const std::size_t at = text.find(word);
    return at == text.npos ? std::nullopt : schema::parse_uuid(text.substr(at + word.size(), 36));
  };
  if (const auto from = bound_after("FROM ('")) ids.from = *from;
  if (const auto to = bound_after("TO ('")) ids.to = *to;
  return ids;
}

bool is_ours(std::string_view table) {
  const auto& all = partitioned_tables();
  return std::any_of(all.begin(), all.end(), [&](const auto* each) { return each->name == table; });
}

bool is_before(const live_partition& a, const live_partition& b) {
  if (!a.ids || !b.ids) return !a.ids && b.ids;
  return a.ids->from < b.ids->from;
}

void add(live_partitions& to, const connection::row& row) {
  const auto ids = bounds_in(row[3].value());
  auto found = std::find_if(to.all.begin(), to.all.end(),
                            [&](const live_partition& each) { return each.ids == ids; });
  if (found == to.all.end()) found = to.all.insert(to.all.end(), {ids});
  found->names.emplace(row[0].value(),
                       fmt::format("{}.{}", quoted(row[1].value()), quoted(row[2].value())));
  found->rows_estimate += std::stoll(row[4].value());
  found->dead_rows_estimate += std::stoll(row[5].value());
}

// `p20261101`, or with the time of day where it does not begin with the day.
std::string suffix(const id_range& ids) {
  std::string text;
  const std::string time = schema::to_text(time_in(ids.from));  // 2026-11-01T00:00:00.000000Z
  for (const char c : time)
    if (c >= '0' && c <= '9') text += c;
  constexpr std::size_t date_digits = 8, time_digits = 17;
  const bool is_midnight =
      text.find_first_not_of('0', date_digits) == text.npos && ids == ids_in(times_in(ids));
  return "p" + text.substr(0, is_midnight ? date_digits : time_digits);
}

}  // namespace

const std::vector<const schema::table_description*>& partitioned_tables() {
  static const schema::partitioned_schema ours{schema::workflow_database<>::description};
  static const std::vector<const schema::table_description*> tables = [] {
    std::vector<const schema::table_description*> found;
    for (const auto& table : ours.description().tables)
      if (!table.partition_column.empty()) found.push_back(&table);
    return found;
  }();
  return tables;
}

id_range ids_in(partition_range range) { return {least_id_at(range.from), least_id_at(range.to)}; }

partition_range times_in(const id_range& ids) { return {time_in(ids.from), time_in(ids.to)}; }

live_partitions read_partitions(connection& on, std::string_view schema) {
  live_partitions found;
  const auto about = on.execute(parent, {schema});
  found.are_partitioned = !about.empty() && about.front()[0] == "p";
  if (!found.are_partitioned) return found;
  const std::string comment = about.front()[1].value_or("");
  if (comment.starts_with(interval_comment))
    found.every = parse_partition_interval(comment.substr(interval_comment.size()));
  for (const auto& row : on.execute(partitions, {schema}))
    // A partition that was dropped since has no bounds or no size.
    if (is_ours(row[0].value()) && row[3] && row[5]) add(found, row);
  std::sort(found.all.begin(), found.all.end(), is_before);
  return found;
}

std::vector<id_range> gaps(const live_partitions& there, const id_range& wanted) {
  std::vector<id_range> found;
  uuid at = wanted.from;
  for (const live_partition& each : there.all) {
    if (!each.ids || each.ids->to <= at) continue;
    if (each.ids->from >= wanted.to) break;
    if (at < each.ids->from) found.push_back({at, each.ids->from});
    at = each.ids->to;
  }
  if (at < wanted.to) found.push_back({at, wanted.to});
  return found;
}

std::vector<partition_range> ranges_ahead(partition_interval every, timestamp now, int ahead) {
  const auto expect_text = [](timestamp time) {
    if (!schema::has_text(time))
      throw error{
          error_kind::invalid_input,
          "partitions are made for the years 1970 to 9999; correct the clock that upkeep is "
          "given, or make fewer ahead"};
  };
  expect_text(now);
  std::vector<partition_range> ranges{range_at(every, now)};
  for (int i = 0; i < ahead; ++i) ranges.push_back(range_at(every, ranges.back().to));
  expect_text(ranges.back().to);
  return ranges;
}

std::string create_partitions(std::string_view schema, const id_range& ids) {
  const std::string bounds = fmt::format("FOR VALUES FROM ('{}') TO ('{}')",
                                         schema::to_text(ids.from), schema::to_text(ids.to));
  std::string statements;
  for (const auto* table : partitioned_tables())
    statements += schema::create_partition(*table, fmt::format("{}_{}", table->name, suffix(ids)),
                                           bounds, quoted(schema) + ".") +
                  '\n';
  return statements + schema::secure_partitions(schema);
}

timestamp server_time(connection& on) {
  const auto now = on.execute(microseconds);
  return timestamp{std::chrono::microseconds{std::stoll(now.front().front().value())}};
}

wanted_layout wanted_partitions(std::string schema, partition_interval every) {
  return {layout::partitioned, [schema = std::move(schema), every](connection& on) {
            on.run_script(fmt::format("COMMENT ON TABLE {}.workflow IS '{}{}'", quoted(schema),
                                      interval_comment, to_text(every)));
            for (const auto& range : ranges_ahead(every, server_time(on), first_ahead))
              on.run_script(create_partitions(schema, ids_in(range)));
          }};
}

}  // namespace nava::persistence::postgresql
