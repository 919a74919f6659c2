// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <nava/persistence/store.hpp>
#include <random>
#include <stdexcept>

#include "benchmarks/baseline/loads.hpp"
#include "benchmarks/interleave.hpp"
#include "benchmarks/one_core.hpp"
#include "benchmarks/workload.hpp"

namespace nava::benchmarks {
namespace {

// 40 child rows that a load reads, and a past that it does not.
constexpr row_counts loaded_rows{.stages = 4, .steps = 20, .participants = 10, .tasks = 5};
constexpr std::int64_t child_rows = 40;

std::vector<uuid> create(persistence::store& store, std::int64_t workflows) {
  std::vector<uuid> ids;
  for (std::int64_t i = 0; i < workflows; ++i) {
    const auto unit = workflow_with(loaded_rows, i);
    if (store.create(unit) != nava::commit_result::applied)
      throw std::runtime_error{"a workflow that was new was not created"};
    ids.push_back(unit.workflow.id);
  }
  return ids;
}

void run(const options& given, report& out) {
  const auto store = persistence::open_store(given.url, {.schema = given.schema});
  const auto ids = create(*store, given.workflows);
  std::mt19937_64 random{given.seed};
  std::uniform_int_distribution<std::size_t> any{0, ids.size() - 1};

  std::vector<contender> contenders;
  const auto add = [&](std::string name, auto load) {
    if (!given.wants(name)) return;
    contenders.push_back({.name = std::move(name),
                          .operation = [&, load] { load(ids[any(random)]); },
                          .rows = child_rows + 1});
  };
  add("nava", [&](const uuid& id) {
    const auto found = store->load(id);
    if (!found || found->state.steps.size() != loaded_rows.steps)
      throw std::runtime_error{"a workflow was not loaded whole"};
  });
  const std::shared_ptr as_rows = row_loads(given, given.schema);
  add("floor", [as_rows](const uuid& id) { as_rows->load(id); });
  const std::shared_ptr as_json = json_loads(given, given.schema);
  add("json", [as_json](const uuid& id) { as_json->load(id); });

  const one_core together{given};
  for (int round = 0; round < given.rounds; ++round)
    out.add_round(interleave(contenders, {given.operations, given.warm_up, round}));
  // What has no target where the figure says more of the scheduler than of a load.
  out.compare(together.holds() || !given.on_postgresql() ? "load: nava / floor, p50"
                                                         : "load: nava / floor, p50, any core",
              metric::p50_ms, "nava", "floor");
  out.compare("load: nava / one row of JSON, p50", metric::p50_ms, "nava", "json");
  if (given.on_postgresql())
    out.note(together.holds()
                 ? "client and server ran on one core"
                 : "client and server ran on any core, which alone can move a ratio by "
                   "a third; let the server run on this machine, as the same user");
  out.note("nava makes objects of what it reads; floor and json copy the bytes and parse nothing");
  out.note("floor: a row for each row, tables joined by UNION ALL; json: documents in one row");
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
