// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>
#include <memory>

#include "benchmarks/decisions.hpp"
#include "benchmarks/workload.hpp"

namespace nava::benchmarks {
namespace {

using clock = samples::clock;

constexpr int slices_per_round = 2;  // of each contender, A B A B
constexpr std::int64_t workflows_per_thread = 50;

// Threads that commit through one store, each on workflows of its own.
class committers {
 public:
  committers(const options& given, std::string name, int threads, std::size_t joined_max,
             std::int64_t& first)
      : name_(std::move(name)),
        store_(persistence::open_store(
            given.url, {.schema = given.schema,
                        .connections_max = static_cast<std::size_t>(given.connections),
                        .commits_joined_max = joined_max})) {
    for (int i = 0; i < threads; ++i, first += workflows_per_thread)
      work_.emplace_back(*store_, first, workflows_per_thread);
  }

  void run_for(double seconds) {
    const auto begin = clock::now();
    const auto end = begin + std::chrono::duration<double>(seconds);
    std::vector<samples> timed(work_.size());
    crew threads;
    for (std::size_t i = 0; i < work_.size(); ++i)
      threads.start([&, i] {
        while (clock::now() < end) {
          const auto& unit = work_[i].next();
          timed[i].time([&] { commit(*store_, unit); });
        }
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
  std::unique_ptr<persistence::store> store_;
  std::vector<decisions> work_;
  samples timed_;
  double elapsed_s_ = 0;
};

void run(const options& given, report& out) {
  constexpr std::size_t joined_max = persistence::store_options{}.commits_joined_max;
  std::int64_t first = 0;
  std::vector<std::unique_ptr<committers>> all;
  const auto add = [&](std::string name, int threads, std::size_t joined) {
    if (given.wants(name))
      all.push_back(std::make_unique<committers>(given, std::move(name), threads, joined, first));
  };
  add("joined", given.connections, joined_max);
  add("one_by_one", given.connections, 1);
  add("one_thread", 1, 1);
  add("one_thread_joined", 1, joined_max);
  out.chart(metric::per_second);
  for (int round = 0; round < given.rounds; ++round) {
    for (int slice = 0; slice < slices_per_round; ++slice)
      for (std::size_t i = 0; i < all.size(); ++i)
        all[(i + static_cast<std::size_t>(round + slice)) % all.size()]->run_for(given.seconds);
    std::vector<figures> found;
    for (auto& one : all) found.push_back(one->take());
    out.add_round(std::move(found));
  }
  out.compare(
      fmt::format("commits of {} threads: joined / one by one, per second", given.connections),
      metric::per_second, "joined", "one_by_one");
  out.compare("commits: joined / one thread, per second", metric::per_second, "joined",
              "one_thread");
  out.compare("commits: p99 joined / one by one", metric::p99_ms, "joined", "one_by_one");
  out.compare("a lone commit: p50 with joining / without", metric::p50_ms, "one_thread_joined",
              "one_thread");
  out.note(fmt::format("each thread commits decisions on {} workflows of its own in turn",
                       workflows_per_thread));
}

}  // namespace

workload coalesce() {
  return {"coalesce",
          "commits of several threads, joined into one statement and not",
          {"joined", "one_by_one", "one_thread", "one_thread_joined"},
          {option::connections, option::seconds, option::contenders},
          {.connections = 8, .seconds = 1},
          &run};
}

}  // namespace nava::benchmarks
