// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "benchmarks/baseline/commits.hpp"
#include "benchmarks/measured_rows.hpp"
#include "benchmarks/run_report.hpp"

namespace nava::benchmarks {
namespace {

void run(const options& given, report& out) {
  const auto store = persistence::open_store(given.url);
  std::vector<contender> contenders;
  std::int64_t first = 0;
  const auto add = [&](std::string name, commit_one commit) {
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
  add("floor", plain_commits(given));
  // On SQLite the floor is row by row.
  if (given.on_postgresql()) add("row_by_row", row_by_row_commits(given));

  out.interleave_rounds(contenders);
  out.compare("commit: nava / floor, p50", metric::p50_ms, "nava", "floor");
  out.compare("commit: row by row / nava, p50", metric::p50_ms, "row_by_row", "nava");
  out.compare("commit: row by row / floor, p50", metric::p50_ms, "row_by_row", "floor");
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
