// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <mutex>
#include <nava/nava.hpp>
#include <thread>

#include "benchmarks/baseline/client.hpp"
#include "benchmarks/run_report.hpp"
#include "benchmarks/scratch.hpp"
#include "engine/own_task.hpp"

namespace nava::benchmarks {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t batch = 50;
constexpr std::int64_t timers_per_workflow = 10;
constexpr std::int64_t few_timers = 100;
constexpr auto between_timers = 20ms;
constexpr std::int64_t schedules_at_once = 20;
constexpr auto slowest = 1'000ms / schedules_at_once;

timestamp now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

// How late hooks and handlers were, and waits for so many.
class lateness {
 public:
  void add(timestamp due) {
    const auto late = now() - due;
    const std::lock_guard lock{mutex_};
    timed_.add(late);
  }
  samples await(std::int64_t number) {
    const auto end = std::chrono::steady_clock::now() + 1min + number * slowest;
    while (std::chrono::steady_clock::now() < end) {
      {
        const std::lock_guard lock{mutex_};
        if (timed_.count() >= static_cast<std::size_t>(number)) return timed_;
      }
      std::this_thread::sleep_for(1ms);
    }
    throw std::runtime_error{"times were not noticed, though a worker runs"};
  }

 private:
  std::mutex mutex_;
  samples timed_;
};

timestamp time_in(const json::object& values) {
  return schema::parse_timestamp(values.at("due").as_string()).value();
}

// A timer at an instant that its params say; an event of a schedule whose key ends with its tick.
definition clocks(lateness& of_timers, lateness& of_ticks) {
  definition_builder clock{"clock", revision{1}};
  clock.stage("s", "Stage");
  clock.step("run", {.stage = "s"});
  clock.on_wake("ring", [&](workflow_context& on) { of_timers.add(time_in(on.params())); });
  clock.on("tick", [&](workflow_context&, const event& ticked) {
    const std::string_view key = ticked.key.text();
    of_ticks.add(schema::parse_timestamp(key.substr(key.rfind('/') + 1)).value());
  });
  clock.on_started([](workflow_context& on) {
    on.add_step("run");
    if (on.params().contains("due")) on.wake_at("ring", time_in(on.params()));
  });
  return clock.build();
}

// They stay, finished or not, until the tables are dropped.
uuid start_clock(runtime& run, json::object params = {}) {
  return run.start("clock", {"clock", schema::to_text(new_id())}, std::move(params)).workflow_id;
}

// A runtime for each figure, so that none gets what is left of another.
figures of_timers(const options& given) {
  lateness late, unused;
  runtime run{given.url, {clocks(late, unused)}};
  const worker works{run, {}};
  const timestamp first = now() + 2s;
  for (std::int64_t i = 0; i < given.operations; ++i)
    (void)start_clock(run, {{"due", schema::to_text(first + i * between_timers)}});
  return figures_of("timer", late.await(given.operations));
}

// Each second, evenly spread over it.
figures of_schedules(const options& given) {
  lateness late, unused;
  runtime run{given.url, {clocks(unused, late)}};
  const worker works{run, {}};
  schedules all{run};
  const auto anchor = std::chrono::floor<std::chrono::seconds>(now()) + 2s;
  const auto name = [](std::int64_t i) { return fmt::format("each-second-{}", i); };
  for (std::int64_t i = 0; i < schedules_at_once; ++i) {
    const std::string about = schema::to_text(new_id());
    (void)run.start("clock", {"clock", about});
    all.set(
        name(i),
        schedule_spec::every(1s, anchor + i * std::chrono::microseconds{1s} / schedules_at_once),
        scheduled_event{"tick", {"clock", about}});
  }
  samples found = late.await(given.operations);
  for (std::int64_t i = 0; i < schedules_at_once; ++i) all.remove(name(i));
  return figures_of("schedule", found);
}

// Tables with tasks that wait, and timers of the future in the same queue.
class agenda : public scratch {
 public:
  agenda(const options& given, std::string_view name, std::int64_t waiting, std::int64_t timers)
      : scratch(given, fmt::format("{}_{}", given.schema, name)), store_(open_migrated(given)) {
    const auto server = connect(given.url);
    server->run("SET search_path = " + schema());
    fill(*server, "waiting", 0, waiting, 1, "now() - interval '1 s'");
    fill(*server, "timers", waiting, timers / timers_per_workflow, timers_per_workflow,
         "now() + interval '1 day' + r * interval '1 hour' + w * interval '1 ms'");
    server->run("ANALYZE workflow, workflow_task, workflow_agenda");
  }

  void claim() {
    auto found = store_->claim({.lanes = {{.queue = queue(), .after = mark_}},
                                .tasks_max = batch,
                                .lease = 1h,
                                .owner = "bench"});
    if (found.tasks.size() != batch) throw std::runtime_error{"a claim got too few tasks"};
    mark_ = found.tasks.back().place;
  }

 private:
  static std::string queue() { return engine::own_queue("clock"); }

  std::unique_ptr<store> open_migrated(const options& given) {
    const auto url = given.url.in_schema(schema());
    (void)migrate(url);
    return open_store(url);
  }

  static void fill(client& server, std::string_view kind, std::int64_t from, std::int64_t workflows,
                   std::int64_t tasks, std::string_view due) {
    if (workflows == 0) return;
    const auto id = [](std::string_view number) {
      return fmt::format("CAST(lpad(to_hex({}), 32, '0') AS uuid)", number);
    };
    const std::string all = fmt::format("generate_series({}, {}) AS w", from + 1, from + workflows);
    const std::string each = fmt::format("{}, generate_series(1, {}) AS r", all, tasks);
    const std::string task = id("w * 100 + r");
    server.run(fmt::format(
        "INSERT INTO workflow (_id, wfdef_key, wfdef_rev, namespace, resource_name, resource_id, "
        "title, status, progress, revision, last_seq, sys_tag, usr_tag, _created, _updated) SELECT "
        "{}, 'clock', 1, 'bench', 'clock', '{}-' || w, 'Clock', 'ACTIVE', 0, 1, 1, '[]', '[]', "
        "now(), now() FROM {}",
        id("w"), kind, all));
    server.run(fmt::format(
        "INSERT INTO workflow_task (workflow_id, _id, name, status, input, attempt, attempts_max, "
        "lease_fence) SELECT {}, {}, 'nava.timer', 'SCHEDULED', '{{}}', 0, 5, 0 FROM {}",
        id("w"), task, each));
    server.run(fmt::format(
        "INSERT INTO workflow_agenda (workflow_id, _id, queue, priority, ts_due, attempt, "
        "lease_fence) SELECT {}, {}, '{}', 0, {}, 0, 0 FROM {}",
        id("w"), task, queue(), due, each));
  }

  const std::unique_ptr<store> store_;
  persistence::agenda_place mark_;
};

void run(const options& given, report& out) {
  std::unique_ptr<agenda> few, many;
  const std::int64_t claims = std::max<std::int64_t>(1, given.operations / 10);
  const std::int64_t claimed =
      given.rounds * (given.warm_up + claims) * static_cast<std::int64_t>(batch);
  if (given.on_postgresql() && given.wants("claim")) {
    out.progress("loading timers");
    few = std::make_unique<agenda>(given, "few", claimed, few_timers);
    many = std::make_unique<agenda>(given, "many", std::max(claimed, given.workflows),
                                    given.workflows * timers_per_workflow);
  }
  for (std::int64_t round = 0; round < given.rounds; ++round) {
    std::vector<figures> found;
    if (few)
      found = interleave({{"claim", [&] { many->claim(); }}, {"claim_few", [&] { few->claim(); }}},
                         {claims, given.warm_up, round});
    if (given.wants("timer")) found.push_back(of_timers(given));
    if (given.wants("schedule")) found.push_back(of_schedules(given));
    out.add_round(std::move(found));
  }
  out.compare("claim of 50: beside many timers / beside 100, p50", metric::p50_ms, "claim",
              "claim_few");
  for (const char* what : {"timer", "schedule"})
    if (given.wants(what))
      out.add({.name = fmt::format("{}: late by, p99", what),
               .unit = "ms",
               .rounds = out.values(what, metric::p99_ms),
               .samples = static_cast<std::size_t>(given.operations)});
  out.note(fmt::format("timer, schedule: how late hooks run, of an idle worker; many timers: {}",
                       given.workflows * timers_per_workflow));
}

}  // namespace

workload timers() {
  return {"timers",
          "how late timers and schedules act; claims beside ten future timers for each of the "
          "workflows, on PostgreSQL",
          {"timer", "schedule", "claim", "claim_few"},
          {option::workflows, option::operations, option::warm_up, option::contenders},
          {.workflows = 10'000, .operations = 200, .warm_up = 5},
          &run};
}

}  // namespace nava::benchmarks
