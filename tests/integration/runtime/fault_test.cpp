// SPDX-License-Identifier: Apache-2.0
#include "support/claims.hpp"
#include "support/faulty_store.hpp"

using namespace nava;
using namespace nava::test;

namespace {

std::size_t keyed_events(const nava::workflow_history& history) {
  std::set<std::string> keys;
  for (const auto& row : history.events)
    if (row.event_key) keys.insert(*row.event_key);
  return keys.size();
}

class always_conflicting : public store_decorator {
 public:
  using store_decorator::store_decorator;
  commit_result commit(const nava::unit_of_work&, nava::deadline) override {
    ++tries;
    return commit_result::conflict;
  }
  int tries = 0;
};

// Its commits conflict; the load after two of them begins when the deadline of the call has passed.
class conflicting_until_late : public always_conflicting {
 public:
  using always_conflicting::always_conflicting;
  using always_conflicting::load;
  found<persistence::loaded_workflow> load(const uuid& id, std::string_view event_key,
                                           nava::deadline limit) override {
    if (tries > 1) std::this_thread::sleep_until(late.at());
    return always_conflicting::load(id, event_key, limit);
  }
  nava::deadline late{};
};

class always_lost : public store_decorator {
 public:
  using store_decorator::store_decorator;
  commit_result commit(const nava::unit_of_work&, nava::deadline) override {
    ++tries;
    throw error{kind, "on purpose"};
  }
  error_kind kind = error_kind::connection_lost;
  int tries = 0;
};

// The first commit is done but its reply is lost, and the server does not come back.
class gone_after_commit : public store_decorator {
 public:
  using store_decorator::store_decorator;
  commit_result commit(const nava::unit_of_work& unit, nava::deadline limit) override {
    if (tries++ > 0) throw error{error_kind::connection_lost, "on purpose"};
    (void)real().commit(unit, limit);
    throw error{error_kind::outcome_unknown, "on purpose"};
  }
  int tries = 0;
};

// What becomes of the first workflow nobody knows; the others are refused.
class unknown_for_the_first : public store_decorator {
 public:
  using store_decorator::store_decorator;
  commit_result commit(const nava::unit_of_work& unit, nava::deadline) override {
    const bool is_first = unit.workflow.id == first;
    throw error{is_first ? error_kind::outcome_unknown : error_kind::other, "on purpose"};
  }
  uuid first{};
};

// Time for some tries, on a busy machine too.
nava::deadline soon() { return nava::deadline::in(std::chrono::milliseconds{250}); }

}  // namespace

RUNTIME_TEST_CASE("a decision that always conflicts is given up at its deadline") {
  const auto stored = std::make_shared<always_conflicting>(std::shared_ptr{database.open()});
  claim_run claim{database, stored};
  const std::string before = claim.dump();
  const auto limit = soon();
  const auto thrown = error_of([&] { claim.run.deliver(yes(), limit); });
  CHECK(limit.has_passed());
  CHECK(thrown.kind() == error_kind::contention);
  CHECK_THAT(thrown.what(), Catch::Matchers::StartsWith("claim/1: others changed the workflow"));
  CHECK(stored->tries > 1);
  CHECK(claim.dump() == before);
}

RUNTIME_TEST_CASE("a deadline that passes between two tries does not hide what failed before") {
  const auto stored = std::make_shared<conflicting_until_late>(std::shared_ptr{database.open()});
  claim_run claim{database, stored};
  const auto limit = stored->late = nava::deadline::in(std::chrono::seconds{1});
  const auto thrown = error_of([&] { claim.run.deliver(yes(), limit); });
  CHECK(thrown.kind() == error_kind::contention);
  CHECK_THAT(thrown.what(), Catch::Matchers::StartsWith("claim/1: others changed the workflow"));
}

RUNTIME_TEST_CASE("only faults that may pass are tried again, and not for ever") {
  const auto stored = std::make_shared<always_lost>(std::shared_ptr{database.open()});
  claim_run claim{database, stored};
  const auto tries_for = [&](error_kind kind) {
    stored->kind = kind;
    stored->tries = 0;
    CHECK(error_of([&] { claim.run.deliver(yes(), soon()); }).kind() == kind);
    return stored->tries;
  };
  for (const auto kind :
       {error_kind::connection_lost, error_kind::outcome_unknown, error_kind::contention})
    CHECK(tries_for(kind) > 1);
  for (const auto kind : {error_kind::unique, error_kind::foreign_key, error_kind::check,
                          error_kind::invalid_input, error_kind::not_found, error_kind::other})
    CHECK(tries_for(kind) == 1);
}

RUNTIME_TEST_CASE("a later failure does not hide that the outcome of an earlier one is unknown") {
  const auto stored = std::make_shared<unknown_for_the_first>(std::shared_ptr{database.open()});
  runtime run{stored, {claim_builder("audit").build(), claim_builder("claim").build()}};
  stored->first = run.start("audit", claim_1).workflow_id;
  run.start("claim", claim_1);
  CHECK(error_of([&] { run.deliver(happened("note", "n-1"), soon()); }).kind() ==
        error_kind::outcome_unknown);
}

RUNTIME_TEST_CASE("a commit of unknown outcome is never reported as not done") {
  const auto stored = std::make_shared<gone_after_commit>(std::shared_ptr{database.open()});
  claim_run claim{database, stored};
  CHECK(error_of([&] { claim.run.deliver(yes(), soon()); }).kind() == error_kind::outcome_unknown);
  CHECK(stored->tries > 1);
  CHECK(count_named(claim.history(), "answer") == 1);
}

namespace {

// One to start; to load and to commit for each of four decisions.
constexpr std::size_t scenario_calls = 9;

// Start, three events and a cancel, each at a time of its own.
class fault_scenario {
 public:
  explicit fault_scenario(test_database& database, std::size_t cache_workflows = 0)
      : faulty(std::make_shared<faulty_store>(std::shared_ptr{database.open()})),
        run_(faulty, {claim_builder().build()},
             {.clock = [this] { return now_; }, .cache_workflows = cache_workflows}) {}

  uuid play() {
    now_ = instant(0);
    const uuid id = run_.start("claim", claim_1, {{"amount", 120}}).workflow_id;
    for (const event& each : {happened("note", "n-1", {{"seen", true}}), yes(),
                              happened("bill", "b-1", {{"cents", 12000}})}) {
      now_ += std::chrono::seconds{1};
      run_.deliver(each);
    }
    now_ += std::chrono::seconds{1};
    run_.cancel(id, {.reason = "void"});
    return id;
  }

  /// What the scenario leaves, which is removed.
  std::string play_and_erase() {
    const uuid id = play();
    const std::string left = without_ids(*faulty, id);
    CHECK(broken_promises(*faulty, id).empty());
    CHECK(faulty->list({}).workflows.size() == 1);
    CHECK(faulty->erase(id));
    return left;
  }

  std::shared_ptr<faulty_store> faulty;

 private:
  timestamp now_{};
  runtime run_;
};

}  // namespace

RUNTIME_TEST_CASE("a fault of any call leaves the same rows as no fault") {
  fault_scenario scenario{database};
  scenario.faulty->reset();
  const uuid id = scenario.play();
  const std::size_t calls = scenario.faulty->calls();
  CHECK(calls == scenario_calls);
  const std::string undisturbed = without_ids(*scenario.faulty, id);
  CHECK(names_of(scenario.faulty->history(id).value()) ==
        std::vector<std::string>{"nava.start", "note", "answer", "bill", "nava.cancel"});
  REQUIRE(scenario.faulty->erase(id));

  for (std::size_t i = 1; i <= calls; ++i)
    for (const fault kind : {fault::before, fault::after}) {
      CAPTURE(i, kind == fault::after);
      scenario.faulty->reset();
      scenario.faulty->fail_call(i, kind);
      CHECK(scenario.play_and_erase() == undisturbed);
    }
}

RUNTIME_TEST_CASE("faults of any two calls leave the same rows with a cache") {
  // Start, three events and a cancel, each of one call; a call that fails may add two.
  constexpr std::size_t cached_calls = 5;
  fault_scenario scenario{database, 10};
  scenario.faulty->reset();
  const uuid id = scenario.play();
  CHECK(scenario.faulty->calls() == cached_calls);
  const std::string undisturbed = without_ids(*scenario.faulty, id);
  REQUIRE(scenario.faulty->erase(id));
  for (std::size_t i = 1; i <= cached_calls; ++i)
    for (std::size_t j = i + 1; j <= i + 3; ++j)
      for (const fault first : {fault::before, fault::after})
        for (const fault second : {fault::before, fault::after}) {
          CAPTURE(i, j, first == fault::after, second == fault::after);
          scenario.faulty->reset();
          scenario.faulty->fail_call(i, first);
          scenario.faulty->fail_call(j, second);
          const uuid again = scenario.play();
          scenario.faulty->reset();
          CHECK(without_ids(*scenario.faulty, again) == undisturbed);
          CHECK(broken_promises(*scenario.faulty, again).empty());
          REQUIRE(scenario.faulty->erase(again));
        }
}

RUNTIME_TEST_CASE("a rival before any call costs no event of a runtime that caches") {
  fault_scenario scenario{database, 10};
  runtime rival{scenario.faulty, {claim_builder().build()}};
  for (std::size_t i = 2; i <= 5; ++i) {
    CAPTURE(i);
    scenario.faulty->reset();
    scenario.faulty->before_call(i, [&] { rival.deliver(happened("note", "rival")); });
    const uuid id = scenario.play();
    const auto history = scenario.faulty->history(id).value();
    CHECK(keyed_events(history) == 4);
    CHECK(history.events.size() == 6);
    CHECK(broken_promises(*scenario.faulty, id).empty());
    REQUIRE(scenario.faulty->erase(id));
  }
}

RUNTIME_TEST_CASE("a fault of any call and of the one that tries it again changes nothing") {
  fault_scenario scenario{database};
  scenario.faulty->reset();
  const std::string undisturbed = scenario.play_and_erase();
  for (std::size_t i = 1; i <= scenario_calls; ++i)
    for (const fault first : {fault::before, fault::after})
      for (const fault second : {fault::before, fault::after}) {
        CAPTURE(i, first == fault::after, second == fault::after);
        scenario.faulty->reset();
        scenario.faulty->fail_call(i, first);
        scenario.faulty->fail_call(i + 1, second);
        CHECK(scenario.play_and_erase() == undisturbed);
      }
}

RUNTIME_TEST_CASE("a rival before any call costs no event") {
  fault_scenario scenario{database};
  runtime rival{scenario.faulty, {claim_builder().build()}};
  scenario.faulty->reset();
  REQUIRE_FALSE(scenario.play_and_erase().empty());
  // Before the first call there is no workflow that a rival could move; after the last, no end.
  for (std::size_t i = 2; i <= scenario_calls; ++i) {
    CAPTURE(i);
    scenario.faulty->reset();
    scenario.faulty->before_call(i, [&] { rival.deliver(happened("note", "rival")); });
    const uuid id = scenario.play();
    const auto history = scenario.faulty->history(id).value();
    CHECK(keyed_events(history) == 4);
    CHECK(history.events.size() == 6);
    CHECK(broken_promises(*scenario.faulty, id).empty());
    REQUIRE(scenario.faulty->erase(id));
  }
}

RUNTIME_TEST_CASE("a fault while definitions are registered is thrown and can be repeated") {
  for (const fault kind : {fault::before, fault::after}) {
    const auto faulty = std::make_shared<faulty_store>(std::shared_ptr{database.open()});
    faulty->fail_call(1, kind);
    const auto thrown = error_of([&] { runtime{faulty, {claim_builder().build()}}; });
    CHECK(thrown.may_retry());
    CHECK_NOTHROW(runtime{faulty, {claim_builder().build()}});
  }
}

TEST_CASE("runtime: rows that were tampered with break the promises they belong to", "[runtime]") {
  const std::vector<std::pair<std::string, std::string>> tamperings{
      {"DELETE FROM workflow_message", "no row has seq"},
      {"UPDATE workflow SET last_seq = last_seq + 1", "no row has seq"},
      {"DELETE FROM workflow_event WHERE event_name = 'note'", "the revision tells of"},
      {"UPDATE workflow SET revision = revision + 1", "the revision tells of"},
      {"UPDATE workflow_event SET transaction_id = workflow_id", "the decision has another event"},
  };
  const std::vector<std::pair<std::string, std::string>> replayed{
      {"UPDATE workflow SET progress = 1", "workflow "},
      {"UPDATE workflow_step SET stm_state = 'REFUSED'", "workflow_step "},
      {"UPDATE workflow_stage SET \"order\" = 7", "workflow_stage "},
      {"DELETE FROM workflow_participant", "workflow_participant "},
      {"UPDATE workflow_memory SET params = '{}'", "workflow_memory "},
      {"UPDATE workflow_task SET status = 'RUNNING'", "workflow_task "},
      {"DELETE FROM workflow_mutation WHERE name = 'set-memory'", "workflow_memory "}};
  const auto broken_after = [](const std::string& sql) {
    sqlite_file database;
    claim_run claim{database};
    claim.deliver(happened("note", "n", {{"seen", true}}));
    CHECK(broken_promises(*claim.stored, claim.id).empty());
    database.raw()->run(sql);
    return broken_promises(*claim.stored, claim.id);
  };
  for (const auto& [sql, promise] : tamperings) {
    CAPTURE(sql);
    CHECK(std::ranges::any_of(broken_after(sql), [&](const std::string& line) {
      return line.find(promise) != std::string::npos;
    }));
  }
  for (const auto& [sql, table] : replayed) {
    CAPTURE(sql);
    CHECK(std::ranges::any_of(broken_after(sql),
                              [&](const std::string& line) { return line.starts_with(table); }));
  }
}
