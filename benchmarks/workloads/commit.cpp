// SPDX-License-Identifier: Apache-2.0
#include <nava/persistence/store.hpp>

#include "benchmarks/baseline/commits.hpp"
#include "benchmarks/decisions.hpp"
#include "benchmarks/interleave.hpp"
#include "benchmarks/workload.hpp"

namespace nava::benchmarks {
namespace {

void run(const options& given, report& out) {
  const auto store = persistence::open_store(given.url, {.schema = given.schema});
  std::vector<contender> contenders;
  std::int64_t first = 0;
  const auto add = [&](std::string name, auto commit) {
    if (!given.wants(name)) return;
    const auto work = std::make_shared<decisions>(*store, first, given.workflows);
    first += given.workflows;
    // The unit is made outside of what is timed.
    const auto unit = std::make_shared<const nava::unit_of_work*>();
    contenders.push_back({.name = std::move(name),
                          .operation = [unit, commit] { commit(**unit); },
                          .rows = rows_of_decision,
                          .prepare = [unit, work] { *unit = &work->next(); }});
  };
  add("nava", [&](const nava::unit_of_work& unit) { benchmarks::commit(*store, unit); });
  const std::shared_ptr floor = plain_commits(given, given.schema);
  add("floor", [floor](const nava::unit_of_work& unit) { floor->commit(unit); });
  const std::shared_ptr single = row_by_row_commits(given, given.schema);
  add("row_by_row", [single](const nava::unit_of_work& unit) { single->commit(unit); });

  for (int round = 0; round < given.rounds; ++round)
    out.add_round(interleave(contenders, {given.operations, given.warm_up, round}));
  const bool server = given.on_postgresql();
  out.compare("commit: nava / floor, p50", metric::p50_ms, "nava", "floor");
  out.compare("commit: row by row / nava, p50", metric::p50_ms, "row_by_row", "nava");
  out.compare("commit: row by row / floor, p50", metric::p50_ms, "row_by_row", "floor");
  out.note("a decision: 1 update of workflow, 2 steps, 6 mutations, 3 messages, 3 events");
  out.note(server ? "floor: one statement with an array for each column, on libpq"
                  : "floor: a prepared statement for each row in one transaction, on sqlite3");
}

}  // namespace

workload commit() {
  return {"commit",
          "store one decision at a time",
          {"nava", "floor", "row_by_row"},
          {option::workflows, option::operations, option::warm_up, option::contenders},
          {.workflows = 200, .operations = 500, .warm_up = 50},
          &run};
}

}  // namespace nava::benchmarks
