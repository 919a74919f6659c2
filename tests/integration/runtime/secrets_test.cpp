// SPDX-License-Identifier: Apache-2.0
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

#include "support/claims.hpp"
#include "support/eventually.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

const std::string secret = "pa55word-of-a-payload";
const json::object payload{{"note", secret}};

// Each of its payloads has the secret, and each way to fail is an event.
definition keeper() {
  definition_builder keeper{"keeper", revision{1}};
  keeper.stage("s", "Stage");
  keeper.step("hold", {.stage = "s", .states = {"HELD"}})
      .on("take",
          [](step_context& step, const event& taken) {
            step.memorize(taken.data);
            step.message(secret);
            step.workflow().memorize(taken.data).output(payload);
          })
      .on("end-wrongly", [](step_context& step, const event&) { step.transit("NOWHERE"); })
      .on("miss", [](step_context&, const event& given) { (void)given.data.at("absent"); })
      .on("grow",
          [](step_context& step, const event&) {
            std::string large;
            while (large.size() < 2 * unit_bytes_max) large += secret;
            step.memorize({{"large", std::move(large)}});
          })
      .on("break", [](step_context& step, const event&) {
        step.memorize({{"bad", secret + '\0'}});
      });
  keeper.on_started([](workflow_context& on) {
    on.add_step("hold");
    on.add_task("work", payload, {.attempts_max = 1});
    on.add_task("work", payload);
  });
  return keeper.build();
}

}  // namespace

// Whatever is said of a payload says no byte of it. Names and ids are said.
RUNTIME_TEST_CASE("no payload stands in a log or in an error") {
  std::ostringstream said;
  const auto log = std::make_shared<spdlog::logger>(
      "all", std::make_shared<spdlog::sinks::ostream_sink_mt>(said));
  log->set_level(spdlog::level::trace);
  database.options().logger = log;
  const std::shared_ptr<persistence::store> stored = database.open();
  runtime_options options;
  options.store.logger = log;
  runtime run{stored, {keeper()}, std::move(options)};
  const resource about{"keeper", "1"};
  const uuid id = run.start("keeper", about, payload).workflow_id;
  int failed = 0;
  const auto fails = [&](auto call) {
    try {
      call();
    } catch (const std::exception& failure) {
      ++failed;
      log->error("{}", failure.what());
    }
  };
  const auto given = [&](std::string name) {
    return event{.name = std::move(name), .resource = about, .key = no_key, .data = payload};
  };
  (void)run.deliver(given("take"));
  for (const char* name : {"grow", "break", "unknown", "end-wrongly", "miss"})
    fails([&] { (void)run.deliver(given(name)); });
  fails([&] { (void)run.start("keeper", {"keeper", "2"}, {{"note", secret + '\xff'}}); });
  fails([&] {
    (void)run.publish(
        event{.name = "take", .resource = about, .key = no_key, .data = {{"note", secret + '\0'}}});
  });
  unit_of_work stale = next_unit(first_unit(1));
  stale.workflow.title = secret;
  CHECK(stored->commit(stale) == commit_result::conflict);
  for (const char* name : {"take", "end-wrongly", "miss", "unknown"}) run.publish(given(name));
  {
    const worker works{run,
                       {{"work",
                         [](task_context& task) -> json::object {
                           task.report(payload);
                           if (task.attempt() > 1) return payload;
                           return {{"bad", secret + '\0'}};
                         }}},
                       {.name = "w", .poll = 20ms}};
    const inbox_drainer delivers{run, {.name = "d", .poll = 20ms}};
    CHECK(eventually([&] {
      for (const auto& each : stored->list_events({}))
        if (each.status != schema::inbox_status::failed) return false;
      return stored->list_tasks({}).empty();
    }));
  }
  for (const auto& each : stored->list_events({})) log->info("{}", each.error.value_or(""));
  for (const auto& each : stored->history(id).value().tasks)
    log->info("{}", each.error.value_or(""));
  CAPTURE(said.str());
  CHECK(failed == 6);
  CHECK(said.str().size() > 500);
  CHECK(said.str().find(secret) == std::string::npos);
}
