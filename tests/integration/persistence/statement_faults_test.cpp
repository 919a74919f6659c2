// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "support/claims.hpp"
#include "support/faulty_connection.hpp"
#include "support/instants.hpp"
#include "support/store_operations.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

// Of statements whose answer was not awaited.
struct unheard_statements {
  std::size_t all = 0, done = 0;
};

// Each fault of each statement of a call.
unheard_statements try_all(test_database& database, const store_operation& what) {
  const auto raw = raw_of(database);
  const auto faults = std::make_shared<fault_counter>();
  const auto on = open_with_faults(database, faults);
  disturbed_call call{what, *on, [&] { return without_instants(database.dump(*on)); }};
  const auto begin = [&] {
    faults->reset();
    delete_all_rows(database);
    what.prepare(*on);
    faults->reset();
  };
  begin();
  (void)what.call(*on);
  const std::size_t statements = faults->statements();
  CHECK(statements > 0);
  begin();
  call.learn();
  unheard_statements unheard;
  std::size_t given_up = 0;
  const auto over = [&] { given_up = faults->await_given_up(*raw); };
  for (std::size_t i = 1; i <= statements; ++i)
    for (const statement_fault how : statement_faults_of(database.url().backend())) {
      CAPTURE(what.name, i, static_cast<int>(how));
      begin();
      faults->fail(i, how);
      const auto ends = call.make(over);
      CHECK(faults->has_fired());
      unheard.all += given_up;
      if (given_up > 0 && ends == disturbed_call::end::failed_and_done) ++unheard.done;
      if (how != statement_fault::unheard) continue;
      begin();
      faults->fail(i, how);
      call.make_at_once(over);
    }
  return unheard;
}

}  // namespace

BACKEND_TEST_CASE(
    "persistence: a fault of any statement of a call is told as what it is, and "
    "the call can be made again",
    "[persistence]", sqlite_file, postgresql_kept) {
  (void)database.open();
  unheard_statements unheard;
  for (const store_operation& each : store_operations()) {
    const auto more = try_all(database, each);
    unheard.all += more.all;
    unheard.done += more.done;
  }
  if (database.url().backend() != backend::postgresql) return;
  CHECK(unheard.all > unheard.done);
  CHECK(unheard.done > 0);
}

BACKEND_TEST_CASE("persistence: a fault of any statement beside a tombstone", "[persistence]",
                  sqlite_file, postgresql_kept) {
  database.options().tombstones.keep_for = 24h;
  (void)database.open();
  for (const store_operation& each : store_operations())
    if (each.name == "create" || each.name.starts_with("erase") || each.name == "purge")
      (void)try_all(database, each);
}

BACKEND_TEST_CASE(
    "persistence: a fault of any statement leaves the rows that a runtime would have "
    "left without it",
    "[persistence]", sqlite_file, postgresql_kept) {
  (void)database.open();
  const auto faults = std::make_shared<fault_counter>();
  const std::shared_ptr stored = open_with_faults(database, faults);
  const auto beside = database.open();
  timestamp now = instant(0);
  runtime run{stored,
              {claim_builder().build()},
              {.clock = [&] { return now; },
               // A thread of its own sends what others are told.
               .tells_others = false}};
  const auto play = [&] {
    now = instant(0);
    const uuid id = run.start("claim", claim_1, {{"amount", 120}}).workflow_id;
    const auto tick = [&] { now += 1s; };
    for (const event& each : {note("n-1"), yes()}) tick(), run.deliver(each);
    const auto state = beside->load(id).value().state;
    const uuid payment = step_of(state, "payment").id;
    tick(), run.offer(id, payment, {.users = {"eva"}}, {.key = "offer"});
    tick(), run.claim(id, payment, {.user = "eva"}, {.key = "claim"});
    tick(), run.delegate(id, payment, "ada", {.key = "delegate"});
    tick(), run.comment(id, payment, "seen", {.actor = "ada", .key = "comment"});
    tick(), run.pause(id, {.key = "pause"});
    tick(), run.resume(id, {.key = "resume"});
    tick(), run.cancel_task(id, state.tasks.at(0).id, {.key = "task"});
    tick(), run.retry_task(id, state.tasks.at(0).id, {.key = "task again"});
    tick(), run.tag(id, "late", {.key = "tag"});
    tick(), run.place_legal_hold(id, "audit", {.key = "hold"});
    tick(), run.release_legal_hold(id, "audit", {.key = "release"});
    tick(), run.deliver_to(id, note("n-2"));
    tick(), run.cancel(id, {.reason = "void", .key = "cancel"});
    return id;
  };
  // The first has connections to make.
  REQUIRE(stored->erase(play()));
  faults->reset();
  uuid id = play();
  const std::size_t statements = faults->statements();
  const std::string undisturbed = without_ids(*stored, id);
  REQUIRE(stored->erase(id));
  // A file waits for its disk: there the fault alone of which nobody knows what was done.
  static constexpr std::array on_a_file{statement_fault::after};
  const auto all = statement_faults_of(database.url().backend());
  const auto kinds = database.url().backend() == backend::sqlite
                         ? std::span<const statement_fault>{on_a_file}
                         : all;
  for (std::size_t i = 1; i <= statements; ++i)
    for (const statement_fault how : kinds) {
      CAPTURE(i, static_cast<int>(how));
      faults->reset();
      faults->fail(i, how);
      id = play();
      CHECK(faults->has_fired());
      faults->reset();
      (void)faults->await_given_up(*raw_of(database));
      CHECK(without_ids(*stored, id) == undisturbed);
      CHECK(broken_promises(*stored, id).empty());
      REQUIRE(stored->erase(id));
    }
}
