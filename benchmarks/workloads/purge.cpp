// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <stdexcept>

#include "benchmarks/baseline/deletes.hpp"
#include "benchmarks/baseline/layouts.hpp"
#include "benchmarks/interleave.hpp"
#include "benchmarks/load.hpp"
#include "benchmarks/workload.hpp"

namespace nava::benchmarks {
namespace {

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

class contest {
 public:
  contest(const options& given, report& out) : given_(given) {
    expect_enough();
    const auto own = std::make_shared<line>(load(given, given.schema, out).ids);
    add("floor", own, plain_deletes(given, given.schema));
    if (!given.on_postgresql() || !given.wants("by_hand")) return;
    no_keys_ = std::make_unique<other_layout>(given, layout::no_keys);
    const auto theirs = std::make_shared<line>(load(given, no_keys_->schema(), out).ids);
    add("by_hand", theirs, deletes_by_hand(given, no_keys_->schema()));
  }

  [[nodiscard]] std::vector<figures> run(int round) const {
    return interleave(contenders_, {given_.operations, 0, round});
  }

 private:
  [[nodiscard]] std::int64_t workflows_per_contender() const {
    return given_.rounds * given_.operations * given_.batch;
  }

  void expect_enough() const {
    const auto needed = workflows_per_contender() * (given_.wants("floor") ? 1 : 0);
    if (std::max(needed, workflows_per_contender()) > given_.workflows)
      throw std::runtime_error{
          fmt::format("{} workflows would be purged; give --workflows {} or more, or fewer "
                      "--rounds, --operations or a smaller --batch",
                      needed, needed)};
  }

  void add(std::string_view name, const std::shared_ptr<line>& from, std::shared_ptr<deletes> how) {
    if (!given_.wants(name)) return;
    contenders_.push_back({std::string{name},
                           [from, how = std::move(how), batch = given_.batch] {
                             how->erase_batch(from->next(batch));
                           },
                           static_cast<double>(given_.batch * (given_.rows().children() + 1))});
  }

  const options& given_;
  std::unique_ptr<other_layout> no_keys_;
  // Last: its connections end before the schema is dropped.
  std::vector<contender> contenders_;
};

void run(const options& given, report& out) {
  const contest between{given, out};
  out.chart(metric::rows_per_second);
  for (int round = 0; round < given.rounds; ++round) out.add_round(between.run(round));
  out.compare("purge: floor / no foreign keys, by hand, rows/s", metric::rows_per_second, "floor",
              "by_hand", at_least(0.9));
  out.note(fmt::format("an operation deletes {} workflows, oldest first", given.batch));
}

}  // namespace

workload purge() {
  return {"purge",
          "delete finished workflows in batches, oldest first",
          {"floor", "by_hand"},
          {option::workflows, option::child_rows, option::operations, option::batch,
           option::contenders},
          {.workflows = 10'000, .operations = 2, .batch = 1000},
          &run};
}

}  // namespace nava::benchmarks
