// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>
#include <nava/testing.hpp>

#include "support/engine_case.hpp"
#include "support/eventually.hpp"
#include "support/key_rings.hpp"
#include "support/replayed.hpp"

using namespace nava;
using namespace nava::test;
using namespace nava::testing;
using namespace std::chrono_literals;

#define SCHEDULE_TEST_CASE(NAME)                                                               \
  ENGINE_TEST_CASE("schedules: " NAME, "[schedules]", sqlite_memory, sqlite_file, sealed_file, \
                   postgresql_kept, partitioned_kept)

namespace {

using lines = std::vector<std::string>;

// A report that is open until somebody reads it, and a shop that counts its openings.
definition report() {
  definition_builder report{"report", revision{1}};
  report.stage("s", "Stage");
  report.step("reading", {.stage = "s"}).on("read", [](step_context& step, const event&) {
    step.finish();
  });
  report.on_started([](workflow_context& on) { on.add_step("reading"); });
  return report.build();
}

definition shop() {
  definition_builder shop{"shop", revision{1}};
  shop.stage("s", "Stage");
  shop.step("open", {.stage = "s"}).on("open-up", [](step_context& step, const event& opened) {
    const json::value so_far = step.recall("days");
    step.memorize(
        {{"days", so_far.is_null() ? 1 : so_far.as_int64() + 1}, {"by", opened.data.at("by")}});
  });
  shop.on_started([](workflow_context& on) { on.add_step("open"); });
  return shop.build();
}

const scheduled_start reports{"report", "sales", {{"format", "pdf"}}};
const schedule_spec daily = schedule_spec::cron("0 6 * * *");

class clockwork {
 public:
  clockwork() : engine({report(), shop()}), all(engine.runtime()) {}

  // The days of the reports, and their statuses.
  lines found() {
    lines made;
    for (const auto& row : engine.runtime().store().list({.wfdef_key = "report"}).workflows)
      made.push_back(row.resource_id + " " + std::string{to_text(row.status)});
    return made;
  }

  void read_all() {
    for (const auto& row :
         engine.runtime()
             .store()
             .list({.wfdef_key = "report", .statuses = {schema::workflow_status::active}})
             .workflows)
      (void)engine.runtime().deliver_to(row.id, {.name = "read", .key = no_key});
  }

  // A week in which nobody looks: the clock moves, and nothing runs.
  void sleep(std::chrono::microseconds by) {
    engine.run_due();
    engine.skip(by);
  }

  test_engine engine;
  schedules all;
};

template <class Call>
std::string refusal_of(Call&& call) {
  try {
    call();
  } catch (const std::exception& thrown) {
    return thrown.what();
  }
  return "";
}

}  // namespace

SCHEDULE_TEST_CASE("each tick starts one workflow, however many workers there are") {
  const std::shared_ptr<persistence::store> stored = database.open();
  runtime run{stored, {report()}}, other{stored, {report()}};
  const worker_options quick{.name = "w", .threads = 2, .poll = 20ms};
  schedules{run}.set("each-second", schedule_spec::every(1s, timestamp{}), reports,
                     {.overlapping = overlap::allow});
  std::vector<schema::workflow> rows;
  {
    worker works{run, {}, quick}, works_too{other, {}, quick};
    CHECK(eventually([&] {
      rows = stored->list({.wfdef_key = "report"}).workflows;
      return rows.size() >= 3;
    }));
  }
  const auto state = schedules{run}.find("each-second");
  REQUIRE(state);
  CHECK(state->last_tick);
  CHECK(state->next_ticks.size() == 5);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto tick = [&](std::size_t at) {
      const std::string& id = rows[at].resource_id;
      return schema::parse_timestamp(id.substr(id.find('/') + 1)).value();
    };
    CHECK(tick(i) - tick(i - 1) == 1s);
  }
  const auto schedule = stored->load(resource{"nava.schedule", "each-second"});
  CHECK(broken_promises(*stored, schedule.front().state.workflow.id) == lines{});
  // Ticks leave nothing behind but what they start.
  CHECK(stored->history(schedule.front().state.workflow.id).value().events.size() == 1);
}

TEST_CASE("schedules: a cron expression runs at its times", "[schedules]") {
  clockwork clock;
  clock.all.set("morning", daily, reports, {.overlapping = overlap::allow});
  clock.engine.advance(3 * 24h);
  CHECK(clock.found() == lines{"morning/2026-01-02T06:00:00.000000Z ACTIVE",
                               "morning/2026-01-03T06:00:00.000000Z ACTIVE",
                               "morning/2026-01-04T06:00:00.000000Z ACTIVE"});
  const auto state = clock.all.find("morning");
  REQUIRE(state);
  CHECK(schema::to_text(*state->last_tick) == "2026-01-04T06:00:00.000000Z");
  CHECK(schema::to_text(state->next_ticks.at(4)) == "2026-01-09T06:00:00.000000Z");
  CHECK(std::get<scheduled_start>(state->work).params.at("format") == "pdf");
}

TEST_CASE("schedules: an event is delivered at each tick, once", "[schedules]") {
  clockwork clock;
  const uuid id = clock.engine.runtime().start("shop", {"shop", "1"}).workflow_id;
  clock.all.set("opening", daily, scheduled_event{"open-up", {"shop", "1"}, {{"by", "clock"}}});
  clock.engine.advance(5 * 24h);
  const auto memory = clock.engine.runtime().store().load(id).value().state.steps.at(0).memory;
  CHECK(memory.at("days") == 5);
  CHECK(memory.at("by") == "clock");
}

TEST_CASE("schedules: overlap", "[schedules]") {
  clockwork clock;
  SECTION("skip leaves out ticks while a run goes on") {
    clock.all.set("r", daily, reports);
    clock.engine.advance(2 * 24h);
    CHECK(clock.found().size() == 1);
    clock.read_all();
    clock.engine.advance(24h);
    CHECK(clock.found() ==
          lines{"r/2026-01-02T06:00:00.000000Z COMPLETED", "r/2026-01-04T06:00:00.000000Z ACTIVE"});
  }
  SECTION("buffer_one starts one when the run has ended") {
    clock.all.set("r", daily, reports, {.overlapping = overlap::buffer_one});
    // Looks at a run that takes long are few.
    CHECK(clock.engine.advance(3 * 24h) < 500);
    CHECK(clock.found().size() == 1);
    clock.read_all();
    clock.engine.advance(10min);
    CHECK(clock.found() ==
          lines{"r/2026-01-02T06:00:00.000000Z COMPLETED", "r/2026-01-03T06:00:00.000000Z ACTIVE"});
  }
  SECTION("cancel_other cancels the run") {
    clock.all.set("r", daily, reports, {.overlapping = overlap::cancel_other});
    clock.engine.advance(2 * 24h);
    CHECK(clock.found() ==
          lines{"r/2026-01-02T06:00:00.000000Z CANCELLED", "r/2026-01-03T06:00:00.000000Z ACTIVE"});
  }
}

TEST_CASE("schedules: ticks that were missed while nothing ran", "[schedules]") {
  clockwork clock;
  schedule_options options{.overlapping = overlap::allow};
  SECTION("one stands for all") {
    options.missed = missed_ticks::one;
    clock.all.set("r", daily, reports, options);
    clock.sleep(7 * 24h);
    clock.engine.run_due();
    CHECK(clock.found() == lines{"r/2026-01-08T06:00:00.000000Z ACTIVE"});
  }
  SECTION("all, up to a bound") {
    options.missed = missed_ticks::all;
    options.missed_max = 3;
    clock.all.set("r", daily, reports, options);
    clock.sleep(7 * 24h);
    clock.engine.run_due();
    CHECK(clock.found() == lines{"r/2026-01-06T06:00:00.000000Z ACTIVE",
                                 "r/2026-01-07T06:00:00.000000Z ACTIVE",
                                 "r/2026-01-08T06:00:00.000000Z ACTIVE"});
  }
  SECTION("none that is too late") {
    options.missed = missed_ticks::skip;
    clock.all.set("r", daily, reports, options);
    clock.sleep(7 * 24h);
    clock.engine.run_due();
    CHECK(clock.found() == lines{});
  }
  clock.engine.advance(24h);
  CHECK(clock.found().back() == "r/2026-01-09T06:00:00.000000Z ACTIVE");
}

TEST_CASE("schedules: they are paused, resumed, triggered, changed and removed", "[schedules]") {
  clockwork clock;
  clock.all.set("r", daily, reports, {.missed = missed_ticks::skip, .overlapping = overlap::allow});
  SECTION("paused and resumed") {
    clock.all.pause("r");
    CHECK(clock.all.find("r")->is_paused);
    clock.sleep(18h - 1min);
    clock.engine.advance(2min);
    clock.sleep(2 * 24h + 1h);
    CHECK(clock.found() == lines{});
    clock.all.resume("r");
    clock.engine.advance(24h);
    CHECK(clock.found() == lines{"r/2026-01-05T06:00:00.000000Z ACTIVE"});
  }
  SECTION("triggered") {
    clock.all.trigger("r");
    clock.engine.run_due();
    CHECK(clock.found().size() == 1);
    clock.engine.advance(24h);
    CHECK(clock.found().size() == 2);
  }
  SECTION("changed while it runs") {
    clock.engine.advance(24h);
    clock.all.set("r", schedule_spec::cron("30 12 * * *"), reports,
                  {.overlapping = overlap::allow});
    clock.engine.advance(24h);
    CHECK(clock.found() ==
          lines{"r/2026-01-02T06:00:00.000000Z ACTIVE", "r/2026-01-02T12:30:00.000000Z ACTIVE"});
    CHECK(clock.all.list().size() == 1);
    CHECK(clock.all.find("r")->spec.text() == "cron 30 12 * * * in UTC");
  }
  SECTION("removed") {
    clock.engine.advance(24h);
    clock.all.remove("r");
    clock.engine.advance(3 * 24h);
    CHECK(clock.found().size() == 1);
    CHECK_FALSE(clock.all.find("r"));
    CHECK(clock.all.list().empty());
  }
}

TEST_CASE("schedules: what each status of a schedule allows", "[schedules]") {
  enum status { none, running, paused };
  struct expectation {
    const char* verb;
    void (schedules::*does)(std::string_view);
    std::string on_running, on_paused;
    status running_becomes, paused_becomes;
  };
  const std::string done;
  const expectation all[] = {
      {"pause", &schedules::pause, done, "pause is refused while the workflow is PAUSED", paused,
       paused},
      {"resume", &schedules::resume, "resume is refused while the workflow is ACTIVE", done,
       running, running},
      {"trigger", &schedules::trigger, done, done, running, paused},
      {"remove", &schedules::remove, done, done, none, none},
  };
  for (const status from : {none, running, paused})
    for (const expectation& each : all) {
      clockwork clock;
      if (from != none) clock.all.set("r", daily, reports);
      if (from == paused) clock.all.pause("r");
      CAPTURE(each.verb, from);
      const std::string refusal = refusal_of([&] { (clock.all.*each.does)("r"); });
      const std::string& expected = from == running ? each.on_running : each.on_paused;
      if (from == none)
        CHECK(refusal == "there is no schedule 'r'");
      else if (expected.empty())
        CHECK(refusal.empty());
      else
        CHECK_THAT(refusal, Catch::Contains(expected));
      const auto found = clock.all.find("r");
      const status becomes = !found ? none : found->is_paused ? paused : running;
      CHECK(becomes == (from == none      ? none
                        : from == running ? each.running_becomes
                                          : each.paused_becomes));
    }
}

TEST_CASE("schedules: a paused one that is triggered runs when it is resumed", "[schedules]") {
  clockwork clock;
  clock.all.set("r", daily, reports);
  clock.all.pause("r");
  clock.all.trigger("r");
  clock.engine.advance(1h);
  CHECK(clock.found().empty());
  clock.all.resume("r");
  clock.engine.advance(1h);
  CHECK(clock.found().size() == 1);
}

TEST_CASE("schedules: one of starts about resources without a name is refused", "[schedules]") {
  clockwork clock;
  CHECK_THAT(refusal_of([&] {
               clock.all.set("r", daily, scheduled_start{"report", ""});
             }),
             Catch::Contains("resources without a name"));
  CHECK_FALSE(clock.all.find("r"));
}

TEST_CASE("schedules: a tick that is refused is told, and the next one runs", "[schedules]") {
  clockwork clock;
  clock.all.set("opening", daily, scheduled_event{"open-up", {"shop", "1"}, {{"by", "clock"}}});
  clock.engine.advance(24h);
  CHECK(
      clock.all.find("opening")->last_error ==
      "2026-01-02T06:00:00.000000Z: event 'open-up' for shop/1 finds no workflow that handles it");
  const uuid id = clock.engine.runtime().start("shop", {"shop", "1"}).workflow_id;
  clock.engine.advance(24h);
  CHECK_FALSE(clock.all.find("opening")->last_error);
  CHECK(clock.engine.runtime().store().load(id).value().state.steps.at(0).memory.at("days") == 1);
}

TEST_CASE("schedules: a tick that takes long does not make the next one late", "[schedules]") {
  test_engine* running = nullptr;
  definition_builder slow{"slow", revision{1}};
  slow.stage("s", "Stage");
  slow.step("only", {.stage = "s"});
  slow.on_started([&](workflow_context& on) {
    on.add_step("only");
    running->skip(7min);
  });
  test_engine engine{{slow.build()}};
  running = &engine;
  schedules all{engine.runtime()};
  all.set("r", daily, scheduled_start{"slow", "x"});
  engine.advance(24h);
  const auto ticks = engine.runtime().store().list_tasks({.name = "nava.tick"});
  REQUIRE(ticks.size() == 1);
  CHECK(schema::to_text(*ticks.at(0).ts_due) == "2026-01-03T06:00:00.000000Z");
}

TEST_CASE("schedules: a tick whose hooks throw is told, and holds up no other", "[schedules]") {
  definition_builder broken{"broken", revision{1}};
  broken.stage("s", "Stage");
  broken.step("only", {.stage = "s"});
  int starts = 0;
  broken.on_started([&](workflow_context& on) {
    if (++starts == 1) throw std::runtime_error{"no paper"};
    on.add_step("only");
  });
  test_engine engine{{broken.build()}};
  auto& store = engine.runtime().store();
  schedules all{engine.runtime()};
  all.set("r", daily, scheduled_start{"broken", "sales"});
  engine.advance(24h);
  CHECK(all.find("r")->last_error == "2026-01-02T06:00:00.000000Z: no paper");
  engine.advance(24h);
  CHECK_FALSE(all.find("r")->last_error);
  CHECK(store.list({.wfdef_key = "broken"}).workflows.size() == 1);
  starts = 0;
  all.trigger("r");
  engine.run_due();
  const uuid schedule = store.list({.wfdef_key = "nava.schedule"}).workflows.front().id;
  const auto tasks = store.history(schedule).value().tasks;
  CHECK(std::count_if(tasks.begin(), tasks.end(), [](const auto& task) {
          return task.status == task_status::failed && task.error->ends_with(": no paper");
        }) == 1);
}

TEST_CASE("schedules: both changes of summer time", "[schedules]") {
  clockwork clock;
  clock.all.set("r", schedule_spec::cron("30 2 * * *", "Europe/Berlin"), reports,
                {.overlapping = overlap::allow});
  clock.sleep(86 * 24h);
  clock.engine.run_due();
  clock.engine.advance(3 * 24h);
  // 29 March 2026 has no 2:30; it runs at the end of the gap.
  CHECK(clock.found() ==
        lines{"r/2026-03-28T01:30:00.000000Z ACTIVE", "r/2026-03-29T01:00:00.000000Z ACTIVE",
              "r/2026-03-30T00:30:00.000000Z ACTIVE", "r/2026-03-31T00:30:00.000000Z ACTIVE"});
}

TEST_CASE("schedules: mistakes are told in one line, and nothing is stored", "[schedules]") {
  clockwork clock;
  CHECK(refusal_of([&] { clock.all.set("", daily, reports); }) ==
        "the name of a schedule has 1 to 200 bytes; this has 0");
  CHECK(refusal_of([&] {
          clock.all.set("r", daily, scheduled_start{"reprot", "x"});
        }) == "this runtime was given no definition 'reprot'");
  CHECK(refusal_of([&] { clock.all.set("r", daily, reports, {.missed_max = 0}); }) ==
        "schedule_options::missed_max is 0; 1 to 1000 are allowed");
  CHECK(refusal_of([&] { clock.all.pause("r"); }) == "there is no schedule 'r'");
  CHECK(refusal_of([&] { clock.all.trigger("r"); }) == "there is no schedule 'r'");
  CHECK(refusal_of([&] { clock.all.remove("r"); }) == "there is no schedule 'r'");
  CHECK(refusal_of([] {
          definition_builder own{"nava.schedule", revision{1}};
          own.stage("s", "S");
          own.step("a", {.stage = "s"});
          test_engine{{own.build()}};
        }) == "definition 'nava.schedule': names that begin with 'nava.' are the runtime's own");
  CHECK(clock.engine.runtime().store().list({}).workflows.empty());
}
