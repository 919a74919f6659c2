// SPDX-License-Identifier: Apache-2.0
#include <future>
#include <latch>
#include <thread>

#include "support/claims.hpp"
#include "support/eventually.hpp"
#include "support/faulty_store.hpp"

using namespace nava;
using namespace nava::test;
using nava::deadline;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t connections = 4;

resource claim(int number) { return {"claim", std::to_string(number)}; }

event note(int claim_number, const std::string& key) {
  return {.name = "note", .resource = claim(claim_number), .key = key, .data = {{"seen", key}}};
}

// Claims of which another session holds some, and threads that deliver to those.
class held_claims {
 public:
  held_claims(int claims, int held) {
    database.options().connections_max = connections;
    stored = database.open();
    run = std::make_unique<runtime>(stored, std::vector{claim_builder().build()});
    for (int i = 0; i < claims; ++i) ids.push_back(run->start("claim", claim(i)).workflow_id);
    hold(held);
  }

  ~held_claims() { release(); }

  void deliver(const event& what) {
    call([this, what] { return run->deliver(what).at(0).result; });
  }

  void call(std::function<delivery()> act) {
    calls.push_back(std::async(std::launch::async, std::move(act)));
  }

  // The first of them.
  void hold(int claims) {
    holder->run("BEGIN");
    holder->run("SELECT FROM workflow WHERE cast(resource_id AS int) < " + std::to_string(claims) +
                " FOR UPDATE");
    is_held = true;
  }

  void release() {
    if (is_held) holder->run("ROLLBACK");
    is_held = false;
  }

  [[nodiscard]] bool nobody_has_returned() const {
    return std::ranges::all_of(
        calls, [](const auto& one) { return one.wait_for(0s) != std::future_status::ready; });
  }

  [[nodiscard]] std::string holder_process() const {
    return holder->value("SELECT pg_backend_pid()");
  }

  // Sessions of the database that wait for a lock at this moment.
  [[nodiscard]] int waiting_in_the_database() const {
    return std::stoi(observer->value(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = "
        "current_database() AND query LIKE '%" +
        database.schema() + "%'"));
  }

  postgresql_schema database;
  std::unique_ptr<raw_session> holder = database.raw(), observer = database.raw();
  std::shared_ptr<persistence::store> stored;
  std::unique_ptr<runtime> run;
  std::vector<uuid> ids;
  std::vector<std::future<delivery>> calls;
  bool is_held = true;
};

// Events on claim 1, while the calls on claim 0 wait, of which at most one does in the database.
void check_others_commit(held_claims& claims) {
  constexpr int others = 100;
  REQUIRE(eventually([&] { return claims.waiting_in_the_database() > 0; }));
  int most_waiting = 0;
  for (int i = 0; i < others; ++i) {
    CHECK(claims.run->deliver(note(1, "free-" + std::to_string(i))).at(0).result ==
          delivery::applied);
    most_waiting = std::max(most_waiting, claims.waiting_in_the_database());
  }
  CHECK(claims.nobody_has_returned());
  CHECK(most_waiting <= 1);
}

}  // namespace

TEST_CASE("waiting: callers of one workflow that is held let all others commit", "[timed]") {
  if (!postgresql_schema::available()) return;
  constexpr int callers = 12;
  held_claims claims{2, 1};
  for (int i = 0; i < callers; ++i) claims.deliver(note(0, "held-" + std::to_string(i)));
  check_others_commit(claims);
  claims.release();
  for (auto& each : claims.calls) CHECK(each.get() == delivery::applied);
  CHECK(decisions_on(*claims.stored, claims.ids[0]) == callers + 1);
}

TEST_CASE("waiting: commands on one workflow that is held let all others commit", "[timed]") {
  if (!postgresql_schema::available()) return;
  constexpr int callers = 12;
  for (const std::size_t cached : {0, 8}) {
    held_claims claims{2, 0};
    claims.release();
    claims.run = std::make_unique<runtime>(claims.stored, std::vector{claim_builder().build()},
                                           runtime_options{.cache_workflows = cached});
    claims.run->deliver(note(0, "first"));
    claims.hold(1);
    for (int i = 0; i < callers; ++i)
      claims.call([&] { return claims.run->cancel(claims.ids[0]).result; });
    check_others_commit(claims);
    claims.release();
    int cancelled = 0;
    for (auto& each : claims.calls) {
      try {
        const delivery result = each.get();
        CHECK(result == delivery::applied);
        ++cancelled;
      } catch (const refused&) {
        // It was cancelled already.
      }
    }
    CHECK(cancelled == 1);
  }
}

TEST_CASE("waiting: a command decides on what the calls before it left", "[timed]") {
  if (!postgresql_schema::available()) return;
  for (const std::size_t cached : {0, 8}) {
    held_claims claims{1, 0};
    claims.release();
    claims.run = std::make_unique<runtime>(claims.stored, std::vector{claim_builder().build()},
                                           runtime_options{.cache_workflows = cached});
    claims.run->deliver(note(0, "first"));
    claims.hold(1);
    claims.call([&] { return claims.run->pause(claims.ids[0]).result; });
    REQUIRE(eventually([&] { return claims.waiting_in_the_database() > 0; }));
    // An active workflow refuses it, and it is active until the pause is committed.
    claims.call([&] { return claims.run->resume(claims.ids[0]).result; });
    claims.release();
    for (auto& each : claims.calls) CHECK(each.get() == delivery::applied);
    CHECK(claims.stored->load(claims.ids[0], "", {}).value().state.workflow.status ==
          schema::workflow_status::active);
  }
}

TEST_CASE("waiting: many workflows that are held leave connections to the others", "[timed]") {
  if (!postgresql_schema::available()) return;
  constexpr int held = 24, others = 100;
  held_claims claims{held + 1, held};
  for (int i = 0; i < held; ++i) claims.deliver(note(i, "held"));
  REQUIRE(eventually([&] { return claims.waiting_in_the_database() > 0; }));
  for (int i = 0; i < others; ++i)
    CHECK(claims.run->deliver(note(held, "free-" + std::to_string(i))).at(0).result ==
          delivery::applied);
  CHECK(claims.nobody_has_returned());
  claims.release();
  for (auto& each : claims.calls) CHECK(each.get() == delivery::applied);
}

TEST_CASE("waiting: at the deadline a call names the workflow and who holds it", "[timed]") {
  if (!postgresql_schema::available()) return;
  held_claims claims{2, 1};
  const std::string id = schema::to_text(claims.ids[0]);
  const auto expect_named = [&](const nava::error& thrown) {
    CHECK(thrown.kind() == error_kind::contention);
    CHECK(thrown.sqlstate() == "55P03");
    CHECK_THAT(thrown.what(), Catch::Contains("workflow " + id + " is locked by process " +
                                              claims.holder_process() + " ("));
    CHECK_THAT(thrown.what(), Catch::Contains("idle in transaction since"));
  };
  auto limit = deadline::in(1500ms);
  expect_named(error_of([&] { claims.run->deliver(note(0, "n"), limit); }));
  CHECK(limit.has_passed());
  expect_named(
      error_of([&] { claims.run->cancel(claims.ids[0], {.limit = deadline::in(1500ms)}); }));
  expect_named(error_of([&] { claims.stored->erase(claims.ids[0], deadline::in(1500ms)); }));

  claims.release();
  claims.holder->run("BEGIN");
  claims.is_held = true;
  claims.holder->run("LOCK TABLE workflow IN SHARE ROW EXCLUSIVE MODE");
  expect_named(error_of([&] { claims.run->deliver(note(0, "n"), deadline::in(1500ms)); }));
  claims.release();
  CHECK(claims.run->deliver(note(0, "n")).at(0).result == delivery::applied);
  CHECK(claims.stored->erase(claims.ids[0]));
}

TEST_CASE("waiting: who reads waits for a session that keeps the table to itself", "[timed]") {
  if (!postgresql_schema::available()) return;
  held_claims claims{1, 0};
  claims.release();
  claims.holder->run("BEGIN");
  claims.is_held = true;
  claims.holder->run("LOCK TABLE workflow IN ACCESS EXCLUSIVE MODE");
  auto listed =
      std::async(std::launch::async, [&] { return claims.stored->list({}).workflows.size(); });
  auto loaded = std::async(std::launch::async,
                           [&] { return claims.stored->load(claims.ids[0]).has_value(); });
  REQUIRE(eventually([&] { return claims.waiting_in_the_database() > 0; }));
  CHECK(listed.wait_for(0s) != std::future_status::ready);
  claims.release();
  CHECK(listed.get() == 1);
  CHECK(loaded.get());
}

RUNTIME_TEST_CASE("a call that has no time left is no call for a workflow that is not there") {
  const std::shared_ptr stored{database.open()};
  runtime run{stored, {claim_builder().build()}};
  const uuid id = run.start("claim", claim(0)).workflow_id;
  const auto late = deadline::in(0ms);
  CHECK(error_of([&] { run.deliver(note(0, "n"), late); }).kind() == error_kind::contention);
  CHECK(error_of([&] { run.cancel(id, {.limit = late}); }).kind() == error_kind::contention);
  CHECK(run.deliver(note(0, "n")).at(0).result == delivery::applied);
}

TEST_CASE("waiting: an earlier call that waits for a lock uses up the time of those behind it",
          "[timed]") {
  if (!postgresql_schema::available()) return;
  held_claims claims{1, 1};
  claims.deliver(note(0, "first"));
  REQUIRE(eventually([&] { return claims.waiting_in_the_database() > 0; }));
  const auto thrown =
      error_of([&] { claims.run->deliver(note(0, "second"), deadline::in(100ms)); });
  CHECK(thrown.kind() == error_kind::contention);
  CHECK_THAT(thrown.what(), Catch::StartsWith("claim/0: earlier calls"));
  claims.release();
  CHECK(claims.calls[0].get() == delivery::applied);
}

TEST_CASE("waiting: a purge waits for the one workflow of which a child is held, and goes on",
          "[timed]") {
  if (!postgresql_schema::available()) return;
  held_claims claims{3, 0};
  claims.release();
  for (const uuid& id : claims.ids) claims.run->cancel(id);
  claims.holder->run("BEGIN");
  claims.is_held = true;
  claims.holder->run("UPDATE workflow_step SET title = 'held' WHERE workflow_id = '" +
                     schema::to_text(claims.ids[1]) + "'");
  auto purged = std::async(std::launch::async, [&] { return claims.stored->purge({}).workflows; });
  REQUIRE(eventually([&] {
    return claims.observer->value("SELECT count(*) FROM workflow") == "2" &&
           claims.waiting_in_the_database() > 0;
  }));
  claims.release();
  CHECK(purged.get() == 3);
}

RUNTIME_TEST_CASE("decisions of one process on one workflow are made in turn, none in vain") {
  constexpr int threads = 8, decisions_each = 10;
  const auto counting = std::make_shared<faulty_store>(std::shared_ptr{database.open()});
  runtime run{counting, {claim_builder().build()}};
  const uuid id = run.start("claim", claim(0)).workflow_id;
  counting->reset();
  std::latch start{threads};
  {
    std::vector<std::jthread> all;
    for (int t = 0; t < threads; ++t)
      all.emplace_back([&, t] {
        start.arrive_and_wait();
        for (int i = 0; i < decisions_each; ++i)
          run.deliver(note(0, std::to_string(t) + "-" + std::to_string(i)));
      });
  }
  constexpr std::size_t calls_of_a_decision = 2;
  CHECK(counting->calls() == threads * decisions_each * calls_of_a_decision);
  CHECK(decisions_on(*counting, id) == threads * decisions_each + 1);
}

RUNTIME_TEST_CASE("a handler may call its runtime for its own workflow") {
  const std::shared_ptr stored{database.open()};
  std::unique_ptr<runtime> run;
  bool has_called = false;
  definition_builder calling{"calling", revision{1}};
  calling.stage("review", "Review").step("ask", {.stage = "review"});
  calling.on("outer", [&](workflow_context& workflow, const event& happened) {
    if (!std::exchange(has_called, true))
      run->deliver({.name = "inner", .resource = happened.resource, .key = "inner"});
    workflow.message("outer");
  });
  calling.on("inner", [](workflow_context& workflow, const event&) { workflow.message("inner"); });
  run = std::make_unique<runtime>(stored, std::vector{calling.build()});
  const uuid id = run->start("calling", claim(0)).workflow_id;
  run->deliver({.name = "outer", .resource = claim(0), .key = "outer"});
  CHECK(names_of(stored->history(id).value()) ==
        std::vector<std::string>{"nava.start", "inner", "outer"});
}

TEST_CASE("waiting: sqlite: a writer that holds the file ends a call at its deadline, not later",
          "[timed]") {
  sqlite_file database;
  const std::shared_ptr stored{database.open()};
  runtime run{stored, {claim_builder().build()}};
  run.start("claim", claim(0));
  const auto blocker = database.raw();
  blocker->run("BEGIN IMMEDIATE");
  const auto limit = deadline::in(200ms);
  const auto thrown = error_of([&] { run.deliver(note(0, "n"), limit); });
  CHECK(thrown.kind() == error_kind::contention);
  CHECK_THAT(thrown.what(), Catch::StartsWith("claim/0: workflow "));
  CHECK(limit.has_passed());
  blocker->run("ROLLBACK");
  CHECK(run.deliver(note(0, "n")).at(0).result == delivery::applied);
}
