// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/aged_partitions.hpp"

#include <fmt/format.h>

#include <nava/persistence/partitions.hpp>
#include <nava/persistence/store.hpp>
#include <stdexcept>

#include "benchmarks/baseline/client.hpp"
#include "benchmarks/bulk_load.hpp"

namespace nava::benchmarks {
namespace {

constexpr int days_each = 30;
constexpr persistence::partition_interval every{days_each,
                                                persistence::partition_interval::unit::days};
constexpr std::chrono::hours day{24}, interval = days_each * day;
// A partition has expired this long after its end: the last of its workflows have finished by then,
// and the next partition has not ended.
constexpr std::chrono::hours expires_after = day;

// What a create writes and load() does not: a claim on the resource of each workflow.
constexpr std::string_view claims =
    "INSERT INTO {0}.workflow_resource (workflow_id, resource_id, resource_name, wfdef_key) SELECT "
    "_id, resource_id, resource_name, wfdef_key FROM {0}.workflow ORDER BY _id";

}  // namespace

aged_partitions::aged_partitions(const options& given, std::string_view name,
                                 std::int64_t partitions, std::int64_t workflows_each, report& out)
    : scratch(given, fmt::format("{}_{}", given.schema, name)),
      url_(given.url.in_schema(schema())),
      workflows_each_(workflows_each),
      begin_(persistence::range_at(every, std::chrono::floor<std::chrono::microseconds>(
                                              std::chrono::system_clock::now()))
                 .from -
             (partitions + 2) * interval) {
  persistence::migrate(url_,
                       {.layout = persistence::layout::partitioned, .partition_every = every});
  persistence::maintain_partitions(url_,
                                   {.ahead = static_cast<int>(partitions) - 1, .now = begin_});
  options each = given;
  each.workflows = partitions * workflows_each_;
  const auto step = std::chrono::microseconds{interval} / workflows_each_;
  load(each, schema(), out, {begin_ + step / 2, partitions * interval});
  const auto server = connect(url_);
  server->run(fmt::format(fmt::runtime(claims), schema()));
  server->run("VACUUM (ANALYZE) " + schema() + ".workflow_resource");
}

void aged_partitions::drop_oldest() {
  const auto oldest = start_of(dropped_);
  const auto done =
      persistence::maintain_partitions(url_, {.ahead = 0,
                                              .drop_older_than = expires_after,
                                              .now = oldest + interval + expires_after + day});
  if (done.dropped.size() != 1 || done.dropped.front().what.range.from != oldest ||
      done.dropped.front().what.workflows != workflows_each_)
    throw std::runtime_error{"a partition that had expired was not dropped alone and whole"};
  ++dropped_;
}

timestamp aged_partitions::start_of(std::int64_t partition) const {
  return begin_ + partition * interval;
}

}  // namespace nava::benchmarks
