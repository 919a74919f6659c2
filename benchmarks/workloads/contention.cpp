// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <nava/engine/context.hpp>
#include <nava/runtime/runtime.hpp>
#include <new>
#include <optional>
#include <stdexcept>

#include "benchmarks/approval.hpp"
#include "benchmarks/baseline/libpq.hpp"
#include "benchmarks/decisions.hpp"
#include "benchmarks/workload.hpp"

namespace nava::benchmarks {
namespace {

using clock = samples::clock;

constexpr std::size_t processes_max = 16, decisions_max = 2000;

// What the processes of a race tell each other; in memory that they share.
struct standing {
  struct one {
    std::array<std::int64_t, decisions_max> took_ns{};
    std::atomic<std::int64_t> decided = 0;
    std::atomic<std::int64_t> gave_up = 0;
    std::atomic<std::int64_t> when_first_was_done = -1;
  };
  std::atomic<int> ready = 0;
  std::atomic<bool> is_over = false;
  std::array<one, processes_max> all{};
};

class shared_standing {
 public:
  shared_standing() {
    void* const place =
        mmap(nullptr, sizeof(standing), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED) throw std::bad_alloc{};
    standing_ = new (place) standing;
  }
  shared_standing(const shared_standing&) = delete;
  ~shared_standing() { munmap(standing_, sizeof(standing)); }
  standing* operator->() const { return standing_; }

 private:
  standing* standing_;
};

// The decisions of one process on the workflow that all of them share.
void race(const options& given, int number, int processes, const shared_standing& at) {
  auto& mine = at->all[static_cast<std::size_t>(number)];
  nava::runtime runtime{given.url, {approval()}, {.store = {.schema = given.schema}}};
  const auto about = approval_of(0);
  const uuid id = runtime.store().load({about.name, about.id}).front().state.workflow.id;
  ++at->ready;
  while (at->ready < processes) std::this_thread::yield();
  for (std::int64_t i = 0; i < given.operations; ++i) {
    const auto begin = clock::now();
    try {
      runtime.deliver(answer(about, id, number * given.operations + i));
      ++mine.decided;
    } catch (const nava::error&) {
      ++mine.gave_up;
    }
    mine.took_ns[static_cast<std::size_t>(i)] = (clock::now() - begin).count();
  }
  if (at->is_over.exchange(true)) return;
  for (auto& each : at->all) each.when_first_was_done = each.decided.load();
}

// A child that is forked shares no connection: it opens its own, and leaves without closing those
// of its parent.
void race_in_processes(const options& given, int processes, const shared_standing& at) {
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) {
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error{"a process could not be made"};
    if (child > 0) {
      children.push_back(child);
      continue;
    }
    int code = 0;
    try {
      race(given, i, processes, at);
    } catch (...) {
      code = 1;
      ++at->ready;
    }
    _exit(code);
  }
  bool all_well = true;
  for (const pid_t child : children) {
    int code = 0;
    all_well = waitpid(child, &code, 0) == child && code == 0 && all_well;
  }
  if (!all_well) throw std::runtime_error{"a process of the race failed"};
}

void one_workflow(const options& given, report& out) {
  const int processes = given.connections;
  if (static_cast<std::size_t>(processes) > processes_max ||
      static_cast<std::size_t>(given.operations) > decisions_max)
    throw std::runtime_error{fmt::format(
        "contention takes at most {} connections and {} operations", processes_max, decisions_max)};
  std::vector<json::value> rounds;
  for (int round = 0; round < given.rounds; ++round) {
    uuid id;
    {
      nava::runtime starting{given.url, {approval()}, {.store = {.schema = given.schema}}};
      id = starting.start(approval().key(), approval_of(0)).workflow_id;
    }
    const shared_standing at;
    const auto begin = clock::now();
    race_in_processes(given, processes, at);
    const double elapsed = std::chrono::duration<double>(clock::now() - begin).count();
    samples all;
    std::int64_t worst = 0, gave_up = 0;
    std::vector<std::int64_t> when_first_was_done;
    for (int i = 0; i < processes; ++i) {
      const auto& one = at->all[static_cast<std::size_t>(i)];
      for (std::int64_t n = 0; n < given.operations; ++n) {
        const std::int64_t took = one.took_ns[static_cast<std::size_t>(n)];
        all.add(std::chrono::nanoseconds{took});
        worst = std::max(worst, took);
      }
      gave_up += one.gave_up;
      when_first_was_done.push_back(one.when_first_was_done);
    }
    out.add_round({figures_of("processes", all, 0, elapsed)});
    out.note(fmt::format(
        "round {}: decided by each when the first was done: {}; worst {:.0f} ms; gave up {}",
        round + 1, fmt::join(when_first_was_done, ", "), static_cast<double>(worst) / 1e6,
        gave_up));
    persistence::open_store(given.url, {.schema = given.schema})->erase(id);
  }
}

// Delivers to workflows of its own for a while.
samples deliver_for(double seconds, nava::runtime& runtime, const uuid& id, std::int64_t number,
                    std::int64_t& ordinal) {
  samples timed;
  const auto end = clock::now() + std::chrono::duration<double>(seconds);
  while (clock::now() < end)
    timed.time([&] { runtime.deliver(answer(approval_of(number), id, ordinal++)); });
  return timed;
}

void beside_a_lock(const options& given, report& out) {
  // A file has one writer, so whoever holds it holds up everybody.
  const std::vector callers_of_held =
      given.on_postgresql() ? std::vector{0, 2, 12, 64} : std::vector{0};
  constexpr int delivering = 4;
  std::int64_t key = 0;
  for (int round = 0; round < given.rounds; ++round) {
    std::vector<figures> found;
    for (const int callers : callers_of_held) {
      nava::runtime runtime{given.url, {approval()}, {.store = {.schema = given.schema}}};
      std::vector<uuid> ids;
      for (int i = 0; i <= delivering; ++i)
        ids.push_back(runtime.start(approval().key(), approval_of(i)).workflow_id);
      std::optional<libpq::connection> holder;
      if (callers > 0)
        holder.emplace(given.url.location())
            .run(fmt::format("BEGIN; SELECT FROM {}.workflow WHERE _id = '{}' FOR UPDATE",
                             given.schema, schema::to_text(ids[0])));
      crew waiting, working;
      for (int i = 0; i < callers; ++i)
        waiting.start(
            [&, ordinal = ++key] { runtime.deliver(answer(approval_of(0), ids[0], ordinal)); });
      std::array<samples, delivering> timed;
      const auto begin = clock::now();
      for (int i = 0; i < delivering; ++i)
        working.start([&, i] {
          std::int64_t ordinal = 0;
          timed[static_cast<std::size_t>(i)] = deliver_for(
              given.seconds, runtime, ids[static_cast<std::size_t>(i) + 1], i + 1, ordinal);
        });
      working.join();
      const double elapsed = std::chrono::duration<double>(clock::now() - begin).count();
      holder.reset();
      waiting.join();
      samples all;
      for (const auto& one : timed) all.add(one);
      const std::string name =
          callers == 0 ? "nothing held" : fmt::format("{} callers of a held one", callers);
      out.note(fmt::format("round {}: {}: worst {:.1f} ms", round + 1, name, all.percentile_ms(1)));
      found.push_back(figures_of(name, all, 0, elapsed));
      for (const uuid& id : ids) runtime.store().erase(id);
    }
    out.add_round(std::move(found));
  }
  out.note(fmt::format("{} threads deliver to workflows of their own meanwhile", delivering));
}

}  // namespace

workload contention() {
  return {"contention",
          "processes that decide on one workflow at the same time",
          {"processes"},
          {option::connections, option::operations},
          {.operations = 500, .connections = 4, .rounds = 3},
          &one_workflow};
}

workload held() {
  return {"held",
          "events for other workflows while another session holds one that callers wait for",
          {"nothing held"},
          {option::seconds},
          {.seconds = 2, .rounds = 3},
          &beside_a_lock};
}

}  // namespace nava::benchmarks
