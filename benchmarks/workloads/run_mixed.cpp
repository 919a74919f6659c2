// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <nava/persistence/purge.hpp>
#include <stop_token>

#include "benchmarks/baseline/deletes.hpp"
#include "benchmarks/bulk_load.hpp"
#include "benchmarks/measured_rows.hpp"

namespace nava::benchmarks {
namespace {

using condition = std::function<bool()>;

constexpr int slices_per_round = 2;  // of each contender, A B A B
constexpr std::int64_t workflows_per_connection = 50;

// What goes on beside the commits: purges up to `share` workflows until told to stop.
struct company {
  std::string name;
  std::function<void(std::size_t share, const condition& is_over)> purge;  // null: nothing
  std::size_t purged = 0;
  double busy_s = 0;
  slice commits{};
};

class traffic {
 public:
  traffic(const options& given, report& out)
      : given_(given),
        out_(out),
        backlog_(load(given, given.schema, out).ids),
        store_(persistence::open_store(
            given.url, {.connections_max = static_cast<std::size_t>(given.connections) + 1})),
        floor_(plain_deletes(given, given.schema)),
        session_(connect(given.url)) {
    for (std::int64_t i = 0; i < given.connections; ++i)
      work_.emplace_back(
          [this, units = std::make_shared<decisions>(*store_, i * workflows_per_connection,
                                                     workflows_per_connection)](samples& timed) {
            const auto& unit = units->next();
            timed.time([&] { benchmarks::commit(*store_, unit); });
          });
    companies_.push_back({"alone", {}});
    companies_.push_back({"beside_purge", std::bind_front(&traffic::purge_by_store, this)});
    companies_.push_back({"beside_floor_purge", std::bind_front(&traffic::purge_by_floor, this)});
  }

  // Slices of each in turn. The commits alone come first, since what a purge leaves to the disk
  // would slow them down; the purges change places in every second round.
  [[nodiscard]] std::vector<figures> run(std::int64_t round) {
    for (auto& one : companies_) one.commits = {};
    if (given_.on_postgresql()) attempt(*session_, "CHECKPOINT", out_);
    for (int i = 0; i < slices_per_round; ++i) {
      run(companies_[0]);
      for (const std::size_t at : turns_in(round, 2)) run(companies_[1 + at]);
    }
    std::vector<figures> found;
    for (const auto& one : companies_)
      found.push_back(
          figures_of(one.name, one.commits.timed, rows_of_decision, one.commits.elapsed_s));
    return found;
  }

  void add_purges_to(report& out) const {
    for (const auto& one : companies_)
      if (one.busy_s > 0)
        out.add({"workflows purged, " + one.name,
                 "/s",
                 {static_cast<double>(one.purged) / one.busy_s}});
  }

 private:
  // A slice with a purge lasts no longer than the purge, which has its share of the workflows.
  void run(company& beside) {
    std::atomic<bool> purge_is_over{false};
    const condition is_over = [&, late = after(given_.seconds)] { return purge_is_over || late(); };
    if (!beside.purge) {
      beside.commits += run_together(work_, is_over);
      return;
    }
    const std::size_t before = next_;
    samples whole;
    beside.commits += run_together(work_, is_over, [&] {
      whole.time([&] { beside.purge(share(), is_over); });
      purge_is_over = true;
    });
    beside.busy_s += whole.total_s();
    beside.purged += next_ - before;
  }

  [[nodiscard]] std::size_t share() const {
    const auto slices =
        static_cast<std::size_t>(given_.rounds * slices_per_round) * (companies_.size() - 1);
    return std::min(std::max<std::size_t>(backlog_.size() / slices, 1), backlog_.size() - next_);
  }

  void purge_by_store(std::size_t share, const condition& is_over) {
    std::stop_source stop;
    const auto done =
        store_->purge({.limit = share, .batch_max = static_cast<std::size_t>(given_.batch)},
                      {.on_progress =
                           [&](const persistence::purge_progress&) {
                             if (is_over()) stop.request_stop();
                           },
                       .stop = stop.get_token(),
                       .after = reached_});
    reached_ = done.next;
    next_ += done.workflows;
  }

  void purge_by_floor(std::size_t share, const condition& is_over) {
    const std::size_t end = next_ + share;
    while (next_ < end && !is_over()) {
      const std::size_t count = std::min(static_cast<std::size_t>(given_.batch), end - next_);
      floor_({backlog_.data() + next_, count});
      next_ += count;
    }
  }

  const options& given_;
  report& out_;
  // The workflows that are purged, oldest first, by either purge.
  std::vector<uuid> backlog_;
  std::size_t next_ = 0;
  std::optional<persistence::purge_cursor> reached_;  // by the store
  std::unique_ptr<persistence::store> store_;
  delete_workflows floor_;
  std::unique_ptr<client> session_;
  std::vector<timed_work> work_;
  std::vector<company> companies_;
};

void run(const options& given, report& out) {
  traffic all{given, out};
  out.chart(metric::p99_ms);
  for (std::int64_t round = 0; round < given.rounds; ++round) out.add_round(all.run(round));
  all.add_purges_to(out);
  out.compare("commit: p99 beside a purge / alone", metric::p99_ms, "beside_purge", "alone");
  out.compare("commit: p99 beside a DELETE of batches by libpq / alone", metric::p99_ms,
              "beside_floor_purge", "alone");
}

}  // namespace

workload mixed() {
  return {"mixed",
          "commits on other workflows while a purge runs",
          {"alone", "beside_purge", "beside_floor_purge"},
          {option::workflows, option::batch, option::connections, option::seconds},
          {.workflows = 30'000, .batch = 1000, .seconds = 1},
          &run};
}

}  // namespace nava::benchmarks
