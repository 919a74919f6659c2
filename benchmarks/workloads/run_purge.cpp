// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <nava/persistence/store.hpp>
#include <stdexcept>

#include "benchmarks/aged_partitions.hpp"
#include "benchmarks/baseline/deletes.hpp"
#include "benchmarks/bulk_load.hpp"
#include "benchmarks/measured_rows.hpp"

namespace nava::benchmarks {
namespace {

// The workflows of one schema, oldest first, as a purge takes them. Contenders on the same tables
// share the line: each goes on where another stopped.
class line {
 public:
  explicit line(std::vector<uuid> ids) : ids_(std::move(ids)) {}

  std::span<const uuid> next(std::int64_t count) {
    if (next_ + static_cast<std::size_t>(count) > ids_.size())
      throw std::logic_error{"a purge ran out of workflows"};
    const std::span<const uuid> some{ids_.data() + next_, static_cast<std::size_t>(count)};
    next_ += some.size();
    return some;
  }

 private:
  std::vector<uuid> ids_;
  std::size_t next_ = 0;
};

// Purges so many workflows, the oldest that it has.
using purge_of = std::function<void(std::int64_t workflows)>;

// Nava's purge of the tables in one schema.
purge_of by_store(const options& given, const std::string& schema) {
  return [store = std::shared_ptr{persistence::open_store(given.url.in_schema(schema))},
          batch = static_cast<std::size_t>(given.batch),
          reached = std::optional<persistence::purge_cursor>{}](std::int64_t workflows) mutable {
    const auto wanted = static_cast<std::size_t>(workflows);
    const auto done = store->purge({.limit = wanted, .batch_max = batch}, {.after = reached});
    if (done.workflows != wanted)
      throw std::runtime_error{"a purge took fewer workflows than there are"};
    reached = done.next;
  };
}

purge_of by_batches(std::shared_ptr<line> from, delete_workflows erase, std::int64_t batch) {
  return [from, erase, batch](std::int64_t workflows) {
    for (std::int64_t left = workflows; left > 0; left -= batch) erase(from->next(batch));
  };
}

class contest {
 public:
  contest(const options& given, report& out) : given_(given), out_(out) {
    const std::int64_t lines = std::max<std::int64_t>(sharing(), given.wants("by_hand") ? 1 : 0);
    given.expect_workflows(lines * given.rounds * stretch());
    if (sharing() > 0) own_ = std::make_shared<line>(load(given, given.schema, out).ids);
    if (given.wants("nava"))
      add("nava", [own = own_, purge = by_store(given, given.schema)](std::int64_t workflows) {
        purge(workflows);
        // The floor goes on behind these, and the next purge behind the floor's.
        own->next(workflows);
      });
    if (given.wants("floor"))
      add("floor", by_batches(own_, plain_deletes(given, given.schema), given.batch));
    if (given.on_postgresql()) add_others();
  }

  // One stretch each, in turn. The batches differ in size, so percentiles would say nothing.
  [[nodiscard]] std::vector<figures> run(std::int64_t round) const {
    std::vector<figures> found(purges_.size());
    for (const std::size_t at : turns_in(round, purges_.size())) {
      samples whole;
      whole.time([&] { purges_[at].second(stretch()); });
      const double rate = static_cast<double>(stretch()) / whole.total_s();
      found[at] = {purges_[at].first,      static_cast<std::size_t>(stretch()), 0, 0, rate,
                   rate * rows_of_workflow};
    }
    return found;
  }

 private:
  [[nodiscard]] std::int64_t stretch() const { return given_.operations * given_.batch; }

  // The contenders that purge Nava's tables, one after the other.
  [[nodiscard]] std::int64_t sharing() const {
    return (given_.wants("nava") ? 1 : 0) + (given_.wants("floor") ? 1 : 0);
  }

  void add(std::string name, purge_of purge) {
    purges_.emplace_back(std::move(name), std::move(purge));
  }

  // Each has tables of its own, so that the dead rows of one do not slow another.
  void add_others() {
    if (given_.wants("by_hand")) {
      const auto& schema =
          others_.emplace_back(std::make_unique<other_layout>(given_, layout::no_keys))->schema();
      add("by_hand", by_batches(std::make_shared<line>(load(given_, schema, out_).ids),
                                deletes_by_hand(given_, schema), given_.batch));
    }
    if (given_.wants("nava_partitioned"))
      add("nava_partitioned", by_store(given_, aged("partitioned").schema()));
    if (given_.wants("partition_drop"))
      add("partition_drop", [&tables = aged("dropped")](std::int64_t) { tables.drop_oldest(); });
  }

  // A partition for each round and one that stays.
  aged_partitions& aged(std::string_view name) {
    auto made = std::make_unique<aged_partitions>(given_, name, given_.rounds + 1, stretch(), out_);
    auto& tables = *made;
    others_.push_back(std::move(made));
    return tables;
  }

  const options& given_;
  report& out_;
  std::shared_ptr<line> own_;
  std::vector<std::unique_ptr<scratch>> others_;
  // Last: their connections end before the schemas are dropped.
  std::vector<std::pair<std::string, purge_of>> purges_;
};

void run(const options& given, report& out) {
  contest between{given, out};
  out.chart(metric::rows_per_second);
  for (std::int64_t round = 0; round < given.rounds; ++round) out.add_round(between.run(round));
  const auto compare = [&](std::string name, std::string_view of, std::string_view to) {
    out.compare("purge: " + name + ", rows/s", metric::rows_per_second, of, to);
  };
  compare("nava / floor", "nava", "floor");
  compare("nava / no foreign keys, by hand", "nava", "by_hand");
  compare("floor / no foreign keys, by hand", "floor", "by_hand");
  compare("a partition dropped / nava on plain tables", "partition_drop", "nava");
  compare("a partition dropped / nava on partitioned tables", "partition_drop", "nava_partitioned");
}

}  // namespace

workload purge() {
  return {"purge",
          "delete finished workflows in batches, oldest first",
          {"nava", "floor", "by_hand", "nava_partitioned", "partition_drop"},
          {option::workflows, option::operations, option::batch, option::contenders},
          {.workflows = 50'000, .operations = 5, .batch = 1000},
          &run};
}

}  // namespace nava::benchmarks
