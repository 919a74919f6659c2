// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "benchmarks/baseline/commits.hpp"
#include "benchmarks/measured_rows.hpp"
#include "benchmarks/run_report.hpp"

namespace nava::benchmarks {
namespace {

constexpr int slices_per_round = 2;  // of each contender, A B A B
constexpr std::int64_t workflows_per_thread = 50;
constexpr std::int64_t statements = 2;  // at a time, as many as a store on PostgreSQL has out

struct committers {
  std::string name;
  std::vector<timed_work> threads;
};

class contest {
 public:
  explicit contest(const options& given)
      : given_(given), creating_(persistence::open_store(given.url)) {}

  void add_store(std::string name, std::int64_t threads, std::size_t joined_max) {
    if (!given_.wants(name)) return;
    const std::shared_ptr store = persistence::open_store(
        given_.url, {.connections_max = static_cast<std::size_t>(given_.connections),
                     .commits_joined_max = joined_max});
    add(std::move(name), threads, [&] {
      return [store, work = own_decisions()](samples& timed) {
        const auto& unit = work->next();
        timed.time([&] { benchmarks::commit(*store, unit); });
      };
    });
  }

  // As many statements at a time as a store lets out, full and without a wait.
  void add_by_hand() {
    if (!given_.on_postgresql() || !given_.wants("by_hand")) return;
    const auto batch = static_cast<std::size_t>(
        std::clamp<std::int64_t>(given_.connections / statements, 1, workflows_per_thread));
    add("by_hand", statements, [&] {
      return [batch, work = own_decisions(), commit = plain_batch_commits(given_)](samples& timed) {
        std::vector<const nava::unit_of_work*> units;
        while (units.size() < batch) units.push_back(&work->next());
        samples whole;
        whole.time([&] { commit(units); });
        for (std::size_t i = 0; i < batch; ++i) timed.add(whole);
      };
    });
  }

  [[nodiscard]] std::vector<figures> run(std::int64_t round) const {
    std::vector<slice> slices(all_.size());
    for (int part = 0; part < slices_per_round; ++part)
      for (std::size_t i = 0; i < all_.size(); ++i) {
        const auto at = (i + static_cast<std::size_t>(round + part)) % all_.size();
        slices[at] += run_together(all_[at].threads, after(given_.seconds));
      }
    std::vector<figures> found;
    for (std::size_t i = 0; i < all_.size(); ++i)
      found.push_back(
          figures_of(all_[i].name, slices[i].timed, rows_of_decision, slices[i].elapsed_s));
    return found;
  }

 private:
  template <class Make>
  void add(std::string name, std::int64_t threads, Make make) {
    auto& added = all_.emplace_back(committers{std::move(name), {}});
    for (std::int64_t i = 0; i < threads; ++i) added.threads.emplace_back(make());
  }

  // Each thread has workflows of its own.
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
  for (std::int64_t round = 0; round < given.rounds; ++round) out.add_round(between.run(round));
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
