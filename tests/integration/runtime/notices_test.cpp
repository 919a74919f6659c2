// SPDX-License-Identifier: Apache-2.0
#include <future>
#include <nava/nava.hpp>

#include "persistence/log.hpp"
#include "runtime/notices/notice_exchange.hpp"
#include "support/engine_case.hpp"
#include "support/eventually.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;
using persistence::notice;

#define NOTICES_TEST_CASE(NAME) \
  ENGINE_TEST_CASE("notices: " NAME, "[worker]", postgresql_kept, partitioned_kept)

namespace {

definition letter() {
  definition_builder letter{"letter", revision{1}};
  letter.stage("s", "Stage");
  letter.step("answering", {.stage = "s"}).on("answered", [](step_context& step, const event&) {
    step.finish();
  });
  letter.on_started([](workflow_context& on) {
    on.add_step("answering");
    on.add_task("print");
  });
  return letter.build();
}

// Nobody finds anything by a poll within a test.
const worker_options no_poll{.name = "w", .threads = 1, .poll = 1h};
const inbox_options no_look{.name = "d", .threads = 1, .poll = 1h};

// Two processes: their stores share nothing.
struct two_processes {
  explicit two_processes(const test_database& database)
      : here(std::shared_ptr{database.open()}, {letter()}),
        there(std::shared_ptr{database.open()}, {letter()}) {}

  [[nodiscard]] bool are_no_tasks() { return here.store().list_tasks({}).empty(); }

  runtime here, there;
};

json::object printed(task_context&) { return {}; }

// How many sessions listen in the schema; `what` is done to each.
std::string listeners_in(const test_database& database, const std::string& what = "pid") {
  const std::string& schema = database.url().schema();
  return raw_postgresql(postgresql_url(), schema)
      ->value("SELECT count(" + what + ") FROM pg_stat_activity WHERE query LIKE 'LISTEN%" +
              schema + "%' AND pid <> pg_backend_pid()");
}

const notice of_mail{notice::subject::tasks, "mail"};
const notice of_events{notice::subject::events, {}};
const notice of_an_end{notice::subject::end, "a b"};

}  // namespace

NOTICES_TEST_CASE("a worker hears of tasks that another process stores") {
  two_processes both{database};
  const worker works{both.there, {{"print", printed}}, no_poll};
  for (const char* id : {"1", "2", "3"}) {
    (void)both.here.start("letter", {"letter", id});
    CHECK(eventually([&] { return both.are_no_tasks(); }));
  }
}

NOTICES_TEST_CASE("a drainer hears of events that another process stores") {
  two_processes both{database};
  const uuid id = both.here.start("letter", {"letter", "1"}).workflow_id;
  const inbox_drainer delivers{both.there, no_look};
  (void)both.here.publish({.name = "answered", .resource = {"letter", "1"}, .key = "a"});
  const auto ended = both.here.wait(id, deadline::in(20s));
  REQUIRE(ended);
  CHECK(ended->workflow.status == schema::workflow_status::completed);
}

NOTICES_TEST_CASE("who waits for a workflow hears of its end in another process") {
  two_processes both{database};
  const uuid id = both.here.start("letter", {"letter", "1"}).workflow_id;
  const auto commits = std::make_shared<commit_watch>();
  const auto tasks = std::make_shared<wake_signal>(), events = std::make_shared<wake_signal>();
  notice_exchange hears{std::shared_ptr{database.open()}, tasks, events, commits,
                        persistence::logger_or_default({})};
  commit_watch::watch watched{*commits, id};
  const auto before = tasks->raised();
  hears.hear_ends();
  // It raises all when it has begun to listen.
  REQUIRE(eventually([&] { return tasks->raised() != before; }));
  CHECK(watched.wait(deadline::in(20s)));
  (void)both.here.deliver({.name = "answered", .resource = {"letter", "1"}, .key = "a"});
  CHECK(watched.wait(deadline::in(20s)));
}

NOTICES_TEST_CASE("a wait begins to listen, and returns when the other process has ended it") {
  two_processes both{database};
  const uuid id = both.here.start("letter", {"letter", "1"}).workflow_id;
  // Those of earlier cases are gone.
  REQUIRE(eventually([&] { return listeners_in(database) == "0"; }));
  auto ended =
      std::async(std::launch::async, [&] { return both.there.wait(id, deadline::in(20s)); });
  CHECK(eventually([&] { return listeners_in(database) == "1"; }));
  (void)both.here.deliver({.name = "answered", .resource = {"letter", "1"}, .key = "a"});
  CHECK(ended.get());
}

NOTICES_TEST_CASE("a connection that is lost is made anew, and what was missed is looked for") {
  two_processes both{database};
  REQUIRE(eventually([&] { return listeners_in(database) == "0"; }));
  const worker works{both.there, {{"print", printed}}, no_poll};
  (void)both.here.start("letter", {"letter", "1"});
  REQUIRE(eventually([&] { return both.are_no_tasks(); }));
  REQUIRE(eventually([&] { return listeners_in(database, "pg_terminate_backend(pid)") == "1"; }));
  (void)both.here.start("letter", {"letter", "2"});
  CHECK(eventually([&] { return both.are_no_tasks(); }));
}

NOTICES_TEST_CASE("a listener hears others, in its schema, and not its own store") {
  const auto here = database.open(), there = database.open();
  REQUIRE(here->carries_notices());
  const auto listener = there->listen();
  const std::vector<notice> both{of_events, of_mail, of_an_end};
  there->tell(both);
  CHECK(listener->wait(deadline::in(50ms)).empty());
  here->tell(both);
  std::vector<notice> heard;
  while (heard.size() < both.size()) {
    const auto more = listener->wait(deadline::in(20s));
    REQUIRE_FALSE(more.empty());
    heard.insert(heard.end(), more.begin(), more.end());
  }
  CHECK(heard == both);
  listener->interrupt();
  CHECK(listener->wait(deadline::never()).empty());
}

TEST_CASE("notices: SQLite carries none, and nobody minds", "[worker]") {
  sqlite_file database;
  const auto store = database.open();
  CHECK_FALSE(store->carries_notices());
  store->tell({});
  CHECK_FALSE(store->listen());
}
