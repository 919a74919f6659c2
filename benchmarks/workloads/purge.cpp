// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <nava/persistence/store.hpp>
#include <numeric>
#include <stdexcept>

#include "benchmarks/baseline/deletes.hpp"
#include "benchmarks/baseline/layouts.hpp"
#include "benchmarks/load.hpp"
#include "benchmarks/partitions.hpp"
#include "benchmarks/workload.hpp"

namespace nava::benchmarks {
namespace {

// The contenders that purge Nava's tables, one after the other.
constexpr std::array<std::string_view, 2> on_own_tables{"nava", "floor"};

// The workflows of one schema, oldest first, as a purge takes them. Those who share the tables
// share the line, so that each takes up where another left.
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
struct purger {
  std::string name;
  std::function<void(std::int64_t workflows)> purge;
};

// Nava's purge of the tables of one store.
class purge_by_store {
 public:
  purge_by_store(std::unique_ptr<persistence::store> store, std::int64_t batch)
      : store_(std::move(store)), batch_(static_cast<std::size_t>(batch)) {}

  void operator()(std::int64_t workflows) {
    const auto wanted = static_cast<std::size_t>(workflows);
    const auto done =
        store_->purge({.limit = wanted, .batch_max = batch_}, {.after = reached_});
    if (done.workflows != wanted)
      throw std::runtime_error{"a purge took fewer workflows than there are"};
    reached_ = done.next;
  }

 private:
  std::unique_ptr<persistence::store> store_;
  std::size_t batch_;
  std::optional<persistence::purge_cursor> reached_;
};

class contest {
 public:
  contest(const options& given, report& out) : given_(given) {
    expect_enough();
    if (sharing() > 0) own_ = std::make_shared<line>(load(given, given.schema, out).ids);
    if (given.wants("nava")) {
      const auto purge = std::make_shared<purge_by_store>(
          persistence::open_store(given.url, {.schema = given.schema}), given.batch);
      purgers_.push_back({"nava", [this, purge](std::int64_t workflows) {
                            (*purge)(workflows);
                            // The floor goes on behind these, and the next purge behind the
                            // floor's.
                            own_->next(workflows);
                          }});
    }
    if (given.wants("floor")) add("floor", own_, plain_deletes(given, given.schema));
    if (!given.on_postgresql()) return;
    if (given.wants("by_hand")) {
      no_keys_ = std::make_unique<other_layout>(given, layout::no_keys);
      add("by_hand", std::make_shared<line>(load(given, no_keys_->schema(), out).ids),
          deletes_by_hand(given, no_keys_->schema()));
    }
    add_partitions(out);
  }

  // One stretch each, in an order that is turned around in every second round.
  [[nodiscard]] std::vector<figures> run(int round) {
    std::vector<std::size_t> order(purgers_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (round % 2 == 1) std::reverse(order.begin(), order.end());
    std::vector<figures> found(purgers_.size());
    for (const std::size_t at : order) found[at] = stretch_of(purgers_[at]);
    return found;
  }

 private:
  [[nodiscard]] std::int64_t stretch() const { return given_.operations * given_.batch; }

  [[nodiscard]] figures stretch_of(const purger& one) {
    samples whole;
    whole.time([&] { one.purge(stretch()); });
    // Their batches differ in size, so that percentiles would say nothing.
    const double rate = static_cast<double>(stretch()) / whole.total_s();
    return {one.name, static_cast<std::size_t>(stretch()),
            0,        0,
            rate,     rate * static_cast<double>(given_.rows().children() + 1)};
  }

  [[nodiscard]] std::int64_t sharing() const {
    return std::count_if(on_own_tables.begin(), on_own_tables.end(),
                         [&](auto name) { return given_.wants(name); });
  }

  void expect_enough() const {
    const std::int64_t lines = given_.wants("by_hand") ? 1 : 0;
    const auto needed = std::max(sharing(), lines) * given_.rounds * stretch();
    if (needed > given_.workflows)
      throw std::runtime_error{
          fmt::format("{} workflows would be purged; give --workflows {} or more, or fewer "
                      "--rounds, --operations or a smaller --batch",
                      needed, needed)};
  }

  void add(std::string_view name, const std::shared_ptr<line>& from, std::shared_ptr<deletes> how) {
    if (!given_.wants(name)) return;
    purgers_.push_back({std::string{name},
                        [from, how = std::move(how), batch = given_.batch](std::int64_t workflows) {
                          for (std::int64_t left = workflows; left > 0; left -= batch)
                            how->erase_batch(from->next(batch));
                        }});
  }

  // A partition for each round and one that stays. Of each contender its own, so that the dead rows
  // of one do not stand in the way of the other.
  void add_partitions(report& out) {
    if (given_.wants("nava_partitioned")) {
      purged_ = std::make_unique<partitioned_tables>(given_, "partitioned", given_.rounds + 1,
                                                     stretch(), out);
      const auto purge = std::make_shared<purge_by_store>(
          persistence::open_store(given_.url, {.schema = purged_->schema()}), given_.batch);
      purgers_.push_back(
          {"nava_partitioned", [purge](std::int64_t workflows) { (*purge)(workflows); }});
    }
    if (given_.wants("partition_drop")) {
      dropped_ = std::make_unique<partitioned_tables>(given_, "dropped", given_.rounds + 1,
                                                      stretch(), out);
      purgers_.push_back({"partition_drop", [this](std::int64_t) { dropped_->drop_oldest(); }});
    }
  }

  const options& given_;
  std::shared_ptr<line> own_;
  std::unique_ptr<other_layout> no_keys_;
  std::unique_ptr<partitioned_tables> purged_, dropped_;
  // Last: its connections end before the schema is dropped.
  std::vector<purger> purgers_;
};

void run(const options& given, report& out) {
  contest between{given, out};
  out.chart(metric::rows_per_second);
  for (int round = 0; round < given.rounds; ++round) out.add_round(between.run(round));
  out.compare("purge: nava / floor, rows/s", metric::rows_per_second, "nava", "floor");
  out.compare("purge: nava / no foreign keys, by hand, rows/s", metric::rows_per_second, "nava",
              "by_hand");
  out.compare("purge: floor / no foreign keys, by hand, rows/s", metric::rows_per_second, "floor",
              "by_hand");
  if (given.on_postgresql()) {
    out.compare("purge: a partition dropped / nava on plain tables, rows/s",
                metric::rows_per_second, "partition_drop", "nava");
    out.compare("purge: a partition dropped / nava on partitioned tables, rows/s",
                metric::rows_per_second, "partition_drop", "nava_partitioned");
    if (given.wants("partition_drop"))
      out.note(
          fmt::format("a partition has {} workflows; its drop is timed as a whole call of "
                      "maintain_partitions, its connection too",
                      given.operations * given.batch));
  }
  out.note(
      fmt::format("a sample is a workflow; those by hand take batches of {}, nava's grow up to "
                  "that as its purge sees fit, so there are no percentiles",
                  given.batch));
}

}  // namespace

workload purge() {
  return {"purge",
          "delete finished workflows in batches, oldest first",
          {"nava", "floor", "by_hand", "nava_partitioned", "partition_drop"},
          {option::workflows, option::child_rows, option::operations, option::batch,
           option::contenders},
          {.workflows = 50'000, .operations = 5, .batch = 1000},
          &run};
}

}  // namespace nava::benchmarks
