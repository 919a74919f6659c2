// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <memory>
#include <nava/runtime/runtime.hpp>
#include <stdexcept>

#include "benchmarks/approval.hpp"
#include "benchmarks/baseline/commits.hpp"
#include "benchmarks/interleave.hpp"
#include "benchmarks/workload.hpp"

namespace nava::benchmarks {
namespace {

// Workflows that a runtime has started, and the events that they get in turn.
class started_workflows {
 public:
  started_workflows(nava::runtime& runtime, std::int64_t first, std::int64_t workflows) {
    for (std::int64_t i = 0; i < workflows; ++i) {
      const auto about = approval_of(first + i);
      all_.push_back({about, runtime.start(approval().key(), about).workflow_id});
    }
  }

  struct one {
    nava::resource about;
    uuid id;
  };
  // The next event, and the place of its workflow.
  std::pair<engine::event, std::size_t> next() {
    const std::size_t place = next_ % all_.size();
    const auto ordinal = static_cast<std::int64_t>(next_++ / all_.size());
    return {answer(all_[place].about, all_[place].id, ordinal), place};
  }
  [[nodiscard]] const std::vector<one>& all() const { return all_; }

 private:
  std::vector<one> all_;
  std::size_t next_ = 0;
};

// Delivers through a runtime.
contender delivering(const options& given, std::string name, std::size_t cached,
                     std::int64_t first) {
  struct work {
    work(const options& of, std::size_t cached, std::int64_t first)
        : runtime(of.url, {approval()},
                  {.store = {.schema = of.schema}, .cache_workflows = cached}),
          workflows(runtime, first, of.workflows) {}
    nava::runtime runtime;
    started_workflows workflows;
    engine::event next;
  };
  const auto at = std::make_shared<work>(given, cached, first);
  return {.name = std::move(name),
          .operation =
              [at] {
                const auto outcomes = at->runtime.deliver(at->next);
                if (outcomes.size() != 1 ||
                    outcomes.front().result != nava::delivery::applied)
                  throw std::runtime_error{"an event that was new was not applied"};
              },
          .prepare = [at] { at->next = at->workflows.next().first; }};
}

// Stores by hand what the same events lead to, decided beforehand.
contender floor(const options& given, std::int64_t first) {
  struct work {
    work(const options& of, std::int64_t first)
        : runtime(of.url, {approval()}, {.store = {.schema = of.schema}}),
          workflows(runtime, first, of.workflows),
          by_hand(plain_commits(of, of.schema)) {
      for (const auto& one : workflows.all())
        states.push_back(runtime.store().load(one.id).value().state);
    }
    void decide_next() {
      const auto [happened, place] = workflows.next();
      const auto now =
          std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
      auto made = engine::decide(definition, states[place], happened, now, nava::new_id());
      unit = std::move(made.work);
      states[place] = std::move(made.state);
    }
    engine::definition definition = approval();
    nava::runtime runtime;
    started_workflows workflows;
    std::unique_ptr<commits> by_hand;
    std::vector<nava::workflow_state> states;
    nava::unit_of_work unit;
  };
  const auto at = std::make_shared<work>(given, first);
  return {.name = "floor",
          .operation = [at] { at->by_hand->commit(at->unit); },
          .prepare = [at] { at->decide_next(); }};
}

void run(const options& given, report& out) {
  std::vector<contender> contenders;
  const auto cached = static_cast<std::size_t>(given.workflows);
  if (given.wants("warm")) contenders.push_back(delivering(given, "warm", cached, 0));
  if (given.wants("floor")) contenders.push_back(floor(given, given.workflows));
  if (given.wants("cold")) contenders.push_back(delivering(given, "cold", 0, 2 * given.workflows));
  for (int round = 0; round < given.rounds; ++round)
    out.add_round(interleave(contenders, {given.operations, given.warm_up, round}));
  out.compare("event on a warm workflow: nava / commit floor, p50", metric::p50_ms, "warm",
              "floor");
  out.compare("event on a cold workflow: nava / commit floor, p50", metric::p50_ms, "cold",
              "floor");
  out.note("warm: the runtime keeps the workflow in memory; cold: it loads it for each event");
  out.note("floor: the rows of the same decision, made beforehand, stored by hand");
}

}  // namespace

workload event() {
  return {"event",
          "an event end to end: route, decide, commit",
          {"warm", "floor", "cold"},
          {option::workflows, option::operations, option::warm_up, option::contenders},
          {.workflows = 200, .operations = 500, .warm_up = 250},
          &run};
}

}  // namespace nava::benchmarks
