// SPDX-License-Identifier: Apache-2.0
#include <random>
#include <stdexcept>

#include "benchmarks/baseline/loads.hpp"
#include "benchmarks/measured_rows.hpp"
#include "benchmarks/one_core.hpp"
#include "benchmarks/run_report.hpp"

namespace nava::benchmarks {
namespace {

// 40 child rows that a load reads, and a past that it does not.
constexpr row_counts loaded_rows{.stages = 4, .steps = 20, .participants = 10, .tasks = 5};
constexpr double rows_read = 41;

void run(const options& given, report& out) {
  const auto store = persistence::open_store(given.url);
  std::vector<uuid> ids;
  for (std::int64_t i = 0; i < given.workflows; ++i) {
    const auto unit = workflow_with(loaded_rows, i);
    create(*store, unit);
    ids.push_back(unit.workflow.id);
  }
  std::mt19937_64 random{seed};
  std::uniform_int_distribution<std::size_t> any{0, ids.size() - 1};

  std::vector<contender> contenders;
  const auto add = [&](std::string name, load_workflow load) {
    if (!given.wants(name)) return;
    contenders.push_back({.name = std::move(name),
                          .operation = [&, load] { load(ids[any(random)]); },
                          .rows = rows_read});
  };
  add("nava", [&](const uuid& id) {
    const auto found = store->load(id);
    if (!found || found->state.steps.size() != loaded_rows.steps)
      throw std::runtime_error{"a workflow was not loaded whole"};
  });
  add("floor", row_loads(given));
  if (given.on_postgresql()) add("json", json_loads(given));

  const one_core together{given};
  out.interleave_rounds(contenders);
  // Another name, which has no goal, where the figure says more of the scheduler than of a load.
  const bool judged = together.holds() || !given.on_postgresql();
  out.compare(judged ? "load: nava / floor, p50" : "load: nava / floor, p50, any core",
              metric::p50_ms, "nava", "floor");
  out.compare("load: nava / one row of JSON, p50", metric::p50_ms, "nava", "json");
  if (given.on_postgresql())
    out.note(together.holds()
                 ? "client and server ran on one core"
                 : "client and server ran on any core, which alone can move a ratio by "
                   "a third; let the server run on this machine, as the same user");
}

}  // namespace

workload load_one() {
  return {"load",
          "load a workflow with 40 child rows",
          {"nava", "floor", "json"},
          {option::workflows, option::operations, option::warm_up, option::contenders},
          {.workflows = 500, .operations = 1000, .warm_up = 50},
          &run};
}

}  // namespace nava::benchmarks
