// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <nava/nava.hpp>
#include <thread>

#include "support/engine_case.hpp"
#include "support/eventually.hpp"
#include "support/key_rings.hpp"
#include "support/replayed.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;

#define TIMER_TEST_CASE(NAME)                                                           \
  ENGINE_TEST_CASE("timers: " NAME, "[timer]", sqlite_memory, sqlite_file, sealed_file, \
                   postgresql_kept, partitioned_kept)

namespace {

// An offer that is reminded of, and that lapses.
definition offer() {
  definition_builder offer{"offer", revision{1}};
  offer.stage("s", "Stage");
  offer.step("answer", {.stage = "s", .states = {"REMINDED"}})
      .on_wake("remind", [](step_context& step) { step.transit("REMINDED"); });
  offer.on("start-over",
           [](workflow_context& on, const event&) { on.step("answer").wake_in("remind", 24h); });
  offer.on("take-long", [](workflow_context& on, const event&) { on.add_task("slow"); });
  offer.on("hurry",
           [](workflow_context& on, const event&) { on.step("answer").wake_in("remind", 0s); });
  offer.on_expired([](workflow_context& on) {
    on.output({{"lapsed", true}});
    on.cancel();
  });
  offer.on_started([](workflow_context& on) {
    const auto remind = on.params().at("remind_ms").to_number<std::int64_t>();
    on.add_step("answer").wake_in("remind", std::chrono::milliseconds{remind});
  });
  return offer.build();
}

struct offers {
  explicit offers(test_database& database) : stored(database.open()), run(stored, {offer()}) {}

  uuid start(std::chrono::milliseconds remind,
             std::optional<std::chrono::milliseconds> expire = {}) {
    start_options options;
    const json::object params{{"remind_ms", remind.count()}};
    if (expire) options.ts_expire = now() + *expire;
    return run.start("offer", {"offer", std::to_string(++made)}, params, options).workflow_id;
  }

  static timestamp now() {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }

  [[nodiscard]] workflow_state state(const uuid& id) const {
    return stored->load(id).value().state;
  }
  [[nodiscard]] bool is_reminded(const uuid& id) const {
    return state(id).steps.at(0).stm_state == "REMINDED";
  }

  std::shared_ptr<persistence::store> stored;
  runtime run;
  int made = 0;
};

worker_options quick() {
  return {.name = "w", .threads = 2, .lease = 2s, .poll = 20ms, .stop_timeout = 10s};
}

}  // namespace

TIMER_TEST_CASE("a worker without tasks runs what has come, and leaves what has not") {
  offers offers{database};
  const uuid soon = offers.start(30ms), later = offers.start(24h);
  {
    worker works{offers.run, {}, quick()};
    CHECK(eventually([&] { return offers.is_reminded(soon); }));
  }
  CHECK_FALSE(offers.is_reminded(later));
  CHECK(offers.state(later).tasks.size() == 1);
  CHECK(broken_promises(*offers.stored, soon) == std::vector<std::string>{});
  CHECK(broken_promises(*offers.stored, later) == std::vector<std::string>{});
}

TIMER_TEST_CASE("what was due while no worker was there runs when one comes") {
  offers offers{database};
  const uuid id = offers.start(0ms);
  worker works{offers.run, {}, quick()};
  CHECK(eventually([&] { return offers.is_reminded(id); }));
}

TIMER_TEST_CASE("one that is moved does not run at its old time") {
  offers offers{database};
  const uuid id = offers.start(0ms), other = offers.start(0ms);
  (void)offers.run.deliver_to(id, {.name = "start-over", .key = no_key});
  worker works{offers.run, {}, quick()};
  CHECK(eventually([&] { return offers.is_reminded(other); }));
  CHECK_FALSE(offers.is_reminded(id));
  CHECK(broken_promises(*offers.stored, id) == std::vector<std::string>{});
}

TIMER_TEST_CASE("one that is moved nearer wakes the worker that waits for it") {
  offers offers{database};
  const uuid id = offers.start(24h);
  auto options = quick();
  options.poll = 1h;
  worker works{offers.run, {}, options};
  (void)offers.run.deliver_to(id, {.name = "hurry", .key = no_key});
  CHECK(eventually([&] { return offers.is_reminded(id); }));
}

TIMER_TEST_CASE("one that a worker holds can be moved all the same") {
  offers offers{database};
  const uuid id = offers.start(0ms);
  const auto claimed = offers.stored->claim(
      {.lanes = {{"nava.work:offer", 0, {}}}, .tasks_max = 1, .lease = 1h, .owner = "dead"});
  REQUIRE(claimed.tasks.size() == 1);
  (void)offers.run.deliver_to(id, {.name = "hurry", .key = no_key});
  worker works{offers.run, {}, quick()};
  CHECK(eventually([&] { return offers.is_reminded(id); }));
  CHECK(broken_promises(*offers.stored, id) == std::vector<std::string>{});
}

TIMER_TEST_CASE("handlers that take long hold up no time") {
  offers offers{database};
  std::atomic<bool> goes_on = false;
  auto options = quick();
  options.threads = 1;
  options.tasks_max = 2;
  worker works{offers.run,
               {{"slow",
                 [&](task_context&) {
                   while (!goes_on) std::this_thread::sleep_for(1ms);
                   return json::object{};
                 }}},
               options};
  const uuid busy = offers.start(24h);
  // More than it may hold.
  for (int i = 0; i < 3; ++i)
    (void)offers.run.deliver_to(busy, {.name = "take-long", .key = no_key});
  const uuid id = offers.start(1ms);
  CHECK(eventually([&] { return offers.is_reminded(id); }));
  goes_on = true;
}

TIMER_TEST_CASE("a worker of other definitions leaves a time to those that have it") {
  offers offers{database};
  definition_builder other{"other", revision{1}};
  other.stage("s", "Stage");
  other.step("a", {.stage = "s"});
  runtime run{offers.stored, {other.build()}};
  worker stranger{run, {}, quick()};
  const uuid id = offers.start(0ms);
  worker works{offers.run, {}, quick()};
  CHECK(eventually([&] { return offers.is_reminded(id); }));
}

TIMER_TEST_CASE("a workflow expires, and its other timers with it") {
  offers offers{database};
  const uuid id = offers.start(24h, 20ms);
  worker works{offers.run, {}, quick()};
  CHECK(eventually(
      [&] { return offers.state(id).workflow.status == schema::workflow_status::cancelled; }));
  CHECK(offers.state(id).memory.output.at("lapsed") == true);
  CHECK(offers.state(id).tasks.empty());
  CHECK(broken_promises(*offers.stored, id) == std::vector<std::string>{});
}

TIMER_TEST_CASE("several workers run a time once") {
  offers offers{database};
  std::vector<uuid> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(offers.start(0ms));
  {
    worker first{offers.run, {}, quick()}, second{offers.run, {}, quick()};
    for (const uuid& id : ids) CHECK(eventually([&] { return offers.is_reminded(id); }));
  }
  for (const uuid& id : ids) {
    const auto events = offers.stored->history(id).value().events;
    CHECK(std::count_if(events.begin(), events.end(),
                        [](const auto& each) { return each.event_name == "nava.timer"; }) == 1);
  }
}
