// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <nava/persistence/store.hpp>
#include <stdexcept>
#include <thread>

#include "benchmarks/baseline/deletes.hpp"
#include "benchmarks/load.hpp"
#include "benchmarks/workload.hpp"

namespace nava::benchmarks {
namespace {

using clock = samples::clock;

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

  void run_until(const std::function<bool()>& is_over, samples& timed) {
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

// One of the ways to purge while others commit: takes the next workflows of a list, oldest first.
class purger {
 public:
  purger(const options& given, std::vector<uuid> ids)
      : batch_(static_cast<std::size_t>(given.batch)),
        per_slice_(ids.size() / static_cast<std::size_t>(given.rounds * slices_per_round)),
        ids_(std::move(ids)),
        how_(plain_deletes(given, given.schema)) {}

  /// Until told to stop or, at the latest, when this slice's share of the workflows is gone.
  void run_until(const std::function<bool()>& is_over) {
    const auto begin = clock::now();
    const std::size_t end = std::min(next_ + per_slice_, ids_.size());
    while (next_ < end && !is_over()) {
      const std::size_t count = std::min(batch_, end - next_);
      how_->erase_batch({ids_.data() + next_, count});
      next_ += count;
    }
    busy_s_ += std::chrono::duration<double>(clock::now() - begin).count();
  }

  [[nodiscard]] std::size_t purged() const { return next_; }
  [[nodiscard]] double per_second() const {
    return busy_s_ > 0 ? static_cast<double>(next_) / busy_s_ : 0;
  }

 private:
  std::size_t batch_, per_slice_;
  std::vector<uuid> ids_;
  std::size_t next_ = 0;
  double busy_s_ = 0;
  std::unique_ptr<deletes> how_;
};

struct slice {
  samples timed;
  double elapsed_s = 0;
};

class traffic {
 public:
  traffic(const options& given, report& out)
      : given_(given),
        purger_(given, load(given, given.schema, out).ids),
        store_(persistence::open_store(
            given.url, {.schema = given.schema,
                        .connections_max = static_cast<std::size_t>(given.connections)})) {
    for (int i = 0; i < given.connections; ++i) committers_.emplace_back(*store_, i);
  }

  // A slice with a purge lasts as long as the purge does.
  void run(bool with_purge, slice& into) {
    std::atomic<bool> purge_is_over{false};
    const auto begin = clock::now();
    const auto end = begin + std::chrono::duration<double>(given_.seconds);
    const auto is_over = [&] { return purge_is_over || clock::now() >= end; };
    std::vector<samples> timed(committers_.size());
    crew threads;
    for (std::size_t i = 0; i < committers_.size(); ++i)
      threads.start([&, i] { committers_[i].run_until(is_over, timed[i]); });
    if (with_purge)
      threads.start([&] {
        purger_.run_until(is_over);
        purge_is_over = true;
      });
    threads.join();
    into.elapsed_s += std::chrono::duration<double>(clock::now() - begin).count();
    for (const auto& one : timed) into.timed.add(one);
  }

  [[nodiscard]] const purger& purge() const { return purger_; }

 private:
  const options& given_;
  purger purger_;
  std::unique_ptr<persistence::store> store_;
  std::vector<committer> committers_;
};

std::vector<figures> run_round(traffic& all, int round) {
  slice without, with;
  for (int i = 0; i < 2 * slices_per_round; ++i) {
    const bool with_purge = (i + round) % 2 == 1;
    all.run(with_purge, with_purge ? with : without);
  }
  return {figures_of("alone", without.timed, rows_of_decision, without.elapsed_s),
          figures_of("beside_floor_purge", with.timed, rows_of_decision, with.elapsed_s)};
}

void run(const options& given, report& out) {
  traffic all{given, out};
  out.chart(metric::p99_ms);
  for (int round = 0; round < given.rounds; ++round) out.add_round(run_round(all, round));
  out.fact("workflows_purged", all.purge().purged());
  out.add({"purge while others commit", "workflows/s", {all.purge().per_second()}, {}});
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
      {"alone", "beside_floor_purge"},
      {option::workflows, option::child_rows, option::batch, option::connections, option::seconds},
      {.workflows = 20'000, .batch = 1000, .seconds = 1},
      &run};
}

}  // namespace nava::benchmarks
