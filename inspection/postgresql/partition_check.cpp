// SPDX-License-Identifier: Apache-2.0
#include "inspection/postgresql/partition_check.hpp"

#include <fmt/format.h>

#include <nava/inspection/comparison.hpp>
#include <nava/schema/ddl.hpp>
#include <nava/schema/partitioning.hpp>
#include <nava/schema/text.hpp>

#include "persistence/migration/schema_option.hpp"
#include "persistence/postgresql/connection/dropped_table.hpp"
#include "persistence/postgresql/connection/server_connection.hpp"
#include "persistence/postgresql/partitions/partition_tables.hpp"

namespace nava::inspection {

using namespace persistence::postgresql;

namespace {

using schema::quoted;

constexpr int needed_ahead = 1;

// One row for each storage parameter of a partition, or one without any.
constexpr const char* partition_storage_sql = R"(
SELECT p.relname, n.nspname, c.relname, cast(c.relpersistence <> 'u' AS int), o.option_name,
  CASE o.option_name WHEN 'autovacuum_enabled'
    THEN cast(cast(cast(o.option_value AS boolean) AS int) AS text)
    ELSE o.option_value END
FROM pg_catalog.pg_class AS p
JOIN pg_catalog.pg_namespace AS s ON s.oid = p.relnamespace
JOIN pg_catalog.pg_inherits AS i ON i.inhparent = p.oid
JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN LATERAL pg_options_to_table(c.reloptions) AS o ON true
WHERE s.nspname = :schema AND p.relkind = 'p' AND c.relkind = 'r' AND c.relispartition
ORDER BY p.relname, n.nspname, c.relname, o.option_name)";

const statement partition_storage{partition_storage_sql, {"schema"}, 6};

void add_parameter(catalog_table& to, const std::string& name, std::string value) {
  if (name == "fillfactor")
    to.fillfactor = std::stoi(value);
  else if (name == "autovacuum_enabled")
    to.autovacuum = value == "1";
  else
    to.storage.push_back({name, std::move(value)});
}

void check_storage(connection& on, std::string_view schema, std::vector<finding>& findings) {
  const auto rows = on.execute(partition_storage, {schema});
  for (std::size_t i = 0; i < rows.size();) {
    catalog_table partition;
    partition.schema = rows[i][1].value();
    partition.name = rows[i][2].value();
    partition.logged = rows[i][3] == "1";
    const auto& parent = rows[i][0];
    for (; i < rows.size() && rows[i][1] == partition.schema && rows[i][2] == partition.name; ++i)
      if (rows[i][4]) add_parameter(partition, *rows[i][4], rows[i][5].value_or(""));
    for (const auto* table : partitioned_tables())
      if (table->name == parent)
        for (auto& found : compare_partition(partition, *table))
          findings.push_back(std::move(found));
  }
}

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
  const live_partitions there = read_beside_drops([&] { return read_partitions(on, schema); });
  std::vector<finding> findings;
  if (there.all.empty() || there.all.front().ids) check_bounds({}, schema, findings);
  for (const live_partition& each : there.all) check_bounds(each, schema, findings);
  check_storage(on, schema, findings);
  if (!there.every) {
    findings.push_back(unknown_interval(schema));
    return findings;
  }
  for (const auto& range : ranges_ahead(*there.every, server_time(on), needed_ahead))
    if (!gaps(there, ids_in(range)).empty())
      findings.push_back({"partition-ahead",
                          fmt::format("{}.workflow", schema),
                          fmt::format("there is no partition from {} to {}, so rows will go to the "
                                      "default partition; run nava partitions{}",
                                      day(range.from), day(range.to), schema_option(schema)),
                          {},
                          severity::warning});
  return findings;
}

}  // namespace nava::inspection
