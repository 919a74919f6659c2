// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nava/schema/text.hpp>

#include "benchmarks/approvals.hpp"
#include "benchmarks/baseline/client.hpp"
#include "benchmarks/run_report.hpp"

namespace nava::benchmarks {
namespace {

constexpr int delivering = 4;  // threads, each to a workflow of its own

figures beside_callers(const options& given, std::int64_t round, int callers, report& out) {
  auto runtime = approval_runtime(given.url);
  const approvals started{runtime, 0, delivering + 1};
  const auto held = started.ids().front();
  std::unique_ptr<client> holder;
  if (callers > 0) {
    holder = connect(given.url);
    holder->run(fmt::format("BEGIN; SELECT FROM {}.workflow WHERE _id = '{}' FOR UPDATE",
                            given.schema, schema::to_text(held)));
  }
  crew waiting;
  for (int i = 0; i < callers; ++i)
    waiting.start([&, i] { deliver(runtime, answer(approval_of(0), held, i)); });
  std::vector<timed_work> work;
  for (int number = 1; number <= delivering; ++number)
    work.emplace_back([&, number, ordinal = std::int64_t{0}](samples& timed) mutable {
      const auto& id = started.ids()[static_cast<std::size_t>(number)];
      timed.time([&] { deliver(runtime, answer(approval_of(number), id, ordinal++)); });
    });
  const slice found = run_together(work, after(given.seconds));
  holder.reset();
  waiting.join();
  for (const auto& id : started.ids()) runtime.store().erase(id);
  out.note(fmt::format("round {}: {} callers wait: worst {:.1f} ms", round + 1, callers,
                       found.timed.percentile_ms(1)));
  return figures_of(fmt::format("{}_wait", callers), found.timed, 0, found.elapsed_s);
}

void run(const options& given, report& out) {
  // SQLite has one writer, so a transaction that holds it holds up everybody.
  const std::vector callers_of_held =
      given.on_postgresql() ? std::vector{0, 2, 12, 64} : std::vector{0};
  for (std::int64_t round = 0; round < given.rounds; ++round) {
    std::vector<figures> found;
    for (const int callers : callers_of_held)
      found.push_back(beside_callers(given, round, callers, out));
    out.add_round(std::move(found));
  }
}

}  // namespace

workload held() {
  return {"held",
          "events for other workflows while another session locks one that callers wait for",
          {"0_wait"},
          {option::seconds},
          {.seconds = 2, .rounds = 3},
          &run};
}

}  // namespace nava::benchmarks
