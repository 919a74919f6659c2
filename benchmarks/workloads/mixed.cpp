// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <nava/persistence/purge.hpp>
#include <nava/persistence/store.hpp>
#include <numeric>
#include <stop_token>

#include "benchmarks/baseline/deletes.hpp"
#include "benchmarks/baseline/libpq.hpp"
#include "benchmarks/decisions.hpp"
#include "benchmarks/load.hpp"
#include "benchmarks/workload.hpp"

namespace nava::benchmarks {
namespace {

using clock = samples::clock;
using condition = std::function<bool()>;

constexpr int slices_per_round = 2;  // of each contender, A B A B
constexpr std::int64_t workflows_per_connection = 50;

struct slice {
  samples timed;
  double elapsed_s = 0;
};

// The workflows that are purged, oldest first, whoever purges them.
struct backlog {
  std::vector<uuid> ids;
  std::size_t next = 0;
};

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
        backlog_{load(given, given.schema, out).ids},
        store_(persistence::open_store(
            given.url, {.schema = given.schema,
                        .connections_max = static_cast<std::size_t>(given.connections) + 1})),
        floor_(plain_deletes(given, given.schema)) {
    for (int i = 0; i < given.connections; ++i)
      work_.emplace_back(*store_, i * workflows_per_connection, workflows_per_connection);
    companies_.push_back({"alone", {}});
    companies_.push_back({"beside_purge", [this](std::size_t share, const condition& is_over) {
                            purge_by_store(share, is_over);
                          }});
    companies_.push_back(
        {"beside_floor_purge",
         [this](std::size_t share, const condition& is_over) { purge_by_floor(share, is_over); }});
  }

  // Slices of each in turn. The commits alone come first, since what a purge leaves to the disk
  // would slow them down; the purges change places in every second round.
  std::vector<figures> run(int round) {
    std::vector<std::size_t> order(companies_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (round % 2 == 1) std::reverse(order.begin() + 1, order.end());
    for (auto& one : companies_) one.commits = {};
    make_checkpoint();
    for (int i = 0; i < slices_per_round; ++i)
      for (const std::size_t at : order) run(companies_[at]);
    std::vector<figures> found;
    for (const auto& [name, purge, purged, busy_s, commits] : companies_)
      found.push_back(figures_of(name, commits.timed, rows_of_decision, commits.elapsed_s));
    return found;
  }

  void add_purges_to(report& out) const {
    for (const auto& one : companies_)
      if (one.purge)
        out.add({"workflows purged, " + one.name,
                 "/s",
                 {one.busy_s > 0 ? static_cast<double>(one.purged) / one.busy_s : 0},
                 {}});
    out.fact("workflows_purged", backlog_.next);
  }

 private:
  void make_checkpoint() const {
    if (!given_.on_postgresql()) return;
    try {
      libpq::connection{given_.url.location()}.run("CHECKPOINT");
    } catch (const std::runtime_error& refused) {
      out_.progress(std::string{"no checkpoint before the round: "} + refused.what());
    }
  }

  // A slice with a purge lasts no longer than the purge, which has its share of the workflows.
  void run(company& beside) {
    std::atomic<bool> purge_is_over{false};
    const auto begin = clock::now();
    const auto end = begin + std::chrono::duration<double>(given_.seconds);
    const condition is_over = [&] { return purge_is_over || clock::now() >= end; };
    std::vector<samples> timed(work_.size());
    crew threads;
    for (std::size_t i = 0; i < work_.size(); ++i)
      threads.start([&, i] {
        while (!is_over()) {
          const auto& unit = work_[i].next();
          timed[i].time([&] { commit(*store_, unit); });
        }
      });
    if (beside.purge)
      threads.start([&] {
        purge(beside, is_over);
        purge_is_over = true;
      });
    threads.join();
    beside.commits.elapsed_s += std::chrono::duration<double>(clock::now() - begin).count();
    for (const auto& one : timed) beside.commits.timed.add(one);
  }

  void purge(company& how, const condition& is_over) {
    const std::size_t before = backlog_.next;
    samples whole;
    whole.time([&] { how.purge(share(), is_over); });
    how.busy_s += whole.total_s();
    how.purged += backlog_.next - before;
  }

  [[nodiscard]] std::size_t share() const {
    const auto slices =
        static_cast<std::size_t>(given_.rounds * slices_per_round) * (companies_.size() - 1);
    return std::min(std::max<std::size_t>(backlog_.ids.size() / slices, 1),
                    backlog_.ids.size() - backlog_.next);
  }

  void purge_by_store(std::size_t share, const condition& is_over) {
    std::stop_source stop;
    const auto done = store_->purge({.limit = share, .batch_max = static_cast<std::size_t>(given_.batch)},
        {.on_progress =
             [&](const persistence::purge_progress&) {
               if (is_over()) stop.request_stop();
             },
         .stop = stop.get_token(),
         .after = reached_});
    reached_ = done.next;
    backlog_.next += done.workflows;
  }

  void purge_by_floor(std::size_t share, const condition& is_over) {
    const std::size_t end = backlog_.next + share;
    while (backlog_.next < end && !is_over()) {
      const std::size_t count =
          std::min(static_cast<std::size_t>(given_.batch), end - backlog_.next);
      floor_->erase_batch({backlog_.ids.data() + backlog_.next, count});
      backlog_.next += count;
    }
  }

  const options& given_;
  report& out_;
  backlog backlog_;
  std::optional<persistence::purge_cursor> reached_;  // by the store
  std::unique_ptr<persistence::store> store_;
  std::unique_ptr<deletes> floor_;
  std::vector<decisions> work_;
  std::vector<company> companies_;
};

void run(const options& given, report& out) {
  traffic all{given, out};
  out.chart(metric::p99_ms);
  for (int round = 0; round < given.rounds; ++round) out.add_round(all.run(round));
  all.add_purges_to(out);
  out.compare("commit: p99 beside a purge / alone", metric::p99_ms, "beside_purge", "alone");
  out.compare("commit: p99 beside a DELETE of batches by libpq / alone", metric::p99_ms,
              "beside_floor_purge", "alone");
  out.note(
      fmt::format("{} threads commit; a slice with a purge ends after {} s or when its share "
                  "of the workflows is gone",
                  given.connections, given.seconds));
  out.note(
      "a round begins with the commits alone, after a checkpoint of the server; a p99 is judged "
      "where each contender has 1,000 samples in each round");
}

}  // namespace

workload mixed() {
  return {
      "mixed",
      "commits on other workflows while a purge runs",
      {"alone", "beside_purge", "beside_floor_purge"},
      {option::workflows, option::child_rows, option::batch, option::connections, option::seconds},
      {.workflows = 30'000, .batch = 1000, .seconds = 1},
      &run};
}

}  // namespace nava::benchmarks
