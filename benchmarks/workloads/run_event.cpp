// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <memory>
#include <nava/engine/decision.hpp>

#include "benchmarks/approvals.hpp"
#include "benchmarks/baseline/commits.hpp"
#include "benchmarks/run_report.hpp"

namespace nava::benchmarks {
namespace {

// A runtime, and the events that its workflows get in turn.
struct traffic {
  traffic(const options& given, std::int64_t first, const approval_options& how)
      : runtime(approval_runtime(given.url, how)), workflows(runtime, first, given.workflows) {}

  nava::runtime runtime;
  approvals workflows;
};

contender delivering(const options& given, std::string name, const approval_options& how,
                     std::int64_t first) {
  struct delivery : traffic {
    using traffic::traffic;
    engine::event next{.name = {}, .key = nava::no_key};
  };
  const auto at = std::make_shared<delivery>(given, first, how);
  return {.name = std::move(name),
          .operation = [at] { deliver(at->runtime, at->next); },
          .prepare = [at] { at->next = at->workflows.next(); }};
}

// Stores by hand the rows that the same events lead to, decided beforehand.
contender floor(const options& given, std::int64_t first) {
  struct work : traffic {
    work(const options& of, std::int64_t from) : traffic(of, from, {}), by_hand(plain_commits(of)) {
      for (const auto& id : workflows.ids())
        states.push_back(runtime.store().load(id).value().state);
    }
    void decide_next() {
      const auto happened = workflows.next();
      auto& state = states[workflows.place()];
      const auto now =
          std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
      auto made = engine::decide(definition, state, happened, now, nava::new_id());
      unit = std::move(made.work);
      state = std::move(made.state);
    }
    engine::definition definition = approval();
    commit_one by_hand;
    std::vector<nava::workflow_state> states;
    nava::unit_of_work unit;
  };
  const auto at = std::make_shared<work>(given, first);
  return {.name = "floor",
          .operation = [at] { at->by_hand(at->unit); },
          .prepare = [at] { at->decide_next(); }};
}

void run(const options& given, report& out) {
  std::vector<contender> contenders;
  const auto cached = static_cast<std::size_t>(given.workflows);
  if (given.wants("warm")) contenders.push_back(delivering(given, "warm", {.cached = cached}, 0));
  if (given.wants("floor")) contenders.push_back(floor(given, given.workflows));
  if (given.wants("cold")) contenders.push_back(delivering(given, "cold", {}, 2 * given.workflows));
  if (given.wants("chained"))
    contenders.push_back(
        delivering(given, "chained", {.cached = cached, .chained = true}, 3 * given.workflows));
  if (given.wants("sealed"))
    contenders.push_back(delivering(given, "sealed", {.cached = cached, .keys = ring_in_file()},
                                    4 * given.workflows));
  out.interleave_rounds(contenders);
  out.compare("event on a warm workflow: nava / commit floor, p50", metric::p50_ms, "warm",
              "floor");
  out.compare("event on a warm workflow: with a hash chain / without, p50", metric::p50_ms,
              "chained", "warm");
  out.compare("event on a warm workflow: sealed / not, p50", metric::p50_ms, "sealed", "warm");
  out.compare("event on a cold workflow: nava / commit floor, p50", metric::p50_ms, "cold",
              "floor");
}

}  // namespace

workload event() {
  return {"event",
          "an event end to end: route, decide, commit; warm: the workflow is in memory",
          {"warm", "floor", "cold", "chained", "sealed"},
          {option::workflows, option::operations, option::warm_up, option::contenders},
          {.workflows = 200, .operations = 500, .warm_up = 250},
          &run};
}

}  // namespace nava::benchmarks
