// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <atomic>
#include <functional>
#include <nava/nava.hpp>

#include "support/eventually.hpp"
#include "support/parcels.hpp"

using namespace nava;
using namespace nava::test;
using namespace nava::test::parcels;
using namespace std::chrono_literals;

namespace {

std::string refusal_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const refused& thrown) {
    return thrown.what();
  }
  return {};
}

}  // namespace

WORKER_TEST_CASE("runs tasks, and the end that a definition listens to is one decision") {
  parcel_run parcel{database};
  const uuid id = parcel.start();
  std::vector<std::string> seen;
  worker running{parcel.run, tasks([&](task_context& task) {
                   seen = {task.name(),
                           std::to_string(task.input().at("boxes").as_int64()),
                           std::to_string(task.attempt()),
                           task.about().id,
                           task.step_id() ? "step" : "",
                           task.workflow_id() == id ? "id" : ""};
                   return packed(task);
                 }),
                 quick()};
  REQUIRE(parcel.ends(id));
  CHECK(seen == std::vector<std::string>{"pack", "2", "1", "1", "step", "id"});
  const auto history = parcel.history(id);
  CHECK(history.state.steps.at(0).memory.at("weight") == 12);
  CHECK(history.events.size() == 2);
  CHECK(history.events.back().event_name == "nava.task-finished");
  CHECK(history.events.back().step_id == history.state.steps.at(0).id);
  for (const auto& task : history.tasks) {
    CHECK(task.status == task_status::completed);
    CHECK(task.lease_owner == "w");
    CHECK(task.attempt == 1);
  }
  CHECK(parcel.task(id, "pack").result == json::object{{"weight", 12}});
  CHECK(parcel.broken(id).empty());
}

WORKER_TEST_CASE("runs what is stored after it began, without waiting for its poll") {
  parcel_run parcel{database};
  worker_options patient = quick();
  patient.poll = 1h;
  worker running{parcel.run, tasks(packed), patient};
  CHECK(parcel.ends(parcel.start()));
}

WORKER_TEST_CASE("runs a task again that threw, and tells the definition when it gives up") {
  parcel_run parcel{database, {.attempts_max = 3}};
  const uuid good = parcel.start("good"), bad = parcel.start("bad");
  std::atomic<int> tries = 0;
  worker running{parcel.run, tasks([&](task_context& task) -> json::object {
                   if (task.about().id == "bad") ++tries;
                   if (task.about().id == "bad" || task.attempt() < 2)
                     throw std::runtime_error{"no box"};
                   return packed(task);
                 }),
                 quick()};
  REQUIRE(parcel.ends(good));
  REQUIRE(parcel.ends(bad));
  CHECK(tries == 3);
  CHECK(parcel.task(good, "pack").attempt == 2);
  const auto task = parcel.task(bad, "pack");
  CHECK(task.status == task_status::failed);
  CHECK(task.attempt == 3);
  CHECK(task.error == "no box");
  const auto history = parcel.history(bad);
  CHECK(history.messages.at(0).content == "no box");
  CHECK(history.state.steps.at(0).stm_from == "LOST");
  CHECK(parcel.broken(good).empty());
  CHECK(parcel.broken(bad).empty());
}

WORKER_TEST_CASE("puts a task off without using an attempt up, and gives one up at once") {
  parcel_run parcel{database, {.attempts_max = 2}};
  const uuid put_off = parcel.start("put off"), given_up = parcel.start("given up");
  std::atomic<int> times = 0;
  worker running{parcel.run, tasks([&](task_context& task) -> json::object {
                   if (task.about().id == "given up") throw give_up{"no such street"};
                   if (++times < 4) throw snooze{1ms};
                   return packed(task);
                 }),
                 quick()};
  REQUIRE(parcel.ends(put_off));
  REQUIRE(parcel.ends(given_up));
  CHECK(times == 4);
  CHECK(parcel.task(put_off, "pack").attempt == 1);
  CHECK(parcel.task(given_up, "pack").attempt == 1);
  CHECK(parcel.task(given_up, "pack").error == "no such street");
}

WORKER_TEST_CASE("a hook that throws fails the step; the task has ended all the same") {
  parcel_run parcel{database};
  const uuid id = parcel.start();
  worker running{parcel.run, tasks([](task_context&) {
                   return json::object{{"height", 1}};
                 }),
                 quick()};
  REQUIRE(eventually([&] { return parcel.history(id).state.tasks.empty(); }));
  const auto history = parcel.history(id);
  CHECK(history.state.steps.at(0).status == step_status::error);
  CHECK(history.state.steps.at(0).memory.empty());
  CHECK(parcel.task(id, "pack").status == task_status::completed);
  CHECK_THAT(history.messages.at(0).content, Catch::Matchers::Contains("no 'weight'"));
  CHECK(parcel.broken(id).empty());
}

WORKER_TEST_CASE("a result that cannot be stored is an attempt that failed") {
  parcel_run parcel{database, {.attempts_max = 1}};
  const uuid id = parcel.start();
  worker running{parcel.run, tasks([](task_context&) {
                   return json::object{{"weight", "\xff"}};
                 }),
                 quick()};
  REQUIRE(parcel.ends(id));
  CHECK(parcel.task(id, "pack").status == task_status::failed);
  CHECK_THAT(*parcel.task(id, "pack").error, Catch::Matchers::Contains("UTF-8"));
}

WORKER_TEST_CASE("tasks of a workflow that is paused are run when it is resumed") {
  parcel_run parcel{database};
  const uuid before = parcel.start("before"), meanwhile = parcel.start("meanwhile");
  parcel.run.pause(before);
  std::atomic<int> runs = 0;
  std::atomic<bool> is_paused = false;
  {
    worker running{parcel.run, tasks([&](task_context& task) {
                     ++runs;
                     if (task.about().id == "meanwhile")
                       (void)eventually([&] { return is_paused.load(); });
                     return packed(task);
                   }),
                   quick()};
    REQUIRE(eventually([&] { return runs == 1; }));
    parcel.run.pause(meanwhile);
    is_paused = true;
    REQUIRE(eventually([&] {
      return parcel.stored->next_due(std::array{persistence::agenda_lane{"pack"}}) > 30s;
    }));
  }
  CHECK(runs == 1);
  for (const uuid& id : {before, meanwhile}) {
    CHECK(parcel.task(id, "pack").status == task_status::scheduled);
    CHECK(parcel.history(id).state.steps.at(0).status == step_status::active);
    CHECK(parcel.broken(id).empty());
  }
}

WORKER_TEST_CASE("progress that cannot be stored is refused; a delay without end is a year") {
  parcel_run parcel{database};
  const uuid id = parcel.start();
  std::atomic<int> refused_reports = 0;
  {
    worker running{parcel.run, tasks([&](task_context& task) -> json::object {
                     for (const std::string& bad : {std::string{"\xff"}, std::string(20'000, 'x')})
                       try {
                         task.report({{"note", bad}});
                       } catch (const error&) {
                         ++refused_reports;
                       }
                     throw snooze{std::chrono::hours{24 * 366 * 200}};
                   }),
                   quick()};
    REQUIRE(eventually([&] {
      return parcel.stored->next_due(std::array{persistence::agenda_lane{"pack"}}) >
             std::chrono::hours{24 * 365};
    }));
  }
  CHECK(refused_reports == 2);
  CHECK(parcel.task(id, "pack").status == task_status::scheduled);
}

WORKER_TEST_CASE("a task that expires before it is run is FAILED") {
  parcel_run parcel{database, {.ts_expire = instant(0)}};
  const uuid id = parcel.start();
  worker running{parcel.run, tasks(packed), quick()};
  REQUIRE(parcel.ends(id));
  CHECK_THAT(*parcel.task(id, "pack").error, Catch::Matchers::StartsWith("expired at "));
}

TEST_CASE("worker: mistakes are told in one line", "[worker]") {
  sqlite_memory database;
  parcel_run parcel{database};
  const auto make = [&](std::vector<task_definition> given, worker_options options) {
    return refusal_of([&] { worker{parcel.run, std::move(given), std::move(options)}; });
  };
  CHECK(make({{"nava.timer", packed}}, {}) ==
        "task 'nava.timer': names that begin with 'nava.' are the runtime's own");
  CHECK(make({{"pack", {}}}, {}) == "task 'pack' has no handler");
  CHECK(make({{"pack", packed}, {"pack", packed}}, {}) ==
        "task 'pack' has two handlers; give it one");
  CHECK(make(tasks(packed), {.threads = 0}) ==
        "worker_options::threads is 0; 1 to 1000 are allowed");
  CHECK(make(tasks(packed), {.tasks_max = 0}) ==
        "worker_options::tasks_max is 0; a worker holds at least one task");
  CHECK(make(tasks(packed), {.lease = 1ms}) ==
        "worker_options::lease is 1 ms; 100 to 86400000 ms are allowed");
  CHECK(make(tasks(packed, {.backoff = 2s, .backoff_max = 1s}), {}) ==
        "task 'pack': backoff is 2000 ms; 0 to 1000 ms are allowed");
  CHECK(make(tasks(packed), {.queues = {""}}) ==
        "queue '' has to have 1 to 256 bytes, none of them NUL");
}
