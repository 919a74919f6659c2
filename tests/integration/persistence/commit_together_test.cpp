// SPDX-License-Identifier: Apache-2.0
#include <deque>
#include <future>
#include <nava/schema/text.hpp>

#include "persistence/sql_store.hpp"
#include "support/eventually.hpp"
#include "support/held_commits.hpp"
#include "support/stores.hpp"
#include "support/wire_tap.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

// Commits that a store on PostgreSQL has on their way at once.
constexpr std::uint64_t flights = 2;

unit_of_work second_of(std::uint64_t number) { return next_unit(first_unit(number)); }

// A store whose flights are all out, kept in the server, until release(): what is committed
// meanwhile waits.
class busy_store {
 public:
  explicit busy_store(std::uint64_t workflows, std::size_t joined_max = 32)
      : tap(postgresql_url()) {
    database.options().commits_joined_max = joined_max;
    // So that nobody loses patience before a test is over.
    database.options().connection_wait = std::chrono::hours{1};
    store = open_store(database_url{tap.url(), database.url().schema()}, database.options());
    for (std::uint64_t number = 1; number <= flights + workflows; ++number)
      REQUIRE(store->create(first_unit(number)) == commit_result::applied);
    REQUIRE(store->commit(second_of(flights + workflows)) == commit_result::applied);
    held = std::make_unique<held_commits>(database);
    for (std::uint64_t number = 1; number <= flights; ++number) {
      held->hold(first_unit(number).workflow.id);
      begin(second_of(number));
    }
    REQUIRE(eventually([&] { return held->staying() == flights; }));
    tap.reset();
  }
  ~busy_store() {
    if (held) held->let_all_go();
    for (auto& each : commits)
      if (each.valid()) each.wait();
  }

  std::future<commit_result>& commit(unit_of_work unit) {
    const std::size_t before = waiting();
    auto& begun = begin(std::move(unit));
    REQUIRE(eventually([&] { return waiting() > before; }));
    return begun;
  }

  // Lets one flight land. The next takes all that waits; two that land together might share it.
  void release() { held->let_go(first_unit(flights).workflow.id); }

  // A session that holds a workflow as long as it lives.
  std::unique_ptr<raw_session> hold(std::uint64_t number) {
    auto holder = database.raw();
    holder->run("BEGIN");
    holder->run("SELECT _id FROM workflow WHERE _id = '" +
                schema::to_text(first_unit(number).workflow.id) + "' FOR NO KEY UPDATE");
    return holder;
  }

  [[nodiscard]] std::int64_t revision_of(std::uint64_t number) {
    return store->load(first_unit(number).workflow.id).value().state.workflow.revision;
  }

  postgresql_schema database;
  wire_tap tap;
  std::unique_ptr<held_commits> held;
  std::unique_ptr<persistence::store> store;

  std::future<commit_result>& begin(unit_of_work unit) {
    units.push_back(std::move(unit));
    return commits.emplace_back(std::async(
        std::launch::async, [this, work = &units.back()] { return store->commit(*work); }));
  }
  [[nodiscard]] std::size_t waiting() const {
    return dynamic_cast<sql_store&>(*store).commits_waiting();
  }

 private:
  std::deque<unit_of_work> units;
  std::deque<std::future<commit_result>> commits;
};

}  // namespace

TEST_CASE("commits together: decisions that wait are one statement") {
  if (!postgresql_schema::available()) return;
  constexpr std::uint64_t decisions = 10;
  busy_store busy{decisions + 1};
  std::vector<std::future<commit_result>*> waiting;
  for (std::uint64_t number = flights + 1; number <= flights + decisions; ++number)
    waiting.push_back(&busy.commit(second_of(number)));
  busy.release();
  for (auto* each : waiting) CHECK(each->get() == commit_result::applied);
  // One prepares the statement, the other runs it.
  CHECK(busy.tap.round_trips() == 2);
  for (std::uint64_t number = flights + 1; number <= flights + decisions; ++number) {
    const auto loaded = busy.store->history(first_unit(number).workflow.id);
    expected_workflow expected;
    expected.apply(first_unit(number)).apply(second_of(number));
    CHECK(history_json(*loaded) == history_json(expected.history()));
  }
}

TEST_CASE("commits together: in a store that joins none nobody waits for another") {
  if (!postgresql_schema::available()) return;
  busy_store busy{1, 1};
  auto& free = busy.begin(second_of(flights + 1));
  CHECK(free.get() == commit_result::already_applied);
  CHECK(busy.waiting() == 0);
}

TEST_CASE("commits together: each is held to the revision it was made from, and to its event") {
  if (!postgresql_schema::available()) return;
  busy_store busy{5};
  constexpr std::uint64_t first = flights + 1;
  auto known = second_of(first + 3);
  known.events.front().event_key = "event-1";
  // Of the seq that is next, so that no unique key stands in for the revision.
  auto stale = second_of(first + 2);
  stale.read_revision = 7;
  stale.workflow.revision = 8;
  auto& one = busy.commit(second_of(first));
  auto& two = busy.commit(second_of(first + 1));
  auto& outdated = busy.commit(stale);
  auto& repeated = busy.commit(known);
  busy.release();
  CHECK(one.get() == commit_result::applied);
  CHECK(two.get() == commit_result::applied);
  CHECK(outdated.get() == commit_result::conflict);
  CHECK(repeated.get() == commit_result::conflict);
  for (const std::uint64_t number : {first, first + 1}) CHECK(busy.revision_of(number) == 2);
  for (const std::uint64_t number : {first + 2, first + 3}) CHECK(busy.revision_of(number) == 1);
}

TEST_CASE("commits together: a conflict and a bad row of one leave the others alone") {
  if (!postgresql_schema::available()) return;
  busy_store busy{5};
  constexpr std::uint64_t first = flights + 1;
  auto bad = second_of(first + 1);
  bad.steps.inserted.front().selector = first_unit(first + 1).steps.inserted.front().selector;
  auto known = second_of(first + 3);
  known.events.front().event_key = "event-1";
  auto& good = busy.commit(second_of(first));
  auto& broken = busy.commit(bad);
  auto& stale = busy.commit(next_unit(second_of(first + 2)));
  auto& repeated = busy.commit(known);
  busy.release();
  CHECK(good.get() == commit_result::applied);
  const error thrown = error_of([&] { (void)broken.get(); });
  CHECK(thrown.kind() == error_kind::unique);
  CHECK(thrown.constraint() == "uq_workflow_step_selector");
  CHECK(stale.get() == commit_result::conflict);
  CHECK(repeated.get() == commit_result::conflict);
  CHECK(busy.revision_of(first) == 2);
  for (const std::uint64_t number : {first + 1, first + 2, first + 3})
    CHECK(busy.revision_of(number) == 1);
}

TEST_CASE("commits together: a workflow that somebody holds keeps only its own decision waiting") {
  if (!postgresql_schema::available()) return;
  busy_store busy{4};
  constexpr std::uint64_t locked = flights + 2;
  auto other = busy.hold(locked);
  // The one who waits first leads the flight.
  const bool held_first = GENERATE(false, true);
  auto* held = held_first ? &busy.commit(second_of(locked)) : nullptr;
  auto& free = busy.commit(second_of(flights + 1));
  if (!held_first) held = &busy.commit(second_of(locked));
  busy.release();
  CHECK(free.get() == commit_result::applied);
  CHECK(held->wait_for(std::chrono::seconds{0}) != std::future_status::ready);
  other.reset();
  CHECK(held->get() == commit_result::applied);
}

TEST_CASE(
    "commits together: whoever is on a flight whose connection dies hears so, and may retry") {
  if (!postgresql_schema::available()) return;
  const auto cut = GENERATE(&wire_tap::cut_before_next_reply, &wire_tap::cut_before_next_request);
  busy_store busy{4};
  const auto one_unit = second_of(flights + 1), two_unit = second_of(flights + 2);
  auto& one = busy.commit(one_unit);
  auto& two = busy.commit(two_unit);
  (busy.tap.*cut)();
  busy.release();
  for (auto* each : {&one, &two})
    CHECK(error_of([&] { (void)each->get(); }).kind() == error_kind::outcome_unknown);
  CHECK(busy.store->commit(one_unit) != commit_result::conflict);
  CHECK(busy.store->commit(two_unit) != commit_result::conflict);
  CHECK(busy.revision_of(flights + 1) == 2);
  CHECK(busy.revision_of(flights + 2) == 2);
}
