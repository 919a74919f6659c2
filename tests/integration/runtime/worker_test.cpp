// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <nava/nava.hpp>
#include <set>

#include "support/engine_case.hpp"
#include "support/eventually.hpp"
#include "support/replayed.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;

#define WORKER_TEST_CASE(NAME) \
  ENGINE_TEST_CASE("worker: " NAME, "[worker]", sqlite_memory, sqlite_file, postgresql_kept)

namespace {

// A parcel that is packed by a task, on which its step waits, and labelled by one that nobody
// listens to.
definition_builder parcel_builder(task_options options = {}) {
  definition_builder parcel{"parcel", revision{1}};
  parcel.stage("send", "Sending");
  parcel.step("packing", {.stage = "send", .states = {"PACKED", "LOST"}})
      .on_task_finished("pack",
                        [](step_context& step, const task_end& ended) {
                          step.memorize({{"weight", ended.result.at("weight")}});
                          step.transit("PACKED").finish();
                        })
      .on_task_failed("pack", [](step_context& step, const task_end& ended) {
        step.message(*ended.error);
        step.transit("LOST").finish();
      });
  parcel.on_started([options](workflow_context& workflow) {
    workflow.add_step("packing").add_task("pack", {{"boxes", 2}}, options);
    workflow.add_task("label", {}, options);
  });
  return parcel;
}

json::object packed(task_context&) { return {{"weight", 12}}; }
json::object labelled(task_context&) { return {}; }

constexpr task_policy impatient{.backoff = 1ms, .backoff_max = 2ms};

std::vector<task_definition> tasks(task_handler pack, task_policy policy = impatient) {
  return {{"pack", std::move(pack), policy}, {"label", labelled, impatient}};
}

worker_options quick(std::string name = "w") {
  return {.name = std::move(name), .threads = 2, .lease = 2s, .poll = 20ms, .stop_timeout = 10s};
}

class parcel_run {
 public:
  explicit parcel_run(test_database& database, task_options options = {})
      : stored(database.open()), run(stored, {parcel_builder(options).build()}) {}

  uuid start(const std::string& name = "1") {
    return run.start("parcel", {"parcel", name}).workflow_id;
  }

  [[nodiscard]] workflow_history history(const uuid& id) const {
    return stored->history(id).value();
  }
  [[nodiscard]] schema::workflow_task task(const uuid& id, std::string_view name) const {
    for (const auto& each : history(id).tasks)
      if (each.name == name) return each;
    throw std::logic_error{"no such task"};
  }
  [[nodiscard]] bool ends(const uuid& id) const {
    return eventually([&] {
      const auto all = history(id);
      return is_finished(all.state.workflow.status) && all.state.tasks.empty();
    });
  }
  [[nodiscard]] std::vector<std::string> broken(const uuid& id) const {
    return broken_promises(*stored, id);
  }

  std::shared_ptr<persistence::store> stored;
  runtime run;
};

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

WORKER_TEST_CASE(
    "a handler is asked to stop when its task is cancelled, and its result is dropped") {
  parcel_run parcel{database};
  const uuid id = parcel.start();
  std::atomic<bool> runs = false, stopped = false;
  worker_options watchful = quick();
  watchful.lease = 300ms;
  worker running{parcel.run, tasks([&](task_context& task) {
                   task.report({{"boxes", 1}});
                   runs = true;
                   (void)eventually([&] { return task.stop_token().stop_requested(); });
                   stopped = true;
                   return packed(task);
                 }),
                 watchful};
  REQUIRE(eventually([&] { return runs.load(); }));
  parcel.run.cancel(id);
  REQUIRE(eventually([&] { return stopped.load(); }));
  CHECK(running.stop());
  CHECK(parcel.task(id, "pack").status == task_status::cancelled);
  CHECK(parcel.broken(id).empty());
}

WORKER_TEST_CASE("a lease is renewed while its handler runs") {
  parcel_run parcel{database};
  const uuid id = parcel.start();
  worker_options watchful = quick();
  watchful.lease = 1s;
  std::atomic<int> runs = 0;
  const auto pack = [&](task_context& task) {
    ++runs;
    const auto begin = std::chrono::steady_clock::now();
    (void)eventually([&] { return std::chrono::steady_clock::now() - begin > 1500ms; });
    return packed(task);
  };
  worker first{parcel.run, tasks(pack), watchful}, second{parcel.run, tasks(pack), watchful};
  REQUIRE(parcel.ends(id));
  CHECK(runs == 1);
  CHECK(parcel.task(id, "pack").lease_fence == 1);
}

WORKER_TEST_CASE("what a dead worker held is run by another; out of attempts, it is FAILED") {
  parcel_run parcel{database, {.attempts_max = 2}};
  const uuid id = parcel.start();
  persistence::claim_request request;
  request.lanes = {{"pack", 0, {}}};
  request.lease = 1ms;
  request.owner = "dead";
  REQUIRE(parcel.stored->claim(request).tasks.size() == 1);
  {
    worker running{parcel.run, tasks(packed), quick()};
    REQUIRE(parcel.ends(id));
  }
  CHECK(parcel.task(id, "pack").attempt == 2);

  const uuid doomed = parcel.start("doomed");
  for (int i = 0; i < 2; ++i)
    REQUIRE(eventually([&] { return parcel.stored->claim(request).tasks.size() == 1; }));
  worker running{parcel.run, tasks(packed), quick()};
  REQUIRE(parcel.ends(doomed));
  CHECK(parcel.task(doomed, "pack").status == task_status::failed);
  CHECK_THAT(*parcel.task(doomed, "pack").error, Catch::Matchers::Contains("died"));
}

WORKER_TEST_CASE("stop gives back what waits and what does not end, for another to take at once") {
  parcel_run parcel{database};
  std::vector<uuid> ids;
  for (int i = 0; i < 8; ++i) ids.push_back(parcel.start(std::to_string(i)));
  std::atomic<bool> goes_on = true;
  std::atomic<int> running = 0;
  worker_options slow = quick("slow");
  slow.lease = 1h;
  std::optional<worker> first;
  first.emplace(parcel.run, tasks([&](task_context& task) {
                  ++running;
                  (void)eventually([&] { return !goes_on; });
                  return packed(task);
                }),
                slow);
  REQUIRE(eventually([&] { return running == 2; }));
  CHECK_FALSE(first->stop(deadline::in(10ms)));
  std::vector<std::thread> others;
  for (int i = 0; i < 3; ++i) others.emplace_back([&] { (void)first->stop(deadline::in(10ms)); });
  for (auto& each : others) each.join();
  worker second{parcel.run, tasks(packed), quick("second")};
  for (const uuid& id : ids) {
    REQUIRE(parcel.ends(id));
    const auto task = parcel.task(id, "pack");
    CHECK(task.lease_owner == "second");
    CHECK(task.attempt == 1);
  }
  goes_on = false;
  first.reset();
  for (const uuid& id : ids) CHECK(parcel.broken(id).empty());
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

WORKER_TEST_CASE("an attempt that is over time is asked to stop, and others take the task") {
  parcel_run parcel{database};
  const uuid id = parcel.start();
  worker_options short_lease = quick();
  short_lease.lease = 300ms;
  std::atomic<int> runs = 0;
  worker running{
      parcel.run,
      tasks(
          [&](task_context& task) {
            if (++runs == 1)
              (void)eventually([&] { return task.stop_token().stop_requested() && runs > 1; });
            return packed(task);
          },
          {.time_limit = 50ms}),
      short_lease};
  REQUIRE(parcel.ends(id));
  CHECK(runs == 2);
  CHECK(parcel.task(id, "pack").attempt == 2);
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
