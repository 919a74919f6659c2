// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <latch>
#include <nava/schema/text.hpp>
#include <thread>

#include "conformance/store_test_case.hpp"
#include "support/faulty_store.hpp"
#include "support/purge_units.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;
using status = schema::workflow_status;

namespace {

constexpr std::chrono::microseconds a_moment{1};

void create(store& store, const unit_of_work& unit) {
  REQUIRE(store.create(unit) == commit_result::applied);
}

bool is_there(store& store, std::uint64_t number) {
  return store.load(id_of(id_kind::workflow, number)).has_value();
}

// Workflows 1 to `count`, each finished a second after the one before.
void create_finished(store& store, std::uint64_t count) {
  for (std::uint64_t number = 1; number <= count; ++number)
    create(store, finished_unit(number, instant(static_cast<int>(number))));
}

std::vector<std::uint64_t> numbers_there(store& store, std::uint64_t count) {
  std::vector<std::uint64_t> there;
  for (std::uint64_t number = 1; number <= count; ++number)
    if (is_there(store, number)) there.push_back(number);
  return there;
}

error_kind refusal(store& store, const purge_policy& policy) {
  return error_of([&] { store.purge(policy, at(instant(1000))); }).kind();
}

}  // namespace

STORE_TEST_CASE("a purge deletes what finished long enough ago, and touches nothing else") {
  const auto store = database.open();
  create(*store, first_unit(1));
  create(*store, finished_unit(2, instant(900) + a_moment));
  create(*store, finished_unit(3, std::nullopt));
  create(*store, finished_unit(4, instant(1), status::active));
  create(*store, finished_unit(5, instant(1), status::paused));
  const std::string kept = database.dump(*store);

  create(*store, finished_unit(6, instant(900)));
  create(*store, finished_unit(7, instant(5), status::cancelled));
  const auto failed = finished_unit(8, instant(-1'000'000), status::failed);
  create(*store, failed);
  REQUIRE(store->commit(next_unit(failed)) == commit_result::applied);
  REQUIRE(database.dump(*store) != kept);

  const auto report = store->purge({.finished_for = 100s}, at(instant(1000)));
  CHECK(report.workflows == 3);
  CHECK(report.skipped == 0);
  CHECK(report.complete);
  CHECK_FALSE(report.next);
  CHECK(database.dump(*store) == kept);
  for (const std::uint64_t number : {6u, 7u, 8u})
    for (const auto& count : store->count_rows(id_of(id_kind::workflow, number)))
      CHECK(count.rows == 0);
  CHECK(store->purge({.finished_for = 100s}, at(instant(1000))).workflows == 0);
}

STORE_TEST_CASE("a purge takes only the statuses and the definition that it names") {
  const auto store = database.open();
  create(*store, finished_unit(1, instant(1), status::completed));
  create(*store, finished_unit(2, instant(2), status::cancelled));
  create(*store, finished_unit(3, instant(3), status::failed));
  auto other = finished_unit(4, instant(4), status::failed);
  other.workflow.wfdef_key = "other";
  create(*store, other);

  const auto later = at(instant(1000));
  CHECK(store->purge({.statuses = {status::completed}, .wfdef_key = "other"}, later).workflows ==
        0);
  CHECK(store->purge({.wfdef_key = "other"}, later).workflows == 1);
  CHECK(numbers_there(*store, 4) == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(store->purge({.statuses = {status::completed, status::failed}}, later).workflows == 2);
  CHECK(numbers_there(*store, 4) == std::vector<std::uint64_t>{2});
}

STORE_TEST_CASE("a purge with a limit takes the longest finished, and goes on after its end") {
  const auto store = database.open();
  create_finished(*store, 7);
  auto control = at(instant(1000));
  const purge_policy policy{.limit = 3, .batch_max = 2};
  const auto first = store->purge(policy, control);
  CHECK(first.workflows == 3);
  CHECK(first.batches == 2);
  CHECK_FALSE(first.complete);
  CHECK(first.next == purge_cursor{instant(3), id_of(id_kind::workflow, 3)});
  CHECK(numbers_there(*store, 7) == std::vector<std::uint64_t>{4, 5, 6, 7});

  // What lies before the end of an earlier call is passed by, and taken by a new one.
  create(*store, finished_unit(1, instant(1)));
  control.after = parse_purge_cursor(to_text(first.next.value()));
  REQUIRE(control.after == first.next);
  CHECK(store->purge(policy, control).workflows == 3);
  CHECK(numbers_there(*store, 7) == std::vector<std::uint64_t>{1, 7});
  const auto last = store->purge({}, at(instant(1000)));
  CHECK(last.workflows == 2);
  CHECK(last.complete);
}

STORE_TEST_CASE("workflows that finished at one moment are purged in the order of their ids") {
  const auto store = database.open();
  for (const std::uint64_t number : {3u, 1u, 4u, 2u, 5u})
    create(*store, finished_unit(number, instant(1)));
  const auto report = store->purge({.limit = 3, .batch_max = 1}, at(instant(1000)));
  CHECK(report.workflows == 3);
  CHECK(numbers_there(*store, 5) == std::vector<std::uint64_t>{4, 5});
}

STORE_TEST_CASE("a purge that is asked to stop ends after its batch and can go on") {
  const auto store = database.open();
  create_finished(*store, 7);
  std::stop_source source;
  auto control = at(instant(1000));
  control.stop = source.get_token();
  std::vector<std::size_t> progress;
  control.on_progress = [&](const purge_progress& now) {
    progress.push_back(now.workflows);
    CHECK(now.batches == progress.size());
    if (progress.size() == 2) source.request_stop();
  };
  const auto stopped = store->purge({.batch_max = 2}, control);
  CHECK(progress == std::vector<std::size_t>{2, 4});
  CHECK(stopped.workflows == 4);
  CHECK_FALSE(stopped.complete);
  CHECK(numbers_there(*store, 7) == std::vector<std::uint64_t>{5, 6, 7});

  CHECK(store->purge({}, control).batches == 0);
  control.stop = {};
  control.on_progress = {};
  control.after = stopped.next;
  const auto rest = store->purge({}, control);
  CHECK(rest.workflows == 3);
  CHECK(rest.complete);
}

STORE_TEST_CASE("a dry run counts what a purge would take, and writes nothing") {
  const auto store = database.open();
  create_finished(*store, 5);
  create(*store, first_unit(6));
  const std::string before = database.dump(*store);
  auto control = at(instant(1000));
  control.dry_run = true;
  CHECK(store->purge({.batch_max = 2}, control).workflows == 5);
  CHECK(store->purge({.limit = 3, .batch_max = 2}, control).workflows == 3);
  CHECK(store->purge({.finished_for = 997s}, control).workflows == 3);
  CHECK(database.dump(*store) == before);
}

STORE_TEST_CASE("a purge that contradicts itself is refused and writes nothing") {
  const auto store = database.open();
  create_finished(*store, 1);
  const std::string before = database.dump(*store);
  for (const status unfinished :
       {status::created, status::active, status::degraded, status::paused})
    CHECK(refusal(*store, {.statuses = {status::completed, unfinished}}) ==
          error_kind::invalid_input);
  CHECK(refusal(*store, {.finished_for = -1s}) == error_kind::invalid_input);
  CHECK(refusal(*store, {.finished_for = std::chrono::seconds::max()}) ==
        error_kind::invalid_input);
  CHECK(refusal(*store, {.batch_max = 0}) == error_kind::invalid_input);
  CHECK(refusal(*store, {.batch_max = purge_batch_max + 1}) == error_kind::invalid_input);
  CHECK(refusal(*store, {.wfdef_key = std::string{'\0'}}) == error_kind::invalid_input);
  CHECK(refusal(*store, {.wfdef_key = std::string(2000, 'a')}) == error_kind::invalid_input);
  CHECK(database.dump(*store) == before);
}

STORE_TEST_CASE("a purge finds the few it means among many that it does not") {
  const auto store = database.open();
  const std::uint64_t others = purge_walk_max + 3;
  for (std::uint64_t number = 1; number <= others; ++number) {
    unit_of_work unit;
    unit.transaction_id = id_of(id_kind::transaction, number);
    unit.workflow = finished_unit(number, instant(static_cast<int>(number))).workflow;
    schema::workflow_event start;
    start.workflow_id = unit.workflow.id;
    start.seq = unit.workflow.last_seq = 1;
    start.transaction_id = unit.transaction_id;
    start.event_name = "nava.start";
    unit.events.push_back(start);
    create(*store, unit);
  }
  for (const int second : {1, 500, 2000}) {
    auto meant = finished_unit(others + static_cast<std::uint64_t>(second), instant(second));
    meant.workflow.wfdef_key = "meant";
    create(*store, meant);
  }
  const auto report = store->purge({.wfdef_key = "meant"}, at(instant(5000)));
  CHECK(report.workflows == 3);
  CHECK(report.batches == 2);
  CHECK(report.complete);
  auto counting = at(instant(5000));
  counting.dry_run = true;
  CHECK(store->purge({}, counting).workflows == others);
}

STORE_TEST_CASE("a batch that fails leaves those before it deleted, and the rest to go on with") {
  const std::shared_ptr<store> real = database.open();
  for (const fault kind : {fault::before, fault::after}) {
    create_finished(*real, 6);
    faulty_store faulty{real};
    faulty.fail_call(2, kind);
    auto control = at(instant(1000));
    std::optional<purge_cursor> next;
    control.on_progress = [&](const purge_progress& now) { next = now.next; };
    const error thrown = error_of([&] { faulty.purge({.batch_max = 2}, control); });
    CHECK(thrown.kind() ==
          (kind == fault::before ? error_kind::connection_lost : error_kind::outcome_unknown));
    CHECK(next == purge_cursor{instant(2), id_of(id_kind::workflow, 2)});
    const std::vector<std::uint64_t> rest = kind == fault::before
                                                ? std::vector<std::uint64_t>{3, 4, 5, 6}
                                                : std::vector<std::uint64_t>{5, 6};
    CHECK(numbers_there(*real, 6) == rest);
    control.after = next;
    CHECK(faulty.purge({}, control).workflows == rest.size());
  }
}

STORE_TEST_CASE(
    "a batch that takes too much begins again smaller, and the purge comes to its end") {
  class store_of_few : public store_decorator {
   public:
    using store_decorator::store_decorator;
    finished_batch erase_finished(const finished_request& request) override {
      asked.push_back(request.workflows);
      if (request.workflows > 1) throw error{error_kind::contention, "that took too long"};
      return store_decorator::erase_finished(request);
    }
    std::vector<std::size_t> asked;
  };
  const std::shared_ptr<store> real = database.open();
  create_finished(*real, 9);
  store_of_few few{real};
  std::size_t retries_seen = 0;
  auto control = at(instant(1000));
  control.on_progress = [&](const purge_progress& now) { retries_seen = now.retries; };
  const auto report = few.purge({.batch_max = 8}, control);
  CHECK(report.complete);
  CHECK(report.workflows == 9);
  CHECK(numbers_there(*real, 9).empty());
  REQUIRE(few.asked.size() >= 3);
  CHECK(std::vector<std::size_t>(few.asked.begin(), few.asked.begin() + 3) ==
        std::vector<std::size_t>{4, 2, 1});
  CHECK(report.retries == static_cast<std::size_t>(std::ranges::count_if(
                              few.asked, [](std::size_t asked) { return asked > 1; })));
  CHECK(report.batches + report.retries == few.asked.size());
  CHECK(retries_seen == report.retries);
}

STORE_TEST_CASE("a full disk ends a purge, and no workflow is named for it") {
  class store_on_full_disk : public store_decorator {
   public:
    using store_decorator::store_decorator;
    finished_batch erase_finished(const finished_request&) override {
      ++calls;
      throw error{error_kind::contention, "the disk is full", "53100"};
    }
    int calls = 0;
  };
  const std::shared_ptr<store> real = database.open();
  create_finished(*real, 3);
  store_on_full_disk full{real};
  const error thrown = error_of([&] { full.purge({}, at(instant(1000))); });
  CHECK(thrown.what() == std::string{"the disk is full"});
  CHECK(full.calls == 1);
}

STORE_TEST_CASE("the end of a purge says nothing of legal holds where it could not count them") {
  class store_that_counts_none : public store_decorator {
   public:
    using store_decorator::store_decorator;
    finished_batch count_held(const finished_request&) override { throw error{how, "no answer"}; }
    error_kind how = error_kind::connection_lost;
  };
  const std::shared_ptr<store> real = database.open();
  create_finished(*real, 2);
  store_that_counts_none blind{real};
  const auto report = blind.purge({}, at(instant(1000)));
  CHECK(report.complete);
  CHECK(report.workflows == 2);
  CHECK_FALSE(report.under_legal_hold);
  CHECK(real->purge({}, at(instant(1000))).under_legal_hold == 0);
  blind.how = error_kind::other;
  CHECK(error_of([&] { blind.purge({}, at(instant(1000))); }).kind() == error_kind::other);
}

STORE_TEST_CASE("what fails for a batch of one workflow names it, after those before it") {
  class store_with_one_held : public store_decorator {
   public:
    using store_decorator::store_decorator;
    finished_batch erase_finished(const finished_request& request) override {
      if (++calls > 50) throw std::logic_error{"a purge that never ends"};
      const std::size_t first = request.after ? first_after(*request.after) : 1;
      if (first <= 6 && first + request.workflows > 6)
        throw error{error_kind::contention, "that took too long"};
      return store_decorator::erase_finished(request);
    }
    static std::size_t first_after(const purge_cursor& place) {
      return static_cast<std::size_t>((place.ts_finish - instant(0)) / 1s) + 1;
    }
    int calls = 0;
  };
  const std::shared_ptr<store> real = database.open();
  create_finished(*real, 9);
  store_with_one_held held{real};
  auto control = at(instant(1000));
  std::optional<purge_cursor> next;
  control.on_progress = [&](const purge_progress& now) { next = now.next; };
  const error thrown = error_of([&] { held.purge({}, control); });
  CHECK(thrown.kind() == error_kind::contention);
  const purge_cursor place{instant(6), id_of(id_kind::workflow, 6)};
  CAPTURE(thrown.what());
  CHECK_THAT(thrown.what(), Catch::Contains("workflow " + schema::to_text(place.id)) &&
                                Catch::Contains("that took too long") &&
                                Catch::EndsWith("--after " + to_text(place)));
  CHECK(numbers_there(*real, 9) == std::vector<std::uint64_t>{6, 7, 8, 9});
  CHECK(next == purge_cursor{instant(5), id_of(id_kind::workflow, 5)});
  control.after = place;
  CHECK(held.purge({}, control).workflows == 3);
  CHECK(numbers_there(*real, 9) == std::vector<std::uint64_t>{6});
}

STORE_TEST_CASE("of a purge and a commit on one workflow, one finds it as the other left it") {
  constexpr int rounds = 10;
  constexpr std::uint64_t workflows = 20;
  const auto store = database.open();
  for (int round = 0; round < rounds; ++round) {
    create_finished(*store, workflows);
    std::latch start{3};
    std::atomic<std::size_t> revived = 0;
    purge_report report;
    {
      std::jthread purging{[&] {
        start.arrive_and_wait();
        report = store->purge({.batch_max = 5}, at(instant(1000)));
      }};
      const auto revive = [&](std::uint64_t first) {
        start.arrive_and_wait();
        for (std::uint64_t number = first; number <= workflows; number += 2) {
          auto unit = next_unit(finished_unit(number, instant(static_cast<int>(number))));
          unit.workflow.status = status::active;
          unit.workflow.ts_finish.reset();
          if (store->commit(unit) == commit_result::applied) ++revived;
        }
      };
      const std::jthread odd{revive, 1};
      const std::jthread even{revive, 2};
    }
    CHECK(report.complete);
    const auto there = numbers_there(*store, workflows);
    CHECK(there.size() == workflows - report.workflows);
    CHECK(there.size() == revived);
    CHECK(report.skipped <= revived);
    for (const std::uint64_t number : there)
      CHECK(store->load(id_of(id_kind::workflow, number)).value().state.workflow.revision == 2);
    for (std::uint64_t number = 1; number <= workflows; ++number) {
      const uuid id = id_of(id_kind::workflow, number);
      store->erase(id);
      for (const auto& count : store->count_rows(id)) CHECK(count.rows == 0);
    }
  }
}

STORE_TEST_CASE("purges at once delete each workflow once, and no row is left behind") {
  constexpr std::uint64_t workflows = 60;
  const auto store = database.open();
  const std::string empty = database.dump(*store);
  create_finished(*store, workflows);
  std::latch start{3};
  std::atomic<std::size_t> purged = 0;
  {
    std::vector<std::jthread> purging;
    for (int i = 0; i < 3; ++i)
      purging.emplace_back([&] {
        start.arrive_and_wait();
        purged += store->purge({.batch_max = 4}, at(instant(1000))).workflows;
      });
  }
  purged += store->purge({}, at(instant(1000))).workflows;
  CHECK(purged == workflows);
  CHECK(database.dump(*store) == empty);
}
