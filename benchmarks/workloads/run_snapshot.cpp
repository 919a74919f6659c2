// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/nava.hpp>
#include <thread>

#include "benchmarks/baseline/client.hpp"
#include "benchmarks/run_report.hpp"
#include "runtime/worker/task_claimer.hpp"

namespace nava::benchmarks {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t tasks_per_second = 800;
constexpr std::int64_t tasks_at_once = 8;
constexpr std::size_t batch = 50;
constexpr auto idle = 5ms;

definition errand() {
  definition_builder errand{"errand", revision{1}};
  errand.stage("s", "Stage");
  errand.step("run", {.stage = "s"}).on("more", [](step_context& step, const event&) {
    for (std::int64_t i = 0; i < tasks_at_once; ++i) step.add_task("plain");
  });
  errand.on_started([](workflow_context& on) { on.add_step("run"); });
  return errand.build();
}

// Stores tasks at a steady rate, each few in a new workflow, so that none grows.
void store_tasks(runtime& run, const std::function<bool()>& is_over) {
  constexpr auto between = std::chrono::nanoseconds{1s} * tasks_at_once / tasks_per_second;
  auto next = std::chrono::steady_clock::now();
  do {
    const auto id = run.start("errand", {"errand", schema::to_text(new_id())}).workflow_id;
    (void)run.deliver_to(id, {.name = "more", .key = no_key});
    std::this_thread::sleep_until(next += between);
  } while (!is_over());
}

// As a worker does, and each claim timed alone.
std::int64_t work(store& on, const std::function<bool()>& is_over,
                  const std::function<bool()>& is_too_late, samples& claims) {
  task_claimer claimer{on, {"plain"}, {.lanes = {}, .lease = 30s, .owner = "bench"}};
  std::int64_t done = 0;
  while (!is_over() || (done == 0 && !is_too_late())) {
    std::vector<persistence::task_lease> claimed;
    claims.time([&] { claimed = claimer.claim(batch, task_claimer::which::any); });
    std::vector<persistence::settlement> ended;
    for (const auto& each : claimed)
      ended.push_back({.workflow_id = each.workflow_id,
                       .task_id = each.task_id,
                       .fence = each.fence,
                       .ends_as = persistence::settlement::result::completed,
                       .attempt = each.attempt});
    if (!ended.empty()) (void)on.settle(ended);
    done += static_cast<std::int64_t>(ended.size());
    std::this_thread::sleep_for(idle);
  }
  return done;
}

figures paced(const options& given, runtime& run, std::string name, bool beside_snapshot) {
  std::unique_ptr<client> snapshot;
  if (beside_snapshot) {
    snapshot = connect(given.url);
    const bool on_server = given.on_postgresql();
    snapshot->run(on_server ? "BEGIN ISOLATION LEVEL REPEATABLE READ" : "BEGIN");
    (void)snapshot->first(
        fmt::format("SELECT count(*) FROM {}workflow", on_server ? given.schema + "." : ""));
  }
  samples claims;
  std::int64_t done = 0;
  const auto is_over = after(given.seconds), is_too_late = after(given.seconds + 60);
  crew both;
  both.start([&] { store_tasks(run, is_over); });
  both.start([&] { done = work(run.store(), is_over, is_too_late, claims); });
  both.join();
  figures found = figures_of(std::move(name), claims);
  found.per_second = static_cast<double>(done) / given.seconds;
  return found;
}

void run(const options& given, report& out) {
  runtime run{given.url, {errand()}, {.cache_workflows = 1'000}};
  const std::vector<std::pair<std::string, bool>> both{{"alone", false}, {"beside_snapshot", true}};
  for (std::int64_t round = 0; round < given.rounds; ++round) {
    std::vector<figures> found(both.size());
    for (const std::size_t turn : turns_in(round, both.size()))
      found[turn] = paced(given, run, both[turn].first, both[turn].second);
    out.add_round(std::move(found));
  }
  out.compare("800 tasks/s beside an old snapshot / alone, rate", metric::per_second,
              "beside_snapshot", "alone");
  out.compare("claim beside an old snapshot / alone, p99", metric::p99_ms, "beside_snapshot",
              "alone");
  out.note("percentiles are those of claims");
}

}  // namespace

workload snapshot() {
  return {"snapshot",
          "800 tasks a second, with and without an idle transaction that keeps an old snapshot",
          {"alone", "beside_snapshot"},
          {option::seconds},
          {.seconds = 20, .rounds = 3},
          &run};
}

}  // namespace nava::benchmarks
