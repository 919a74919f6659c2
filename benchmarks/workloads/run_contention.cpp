// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <new>
#include <stdexcept>

#include "benchmarks/approvals.hpp"
#include "benchmarks/run_report.hpp"

namespace nava::benchmarks {
namespace {

using clock = samples::clock;

constexpr std::size_t processes_max = 16, events_max = 2000;

// What the processes of a race tell each other, in memory that they share.
struct standing {
  struct racer {
    std::array<std::int64_t, events_max> took_ns{};
    std::atomic<std::int64_t> delivered = 0;
    std::atomic<std::int64_t> gave_up = 0;
    std::atomic<std::int64_t> when_first_was_done = -1;
  };
  std::atomic<std::int64_t> ready = 0;
  std::atomic<bool> is_over = false;
  std::array<racer, processes_max> all{};
};

using shared_standing = std::unique_ptr<standing, void (*)(standing*)>;

shared_standing share_standing() {
  void* const place =
      mmap(nullptr, sizeof(standing), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) throw std::bad_alloc{};
  return {new (place) standing, [](standing* shared) { munmap(shared, sizeof(standing)); }};
}

// The events of one process for the workflow that all of them share.
void race(const options& given, const uuid& id, std::int64_t number, standing& at) {
  auto& own = at.all[static_cast<std::size_t>(number)];
  auto runtime = approval_runtime(given.url);
  const auto about = approval_of(0);
  ++at.ready;
  while (at.ready < given.connections) std::this_thread::yield();
  for (std::int64_t i = 0; i < given.operations; ++i) {
    const auto begin = clock::now();
    try {
      runtime.deliver(answer(about, id, number * given.operations + i));
      ++own.delivered;
    } catch (const nava::error&) {
      ++own.gave_up;
    }
    own.took_ns[static_cast<std::size_t>(i)] = (clock::now() - begin).count();
  }
  if (at.is_over.exchange(true)) return;
  for (auto& each : at.all) each.when_first_was_done = each.delivered.load();
}

// A child that is forked shares no connection: it opens its own, and leaves without closing those
// of its parent.
void race_in_processes(const options& given, const uuid& id, standing& at) {
  std::vector<pid_t> children;
  for (std::int64_t i = 0; i < given.connections; ++i) {
    children.push_back(fork());
    if (children.back() < 0) throw std::runtime_error{"a process could not be made"};
    if (children.back() > 0) continue;
    try {
      race(given, id, i, at);
      _exit(0);
    } catch (...) {
      ++at.ready;
      _exit(1);
    }
  }
  bool all_well = true;
  for (const pid_t child : children) {
    int code = 0;
    all_well = waitpid(child, &code, 0) == child && code == 0 && all_well;
  }
  if (!all_well) throw std::runtime_error{"a process of the race failed"};
}

void run(const options& given, report& out) {
  const auto processes = static_cast<std::size_t>(given.connections);
  const auto events = static_cast<std::size_t>(given.operations);
  if (processes > processes_max || events > events_max)
    throw std::runtime_error{fmt::format(
        "contention takes at most {} connections and {} operations", processes_max, events_max)};
  for (std::int64_t round = 0; round < given.rounds; ++round) {
    uuid id;
    {
      auto starting = approval_runtime(given.url);
      id = start_approval(starting, 0);
    }
    const auto at = share_standing();
    samples whole, all;
    whole.time([&] { race_in_processes(given, id, *at); });
    std::int64_t gave_up = 0;
    std::vector<std::int64_t> when_first_was_done;
    for (std::size_t i = 0; i < processes; ++i) {
      const auto& one = at->all[i];
      for (std::size_t n = 0; n < events; ++n) all.add(std::chrono::nanoseconds{one.took_ns[n]});
      gave_up += one.gave_up;
      when_first_was_done.push_back(one.when_first_was_done);
    }
    out.add_round({figures_of("processes", all, 0, whole.total_s())});
    out.note(fmt::format(
        "round {}: delivered by each when the first was done: {}; worst {:.0f} ms; gave up {}",
        round + 1, fmt::join(when_first_was_done, ", "), all.percentile_ms(1), gave_up));
    persistence::open_store(given.url)->erase(id);
  }
}

}  // namespace

workload contention() {
  return {"contention",
          "processes that deliver to one workflow at the same time",
          {"processes"},
          {option::connections, option::operations},
          {.operations = 500, .connections = 4, .rounds = 3},
          &run};
}

}  // namespace nava::benchmarks
