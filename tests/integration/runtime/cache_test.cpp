// SPDX-License-Identifier: Apache-2.0
#include "support/claims.hpp"
#include "support/faulty_store.hpp"

using namespace nava;
using namespace nava::test;
using persistence::store;
using schema::workflow_status;

namespace {

// Calls of a store: what a cached workflow costs, what another does, and a cache that was wrong.
constexpr std::size_t warm = 1, cold = 2, outdated = 3;

// A runtime with a cache, whose calls are counted, beside one without on the same database.
class cached_and_rival {
 public:
  explicit cached_and_rival(test_database& database, std::vector<definition> definitions = claims(),
                            std::size_t cache_workflows = plenty)
      : stored(database.open()),
        // A second store on a database in memory would be another database.
        counted(std::make_shared<faulty_store>(
            database.url().in_memory() ? stored : std::shared_ptr{database.open()})),
        cached(counted, definitions, {.cache_workflows = cache_workflows}),
        rival(stored, definitions) {}

  static std::vector<definition> claims() { return {claim_builder().build()}; }

  /// Calls that the cached runtime makes to its store in `act`.
  template <class Act>
  std::size_t calls_of(Act act) {
    counted->reset();
    act();
    return counted->calls();
  }

  std::size_t calls_to_deliver(const event& what) {
    return calls_of([&] { CHECK(deliver(what) == delivery::applied); });
  }

  delivery deliver(const event& what) { return cached.deliver(what).at(0).result; }

  [[nodiscard]] nava::workflow_history history(const uuid& id) const {
    return stored->history(id).value();
  }

  std::shared_ptr<store> stored;
  std::shared_ptr<faulty_store> counted;
  runtime cached;
  runtime rival;
};

class not_ready : public std::runtime_error {
 public:
  not_ready() : std::runtime_error("not ready") {}
};

// Whose event `go` throws until its event `ready` has been.
definition getting_ready(on_exception policy) {
  definition_builder builder{"getting-ready", revision{1}};
  builder.when_a_handler_throws(policy);
  builder.stage("only", "Only");
  builder.step("go", {.stage = "only"}).on("go", [](step_context& step, const event&) {
    if (step.recall("ready").is_null()) throw not_ready{};
    step.finish();
  });
  builder.on("ready", [](workflow_context& workflow, const event&) {
    workflow.memorize({{"ready", true}});
  });
  builder.on_started([](workflow_context& workflow) { workflow.add_step("go"); });
  return builder.build();
}

// A second definition for the resource of a claim, which takes notes of its own.
definition audit() {
  definition_builder builder{"audit", revision{1}};
  builder.stage("review", "Review").step("ask", {.stage = "review"});
  builder.on("note", [](workflow_context& workflow, const event&) { workflow.message("audited"); });
  return builder.build();
}

// The n-th commit fails for good with an error of a kind that is not tried again.
class failing_commit : public store_decorator {
 public:
  using store_decorator::store_decorator;
  commit_result commit(const nava::unit_of_work& unit, nava::deadline limit) override {
    if (--until == 0) throw error{error_kind::check, "on purpose"};
    return real().commit(unit, limit);
  }
  int until = 0;
};

}  // namespace

RUNTIME_TEST_CASE("a cached workflow costs one call of the store, another one two") {
  cached_and_rival both{database};
  const uuid id = both.cached.start("claim", claim_1).workflow_id;
  CHECK(both.calls_to_deliver(note()) == warm);
  CHECK(both.calls_to_deliver(note("n-1")) == warm);
  CHECK(both.calls_of([&] { both.cached.pause(id); }) == warm);
  CHECK(both.calls_of([&] { both.cached.resume(id); }) == warm);

  cached_and_rival another{database, cached_and_rival::claims(), 0};
  if (database.url().in_memory()) another.cached.start("claim", claim_1);
  CHECK(another.calls_to_deliver(note()) == cold);
  CHECK(another.calls_to_deliver(note()) == cold);
  CHECK(broken_promises(*both.stored, id).empty());
}

RUNTIME_TEST_CASE("a workflow that another process started is loaded once and then cached") {
  cached_and_rival both{database};
  const uuid id = both.rival.start("claim", claim_1).workflow_id;
  CHECK(both.calls_to_deliver(note()) == cold);
  CHECK(both.calls_to_deliver(note()) == warm);
  both.rival.start("claim", {"claim", "2"});
  CHECK(both.calls_of([&] { both.cached.pause(id); }) == warm);
}

RUNTIME_TEST_CASE(
    "a decision on an outdated workflow is made again, and the cache is right after") {
  cached_and_rival both{database};
  const uuid id = both.cached.start("claim", claim_1).workflow_id;
  both.rival.deliver(happened("note", "rival", {{"by", "rival"}}));
  CHECK(both.calls_to_deliver(happened("note", "ours", {{"seen", true}})) == outdated);
  CHECK(both.calls_to_deliver(note()) == warm);
  both.rival.deliver(note());
  CHECK(both.calls_of([&] { both.cached.pause(id, {.reason = "wait"}); }) == outdated);
  CHECK(both.stored->load(id).value().state.memory.memory ==
        json::object{{"by", "rival"}, {"seen", true}});
  CHECK(both.history(id).events.size() == 6);
  CHECK(broken_promises(*both.stored, id).empty());
}

RUNTIME_TEST_CASE("what an outdated workflow refuses is asked of the stored one first") {
  cached_and_rival both{database};
  const uuid id = both.cached.start("claim", claim_1).workflow_id;
  both.cached.pause(id);
  both.rival.resume(id);
  CHECK(both.calls_to_deliver(yes()) == cold);

  const uuid other = both.cached.start("claim", {"claim", "2"}).workflow_id;
  both.cached.pause(other);
  both.rival.resume(other);
  CHECK(both.calls_of([&] { both.cached.pause(other); }) == cold);
}

RUNTIME_TEST_CASE(
    "what the stored workflow refuses too is refused after a load, and keeps nothing") {
  cached_and_rival both{database};
  const uuid id = both.cached.start("claim", claim_1).workflow_id;
  const std::string before = without_ids(*both.stored, id);
  CHECK(both.calls_of([&] {
    CHECK_THROWS_AS(both.cached.deliver(happened("overstep")), action_refused);
  }) == 1);
  CHECK(both.calls_of([&] { CHECK_THROWS_AS(both.cached.abort(id), action_refused); }) == 1);
  CHECK(without_ids(*both.stored, id) == before);
}

RUNTIME_TEST_CASE("a handler that throws on an outdated workflow runs again on the stored one") {
  cached_and_rival both{database, {getting_ready(on_exception::reject_event)}};
  const resource about{"thing", "1"};
  both.cached.start("getting-ready", about);
  const event go{.name = "go", .resource = about, .key = nava::no_key};
  CHECK(both.calls_of([&] { CHECK_THROWS_AS(both.cached.deliver(go), not_ready); }) == 1);
  both.cached.deliver({.name = "ready", .resource = about, .key = nava::no_key});
  CHECK(both.calls_to_deliver(go) == warm);

  const resource second{"thing", "2"};
  both.cached.start("getting-ready", second);
  both.rival.deliver({.name = "ready", .resource = second, .key = nava::no_key});
  CHECK(both.calls_to_deliver({.name = "go", .resource = second, .key = nava::no_key}) == cold);
}

RUNTIME_TEST_CASE("a handler that throws on an outdated workflow fails no step of the stored one") {
  cached_and_rival both{database, {getting_ready(on_exception::fail_step)}};
  const resource about{"thing", "1"};
  const uuid id = both.cached.start("getting-ready", about).workflow_id;
  both.rival.deliver({.name = "ready", .resource = about, .key = nava::no_key});
  CHECK(both.calls_to_deliver({.name = "go", .resource = about, .key = nava::no_key}) == outdated);
  CHECK(both.stored->load(id).value().state.workflow.status == workflow_status::completed);
  CHECK(both.history(id).messages.empty());
}

RUNTIME_TEST_CASE("an event is applied once, whatever of it the cache can know") {
  cached_and_rival both{database};
  const uuid id = both.cached.start("claim", claim_1).workflow_id;
  const auto deliver_again = [&](const event& what) {
    const std::string before = without_ids(*both.stored, id);
    CHECK(both.deliver(what) == delivery::already_applied);
    CHECK(without_ids(*both.stored, id) == before);
  };
  REQUIRE(both.deliver(note("by us")) == delivery::applied);
  deliver_again(note("by us"));
  both.cached.deliver(note());
  deliver_again(note("by us"));

  both.rival.deliver(note("by a rival, since"));
  deliver_again(note("by a rival, since"));
  both.cached.deliver(note());

  both.rival.deliver(note("by a rival, before"));
  both.cached.deliver(note());
  REQUIRE(both.calls_to_deliver(note()) == warm);
  deliver_again(note("by a rival, before"));
  REQUIRE(both.deliver(note("after all that")) == delivery::applied);
}

RUNTIME_TEST_CASE("an event that was applied and would be refused now is known, not refused") {
  cached_and_rival both{database};
  const uuid id = both.cached.start("claim", claim_1).workflow_id;
  REQUIRE(both.deliver(yes()) == delivery::applied);
  both.cached.deliver(note());
  CHECK(both.deliver(yes()) == delivery::already_applied);
  // It would fail its step, which is finished, or any that is open.
  both.cached.deliver(happened("paid", "p-1"));
  CHECK(both.deliver(yes()) == delivery::already_applied);
  CHECK(count_named(both.history(id), "answer") == 1);
}

RUNTIME_TEST_CASE("a finished workflow is not cached, and refuses events as it does without") {
  cached_and_rival both{database};
  const uuid id = both.cached.start("claim", claim_1).workflow_id;
  both.cached.cancel(id);
  CHECK(both.calls_of([&] { CHECK_THROWS_AS(both.deliver(note()), event_refused); }) == 1);
}

RUNTIME_TEST_CASE("an unknown outcome or a lost connection empties the cache, and once is once") {
  for (const fault kind : {fault::before, fault::after}) {
    cached_and_rival both{database};
    const resource about{"claim", kind == fault::before ? "1" : "2"};
    const resource beside{"claim", kind == fault::before ? "3" : "4"};
    const uuid id = both.cached.start("claim", about).workflow_id;
    both.cached.start("claim", beside);
    // Without a key, so that nothing but the unit itself tells that it was applied.
    event unkeyed = note();
    unkeyed.resource = about;
    both.counted->reset();
    both.counted->fail_call(1, kind);
    CHECK(both.deliver(unkeyed) == delivery::applied);
    CHECK(both.counted->calls() == 2);
    CHECK(count_named(both.history(id), "note") == 1);
    event other = note();
    other.resource = beside;
    CHECK(both.calls_to_deliver(other) == cold);
    CHECK(both.calls_to_deliver(other) == warm);
    // The state that it was decided on may be one that the server has lost.
    CHECK(both.calls_to_deliver(unkeyed) == cold);
  }
}

RUNTIME_TEST_CASE("what was decided on before the cache was emptied is not cached after") {
  const auto counted = std::make_shared<faulty_store>(std::shared_ptr{database.open()});
  std::function<void()> while_deciding;
  runtime run{
      counted,
      cached_and_rival::claims(),
      {.clock =
           [&] {
             if (const auto act = std::exchange(while_deciding, {})) act();
             return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
           },
       .cache_workflows = plenty}};
  run.start("claim", claim_1);
  run.start("claim", {"claim", "2"});
  const auto calls_of_a_note = [&] {
    counted->reset();
    run.deliver(note());
    return counted->calls();
  };
  REQUIRE(calls_of_a_note() == warm);
  while_deciding = [&] {
    event beside = note();
    beside.resource = {"claim", "2"};
    counted->fail_call(1, fault::before);
    run.deliver(beside);
  };
  counted->reset();
  run.deliver(note());
  REQUIRE(counted->calls() == 3);
  CHECK(calls_of_a_note() == cold);
  CHECK(calls_of_a_note() == warm);
}

RUNTIME_TEST_CASE("a commit that fails on a cached workflow is made again on a loaded one") {
  const auto failing = std::make_shared<failing_commit>(std::shared_ptr{database.open()});
  claim_run claim{database, failing, {.cache_workflows = plenty}};
  failing->until = 1;
  CHECK(claim.deliver(note()) == delivery::applied);
  CHECK(count_named(claim.history(), "note") == 1);

  claim.run.store().erase(claim.id);
  CHECK_THROWS_AS(claim.deliver(note()), event_refused);
}

RUNTIME_TEST_CASE("a workflow that was erased is gone, and another of its resource is found") {
  cached_and_rival both{database};
  const uuid first = both.cached.start("claim", claim_1).workflow_id;
  REQUIRE(both.cached.store().erase(first));
  CHECK_THROWS_AS(both.cached.deliver(note()), event_refused);
  CHECK(error_of([&] { both.cached.pause(first); }).kind() == error_kind::not_found);

  const uuid second = both.cached.start("claim", claim_1).workflow_id;
  REQUIRE(both.stored->erase(second));
  const uuid third = both.rival.start("claim", claim_1).workflow_id;
  CHECK(both.cached.deliver(note()).at(0).workflow_id == third);
  CHECK(both.calls_to_deliver(note()) == warm);
  CHECK(both.history(third).events.size() == 3);
}

RUNTIME_TEST_CASE("an event for two definitions reaches a workflow that the cache has never seen") {
  cached_and_rival both{database, {claim_builder().build(), audit()}};
  const uuid claim = both.cached.start("claim", claim_1).workflow_id;
  // The claim alone is not all that the event may be for.
  CHECK(both.calls_to_deliver(note()) == cold);
  const uuid checked = both.rival.start("audit", claim_1).workflow_id;
  CHECK(both.cached.deliver(note()).size() == 2);
  CHECK(both.calls_of([&] { CHECK(both.cached.deliver(note()).size() == 2); }) == 2 * warm);

  // One of two is outdated: it alone is decided again, though the event has no key.
  both.rival.pause(checked);
  CHECK(both.calls_of([&] { CHECK(both.cached.deliver(note()).size() == 2); }) == warm + outdated);
  CHECK(count_named(both.history(claim), "note") == 4);
  CHECK(count_named(both.history(checked), "note") == 3);
  // An event that one definition alone handles is for no other workflow.
  CHECK(both.calls_to_deliver(yes()) == warm);
}

RUNTIME_TEST_CASE(
    "a workflow whose revision does not handle an event is not taken for the answer") {
  definition_builder deaf{"claim", revision{1}};
  deaf.stage("review", "Review").step("ask", {.stage = "review"});
  deaf.on("cough", [](workflow_context& workflow, const event&) { workflow.message("cough"); });
  const std::shared_ptr stored{database.open()};
  runtime rival{stored, {deaf.build(), claim_builder("claim", 2).build()}};
  runtime former{stored, {deaf.build()}};
  runtime cached{
      stored, {deaf.build(), claim_builder("claim", 2).build()}, {.cache_workflows = plenty}};
  const uuid old = former.start("claim", claim_1).workflow_id;
  cached.deliver(happened("cough"));
  CHECK_THROWS_AS(cached.deliver(note()), event_refused);
  REQUIRE(stored->erase(old));
  const uuid newer = rival.start("claim", claim_1).workflow_id;
  CHECK(cached.deliver(note()).at(0).workflow_id == newer);
}

RUNTIME_TEST_CASE("the workflows used last are cached, as many as were asked for") {
  cached_and_rival both{database, cached_and_rival::claims(), 2};
  const auto note_for = [&](const char* id) {
    event what = note();
    what.resource = {"claim", id};
    return both.calls_to_deliver(what);
  };
  for (const char* id : {"1", "2", "3"}) both.cached.start("claim", {"claim", id});
  CHECK(note_for("2") == warm);
  CHECK(note_for("1") == cold);
  CHECK(note_for("2") == warm);
  CHECK(note_for("3") == cold);
  CHECK(note_for("2") == warm);
}
