// SPDX-License-Identifier: Apache-2.0
#include <nava/persistence/layout.hpp>
#include <nava/schema/ddl.hpp>
#include <nava/schema/partitioning.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_database.hpp>
#include <nava/workflow/error.hpp>
#include <stdexcept>

#include "support/catch.hpp"

using namespace nava;
using namespace nava::persistence;

namespace {

timestamp at(std::string_view text) { return schema::parse_timestamp(text).value(); }

std::string range_text(std::string_view interval, std::string_view time) {
  const auto range = range_at(parse_partition_interval(interval).value(), at(time));
  return schema::to_text(range.from).substr(0, 10) + " " + schema::to_text(range.to).substr(0, 10);
}

}  // namespace

TEST_CASE("partition layout: an interval is written and read") {
  for (const char* const text : {"1d", "7d", "3650d", "1mo", "120mo"})
    CHECK(to_text(parse_partition_interval(text).value()) == text);
  for (const char* const text :
       {"", "d", "7", "0d", "-1d", "3651d", "121mo", "1m", "1mo ", "1.5d", "99999999999d"})
    CHECK_FALSE(parse_partition_interval(text));
}

TEST_CASE("partition layout: a range holds its time, and the next one begins where it ends") {
  CHECK(range_text("1mo", "2026-02-28T23:59:59.999999Z") == "2026-02-01 2026-03-01");
  CHECK(range_text("1mo", "2026-12-01T00:00:00.000000Z") == "2026-12-01 2027-01-01");
  CHECK(range_text("3mo", "2026-11-22T12:00:00.000000Z") == "2026-10-01 2027-01-01");
  CHECK(range_text("12mo", "2026-11-22T12:00:00.000000Z") == "2026-01-01 2027-01-01");
  CHECK(range_text("1d", "2026-11-22T12:00:00.000000Z") == "2026-11-22 2026-11-23");
  CHECK(range_text("7d", "2026-11-22T12:00:00.000000Z") == "2026-11-16 2026-11-23");
  CHECK(range_text("7d", "1970-01-01T00:00:00.000000Z") == "1969-12-29 1970-01-05");
  for (const char* const interval : {"1d", "7d", "10d", "1mo", "5mo", "120mo"}) {
    timestamp time = at("1999-12-31T23:59:59.999999Z");
    for (int i = 0; i < 50; ++i) {
      const auto range = range_at(parse_partition_interval(interval).value(), time);
      CHECK(range.from <= time);
      CHECK(time < range.to);
      CHECK(range_at(parse_partition_interval(interval).value(), range.from) == range);
      time = range.to;
    }
  }
}

TEST_CASE("partition layout: an id is in the partition of its time") {
  const timestamp time = at("2026-11-22T12:00:00.001000Z");
  const uuid least = least_id_at(time);
  CHECK(schema::to_text(least).substr(14) == "0000-0000-000000000000");
  CHECK(time_in(least) == time);
  CHECK(time_in(schema::parse_uuid("01890a5d-ac96-774b-bcce-b302099a8057").value()) ==
        at("2023-06-30T03:34:18.518000Z"));
  CHECK_THROWS_AS(least_id_at(timestamp{std::chrono::microseconds{-1}}), error);
}

TEST_CASE(
    "partition layout: all tables but the agenda are partitioned, and the resource has its own") {
  const schema::partitioned_schema layout{schema::workflow_database<>::description};
  const auto tables = layout.description().tables;
  REQUIRE(tables.size() == schema::workflow_database<>::description.tables.size() + 1);
  std::size_t partitioned = 0;
  for (const auto& table : tables) {
    if (table.partition_column.empty()) continue;
    ++partitioned;
    // What makes a key of a partitioned table possible at all.
    for (const auto& index : table.indexes)
      if (index.what != schema::index_description::kind::index)
        CHECK(index.columns.front() == table.partition_column);
  }
  CHECK(partitioned == 9);
  CHECK(tables[1].name == "workflow_resource");
  REQUIRE(tables[1].storage.size() == 1);
  CHECK(tables[1].storage.front().name == "autovacuum_vacuum_scale_factor");
  const std::string ddl = create_statements(layout.description(), schema::dialect::postgresql);
  for (const char* const expected :
       {"\n) PARTITION BY RANGE (\"_id\");\n",
        "CREATE TABLE \"workflow_default\" PARTITION OF \"workflow\" DEFAULT",
        "CONSTRAINT \"pk_workflow_resource\" PRIMARY KEY (\"resource_id\", \"resource_name\", "
        "\"wfdef_key\")",
        "CONSTRAINT \"uq_workflow_resource_workflow_id\" UNIQUE (\"workflow_id\")",
        "CONSTRAINT \"fk_workflow_resource_workflow_id\" FOREIGN KEY (\"workflow_id\") REFERENCES "
        "\"workflow\" (\"_id\") ON DELETE CASCADE ON UPDATE CASCADE"})
    CHECK_THAT(ddl, Catch::Contains(expected));
  CHECK(ddl.find("\"uq_workflow_resource\"") == ddl.npos);
}
