// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/partitions.hpp"

#include <fmt/format.h>

#include <iostream>
#include <nava/persistence/partitions.hpp>
#include <nava/persistence/store.hpp>
#include <nava/schema/ddl.hpp>
#include <stdexcept>

#include "benchmarks/baseline/libpq.hpp"
#include "benchmarks/load.hpp"

namespace nava::benchmarks {
namespace {

constexpr int days_each = 30;
constexpr persistence::partition_interval every{days_each,
                                                persistence::partition_interval::unit::days};
constexpr std::chrono::hours day{24}, interval = days_each * day;
// So long after its end a partition has expired: the last of its workflows have finished by then,
// and the next partition has not ended.
constexpr std::chrono::hours expires_after = day;

// What a create writes and load() does not: a claim on the resource of each workflow.
constexpr std::string_view claims =
    "INSERT INTO {0}.workflow_resource (workflow_id, resource_id, resource_name, wfdef_key) SELECT "
    "_id, resource_id, resource_name, wfdef_key FROM {0}.workflow ORDER BY _id";

}  // namespace

partitioned_tables::partitioned_tables(const options& given, std::string_view name, int partitions,
                                       std::int64_t workflows_each, report& out)
    : given_(given),
      schema_(fmt::format("{}_{}", given.schema, name)),
      partitions_(partitions),
      workflows_each_(workflows_each),
      begin_(persistence::range_at(every, std::chrono::floor<std::chrono::microseconds>(
                                              std::chrono::system_clock::now()))
                 .from -
             (partitions_ + 2) * interval) {
  if (libpq::connection{given.url.location()}
          .run("SELECT 1 FROM pg_namespace WHERE nspname = $1", {schema_})
          .rows() > 0)
    throw std::runtime_error{"the schema " + schema_ +
                             " is there already; drop it or name another --schema"};
  try {
    make();
    fill(out);
  } catch (...) {
    drop();
    throw;
  }
}

partitioned_tables::~partitioned_tables() {
  if (given_.keep) return;
  try {
    drop();
  } catch (const std::exception& failure) {
    std::cerr << "nava_bench: cannot drop " << schema_ << ": " << failure.what() << '\n';
  }
}

void partitioned_tables::drop_oldest() {
  const auto oldest = start_of(dropped_);
  const auto done = persistence::maintain_partitions(
      given_.url, {.schema = schema_,
                   .ahead = 0,
                   .drop_older_than = expires_after,
                   .now = oldest + interval + expires_after + day});
  if (done.dropped.size() != 1 || done.dropped.front().what.range.from != oldest ||
      done.dropped.front().what.workflows != workflows_each_)
    throw std::runtime_error{"a partition that had expired was not dropped alone and whole"};
  ++dropped_;
}

void partitioned_tables::make() const {
  persistence::migrate(
      given_.url,
      {.schema = schema_, .layout = persistence::layout::partitioned, .partition_every = every});
  persistence::maintain_partitions(given_.url,
                                   {.schema = schema_, .ahead = partitions_ - 1, .now = begin_});
}

void partitioned_tables::fill(report& out) const {
  options each = given_;
  each.workflows = partitions_ * workflows_each_;
  const auto step = std::chrono::microseconds{interval} / workflows_each_;
  load(each, schema_, out, {begin_ + step / 2, partitions_ * interval});
  libpq::connection server{given_.url.location()};
  const std::string here = schema::quoted(schema_);
  server.run(fmt::format(fmt::runtime(claims), here));
  server.run("VACUUM (ANALYZE) " + here + ".workflow_resource");
}

void partitioned_tables::drop() const {
  libpq::connection{given_.url.location()}.run("DROP SCHEMA IF EXISTS " + schema::quoted(schema_) +
                                               " CASCADE");
}

timestamp partitioned_tables::start_of(int partition) const {
  return begin_ + partition * interval;
}

}  // namespace nava::benchmarks
