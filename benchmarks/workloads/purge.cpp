// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <nava/persistence/retention.hpp>
#include <numeric>
#include <stdexcept>

#include "benchmarks/baseline/deletes.hpp"
#include "benchmarks/baseline/layouts.hpp"
#include "benchmarks/load.hpp"
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

// Purges so many workflows, the oldest of its tables, and times each batch.
struct purger {
  std::string name;
  std::function<samples(std::int64_t workflows)> purge;
};

class contest {
 public:
  contest(const options& given, report& out) : given_(given) {
    expect_enough();
    own_ = std::make_shared<line>(load(given, given.schema, out).ids);
    if (given.wants("nava")) {
      store_ = persistence::open_store(given.url, {.schema = given.schema});
      purgers_.push_back({"nava", [this](std::int64_t workflows) { return purge(workflows); }});
    }
    add("floor", own_, plain_deletes(given, given.schema));
    if (!given.on_postgresql() || !given.wants("by_hand")) return;
    no_keys_ = std::make_unique<other_layout>(given, layout::no_keys);
    add("by_hand", std::make_shared<line>(load(given, no_keys_->schema(), out).ids),
        deletes_by_hand(given, no_keys_->schema()));
  }

  // One stretch of batches each, in an order that is turned around in every second round.
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
    samples whole, batches;
    whole.time([&] { batches = one.purge(stretch()); });
    figures found = figures_of(one.name, batches, 0, whole.total_s());
    found.rows_per_second =
        static_cast<double>(stretch() * (given_.rows().children() + 1)) / whole.total_s();
    return found;
  }

  void expect_enough() const {
    const auto sharing = std::count_if(on_own_tables.begin(), on_own_tables.end(),
                                       [&](auto name) { return given_.wants(name); });
    const auto needed = std::max<std::int64_t>(sharing, 1) * given_.rounds * stretch();
    if (needed > given_.workflows)
      throw std::runtime_error{
          fmt::format("{} workflows would be purged; give --workflows {} or more, or fewer "
                      "--rounds, --operations or a smaller --batch",
                      needed, needed)};
  }

  samples purge(std::int64_t workflows) {
    samples timed;
    auto last = samples::clock::now();
    const auto done = persistence::purge(*store_,
                                         {.limit = static_cast<std::size_t>(workflows),
                                          .batch_max = static_cast<std::size_t>(given_.batch)},
                                         {.on_progress =
                                              [&](const persistence::purge_progress&) {
                                                const auto now = samples::clock::now();
                                                timed.add(now - last);
                                                last = now;
                                              },
                                          .after = reached_});
    // The floor goes on behind these, and the next purge behind those of the floor.
    own_->next(workflows);
    if (done.workflows != static_cast<std::size_t>(workflows))
      throw std::runtime_error{"a purge took fewer workflows than there are"};
    reached_ = done.next;
    return timed;
  }

  void add(std::string_view name, const std::shared_ptr<line>& from, std::shared_ptr<deletes> how) {
    if (!given_.wants(name)) return;
    const auto purge = [from, how = std::move(how), batch = given_.batch](std::int64_t workflows) {
      samples timed;
      for (std::int64_t left = workflows; left > 0; left -= batch) {
        const auto ids = from->next(batch);
        timed.time([&] { how->erase_batch(ids); });
      }
      return timed;
    };
    purgers_.push_back({std::string{name}, purge});
  }

  const options& given_;
  std::unique_ptr<persistence::store> store_;
  std::optional<persistence::purge_cursor> reached_;
  std::shared_ptr<line> own_;
  std::unique_ptr<other_layout> no_keys_;
  // Last: its connections end before the schema is dropped.
  std::vector<purger> purgers_;
};

void run(const options& given, report& out) {
  contest between{given, out};
  out.chart(metric::rows_per_second);
  for (int round = 0; round < given.rounds; ++round) out.add_round(between.run(round));
  out.compare("purge: nava / floor, rows/s", metric::rows_per_second, "nava", "floor",
              given.on_postgresql() ? std::optional{at_least(0.95)} : std::nullopt);
  out.compare("purge: nava / no foreign keys, by hand, rows/s", metric::rows_per_second, "nava",
              "by_hand", at_least(0.9));
  out.compare("purge: floor / no foreign keys, by hand, rows/s", metric::rows_per_second, "floor",
              "by_hand");
  out.note(fmt::format("an operation is a batch of {} workflows, oldest first", given.batch));
}

}  // namespace

workload purge() {
  return {"purge",
          "delete finished workflows in batches, oldest first",
          {"nava", "floor", "by_hand"},
          {option::workflows, option::child_rows, option::operations, option::batch,
           option::contenders},
          {.workflows = 50'000, .operations = 5, .batch = 1000},
          &run};
}

}  // namespace nava::benchmarks
