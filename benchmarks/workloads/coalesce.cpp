// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>

#include "benchmarks/baseline/commits.hpp"
#include "benchmarks/decisions.hpp"
#include "benchmarks/workload.hpp"

namespace nava::benchmarks {
namespace {

using clock = samples::clock;

constexpr int slices_per_round = 2;  // of each contender, A B A B
constexpr std::int64_t workflows_per_thread = 50;

// Threads, each with a decision or several to make, again and again.
class committers {
 public:
  using decide = std::function<void(samples&)>;

  committers(std::string name, std::vector<decide> threads)
      : name_(std::move(name)), threads_(std::move(threads)) {}

  void run_for(double seconds) {
    const auto begin = clock::now();
    const auto end = begin + std::chrono::duration<double>(seconds);
    std::vector<samples> timed(threads_.size());
    crew threads;
    for (std::size_t i = 0; i < threads_.size(); ++i)
      threads.start([&, i] {
        while (clock::now() < end) threads_[i](timed[i]);
      });
    threads.join();
    elapsed_s_ += std::chrono::duration<double>(clock::now() - begin).count();
    for (const auto& one : timed) timed_.add(one);
  }

  // What was measured since the last call.
  [[nodiscard]] figures take() {
    auto found = figures_of(name_, std::exchange(timed_, {}), rows_of_decision, elapsed_s_);
    elapsed_s_ = 0;
    return found;
  }

 private:
  std::string name_;
  std::vector<decide> threads_;
  samples timed_;
  double elapsed_s_ = 0;
};

constexpr int statements = 2;  // at a time, as many as a store on PostgreSQL has out

// Each thread has workflows of its own.
class contest {
 public:
  explicit contest(const options& given)
      : given_(given), creating_(persistence::open_store(given.url, {.schema = given.schema})) {}

  void add_store(std::string name, int threads, std::size_t joined_max) {
    if (!given_.wants(name)) return;
    const std::shared_ptr store = persistence::open_store(
        given_.url, {.schema = given_.schema,
                     .connections_max = static_cast<std::size_t>(given_.connections),
                     .commits_joined_max = joined_max});
    add(std::move(name), threads, [&] {
      return [store, work = own_decisions()](samples& timed) {
        const auto& unit = work->next();
        timed.time([&] { commit(*store, unit); });
      };
    });
  }

  // As many statements at a time as a store lets out, full and without a wait.
  void add_by_hand() {
    if (!given_.on_postgresql() || !given_.wants("by_hand")) return;
    const auto batch = static_cast<std::size_t>(
        std::clamp<std::int64_t>(given_.connections / statements, 1, workflows_per_thread));
    add("by_hand", statements, [&] {
      return
          [batch, work = own_decisions(),
           by_hand = std::shared_ptr{plain_batch_commits(given_, given_.schema)}](samples& timed) {
            std::vector<const nava::unit_of_work*> units;
            while (units.size() < batch) units.push_back(&work->next());
            samples whole;
            whole.time([&] { by_hand->commit(units); });
            for (std::size_t i = 0; i < batch; ++i) timed.add(whole);
          };
    });
  }

  void run(report& out) {
    for (int round = 0; round < given_.rounds; ++round) {
      for (int slice = 0; slice < slices_per_round; ++slice)
        for (std::size_t i = 0; i < all_.size(); ++i)
          all_[(i + static_cast<std::size_t>(round + slice)) % all_.size()].run_for(given_.seconds);
      std::vector<figures> found;
      for (auto& one : all_) found.push_back(one.take());
      out.add_round(std::move(found));
    }
  }

 private:
  template <class Make>
  void add(std::string name, int threads, Make make) {
    std::vector<committers::decide> all;
    for (int i = 0; i < threads; ++i) all.emplace_back(make());
    all_.emplace_back(std::move(name), std::move(all));
  }

  std::shared_ptr<decisions> own_decisions() {
    const std::int64_t first = std::exchange(next_, next_ + workflows_per_thread);
    return std::make_shared<decisions>(*creating_, first, workflows_per_thread);
  }

  const options& given_;
  std::unique_ptr<persistence::store> creating_;
  std::int64_t next_ = 0;
  std::vector<committers> all_;
};

void run(const options& given, report& out) {
  const std::size_t joined_max = persistence::store_options{}.commits_joined_max;
  contest between{given};
  between.add_store("joined", given.connections, joined_max);
  between.add_store("one_by_one", given.connections, 1);
  between.add_store("one_thread", 1, 1);
  between.add_store("one_thread_joined", 1, joined_max);
  between.add_by_hand();
  out.chart(metric::per_second);
  between.run(out);
  out.compare(
      fmt::format("commits of {} threads: joined / one by one, per second", given.connections),
      metric::per_second, "joined", "one_by_one");
  out.compare("commits: joined / one thread, per second", metric::per_second, "joined",
              "one_thread");
  out.compare("commits: batches by hand / one by one, per second", metric::per_second, "by_hand",
              "one_by_one");
  out.compare("commits: p99 joined / one by one", metric::p99_ms, "joined", "one_by_one");
  out.compare("a lone commit: p50 with joining / without", metric::p50_ms, "one_thread_joined",
              "one_thread");
  if (given.on_postgresql())
    out.note(
        "by_hand: two connections, each with one statement for its half of the threads' "
        "decisions, on libpq: nobody is waited for");
  out.note(fmt::format("each thread commits decisions on {} workflows of its own in turn",
                       workflows_per_thread));
}

}  // namespace

workload coalesce() {
  return {"coalesce",
          "commits of several threads, joined into one statement and not",
          {"joined", "one_by_one", "one_thread", "one_thread_joined", "by_hand"},
          {option::connections, option::seconds, option::contenders},
          {.connections = 8, .seconds = 1},
          &run};
}

}  // namespace nava::benchmarks
