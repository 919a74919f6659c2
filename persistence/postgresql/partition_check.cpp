// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/partition_check.hpp"

#include <fmt/format.h>

#include <nava/schema/ddl.hpp>
#include <nava/schema/partitioning.hpp>
#include <nava/schema/text.hpp>

#include "persistence/postgresql/connection.hpp"
#include "persistence/postgresql/partitions.hpp"

namespace nava::persistence::postgresql {
namespace {

using schema::finding;
using schema::quoted;
using schema::severity;

constexpr int needed_ahead = 1;

std::string day(timestamp time) { return schema::to_text(time).substr(0, 10); }

finding unknown_interval(std::string_view schema) {
  return {"partition-interval", fmt::format("{}.workflow", schema),
          "the comment on the table does not say how long a partition is, so none will be made; "
          "the statement says a month",
          fmt::format("COMMENT ON TABLE {}.\"workflow\" IS '{}1mo';", quoted(schema),
                      interval_comment)};
}

void check_bounds(const live_partition& each, std::string_view schema,
                  std::vector<finding>& findings) {
  for (const auto* table : partitioned_tables()) {
    if (each.names.contains(table->name)) continue;
    const std::string object = fmt::format("{}.{}", schema, table->name);
    if (!each.ids) {
      findings.push_back(
          {"missing-partition", object,
           "there is no default partition, so a workflow outside all others cannot be stored",
           schema::create_partition(*table, schema::default_partition(table->name), "DEFAULT",
                                    fmt::format("{}.", quoted(schema)))});
      continue;
    }
    const std::string bounds = fmt::format("FROM ('{}') TO ('{}')", schema::to_text(each.ids->from),
                                           schema::to_text(each.ids->to));
    findings.push_back({"partition-bounds",
                        object,
                        fmt::format("the other tables have a partition {}, this one has not, so "
                                    "that nava partitions will not drop it",
                                    bounds),
                        {},
                        severity::warning});
  }
}

}  // namespace

std::vector<finding> check_partitions(const database_url& url, std::string_view schema) {
  server_connection on{url};
  const live_partitions there = read_partitions(on, schema);
  std::vector<finding> findings;
  if (there.all.empty() || there.all.front().ids) check_bounds({}, schema, findings);
  for (const live_partition& each : there.all) check_bounds(each, schema, findings);
  if (!there.every) {
    findings.push_back(unknown_interval(schema));
    return findings;
  }
  for (const auto& range : ranges_ahead(*there.every, server_time(on), needed_ahead))
    if (!gaps(there, ids_in(range)).empty())
      findings.push_back({"partition-ahead",
                          fmt::format("{}.workflow", schema),
                          fmt::format("there is no partition from {} to {}, so rows will go to the "
                                      "default partition; run nava partitions",
                                      day(range.from), day(range.to)),
                          {},
                          severity::warning});
  return findings;
}

}  // namespace nava::persistence::postgresql
