// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <nava/persistence/retention.hpp>
#include <nava/persistence/store.hpp>
#include <numeric>
#include <stdexcept>
#include <thread>

#include "benchmarks/baseline/deletes.hpp"
#include "benchmarks/load.hpp"
#include "benchmarks/workload.hpp"

namespace nava::benchmarks {
namespace {

using clock = samples::clock;
using condition = std::function<bool()>;

constexpr int slices_per_round = 2;  // of each contender, A B A B
constexpr std::int64_t workflows_per_connection = 50;

// Threads; the first exception of any is thrown by join().
class crew {
 public:
  void start(std::function<void()> work) {
    threads_.emplace_back([this, work = std::move(work)] {
      try {
        work();
      } catch (...) {
        const std::lock_guard lock{mutex_};
        if (!failure_) failure_ = std::current_exception();
      }
    });
  }

  void join() {
    threads_.clear();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::vector<std::jthread> threads_;  // last: they refer to the others
};

// Decisions on workflows of its own, in turn.
class committer {
 public:
  committer(persistence::store& store, std::int64_t number) : store_(&store) {
    for (std::int64_t i = 0; i < workflows_per_connection; ++i) {
      last_.push_back(workflow_with({}, number * workflows_per_connection + i));
      if (store.create(last_.back()) != persistence::commit_result::applied)
        throw std::runtime_error{"a workflow that was new was not created"};
    }
  }

  void run_until(const condition& is_over, samples& timed) {
    while (!is_over()) {
      auto& last = last_[next_++ % last_.size()];
      last = decision_after(last);
      timed.time([&] {
        if (store_->commit(last) != persistence::commit_result::applied)
          throw std::runtime_error{"a decision on a workflow that nobody else touches conflicted"};
      });
    }
  }

 private:
  persistence::store* store_;
  std::vector<persistence::unit_of_work> last_;
  std::size_t next_ = 0;
};

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
        backlog_{load(given, given.schema, out).ids},
        store_(persistence::open_store(
            given.url, {.schema = given.schema,
                        .connections_max = static_cast<std::size_t>(given.connections) + 1})),
        floor_(plain_deletes(given, given.schema)) {
    for (int i = 0; i < given.connections; ++i) committers_.emplace_back(*store_, i);
    companies_.push_back({"alone", {}});
    companies_.push_back({"beside_purge", [this](std::size_t share, const condition& is_over) {
                            purge_by_store(share, is_over);
                          }});
    companies_.push_back(
        {"beside_floor_purge",
         [this](std::size_t share, const condition& is_over) { purge_by_floor(share, is_over); }});
  }

  // Slices of each in turn, in an order that is turned around in every second round.
  std::vector<figures> run(int round) {
    std::vector<std::size_t> order(companies_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (round % 2 == 1) std::reverse(order.begin(), order.end());
    for (auto& one : companies_) one.commits = {};
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
  // A slice with a purge lasts no longer than the purge, which has its share of the workflows.
  void run(company& beside) {
    std::atomic<bool> purge_is_over{false};
    const auto begin = clock::now();
    const auto end = begin + std::chrono::duration<double>(given_.seconds);
    const condition is_over = [&] { return purge_is_over || clock::now() >= end; };
    std::vector<samples> timed(committers_.size());
    crew threads;
    for (std::size_t i = 0; i < committers_.size(); ++i)
      threads.start([&, i] { committers_[i].run_until(is_over, timed[i]); });
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
    const auto done = persistence::purge(
        *store_, {.limit = share, .batch_max = static_cast<std::size_t>(given_.batch)},
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
  backlog backlog_;
  std::optional<persistence::purge_cursor> reached_;  // by the store
  std::unique_ptr<persistence::store> store_;
  std::unique_ptr<deletes> floor_;
  std::vector<committer> committers_;
  std::vector<company> companies_;
};

void run(const options& given, report& out) {
  traffic all{given, out};
  out.chart(metric::p99_ms);
  for (int round = 0; round < given.rounds; ++round) out.add_round(all.run(round));
  all.add_purges_to(out);
  out.compare("commit: p99 beside a purge / alone", metric::p99_ms, "beside_purge", "alone",
              at_most(2));
  out.compare("commit: p99 beside a DELETE of batches by libpq / alone", metric::p99_ms,
              "beside_floor_purge", "alone");
  out.note(
      fmt::format("{} threads commit; a slice with a purge ends after {} s or when its share "
                  "of the workflows is gone",
                  given.connections, given.seconds));
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
