// SPDX-License-Identifier: Apache-2.0
#include "persistence/commit/commit_queue.hpp"

#include <algorithm>
#include <atomic>
#include <future>

#include "support/eventually.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

std::shared_ptr<const ready_unit> shared_unit_of(std::uint64_t number) {
  return std::make_shared<const ready_unit>(next_unit(first_unit(number)), verb::update);
}

// Nobody loses patience before a test is over.
constexpr commit_queue::limits one_flight{
    .units_max = 8, .flights_max = 1, .patience = std::chrono::minutes{1}};

// Where commits take off: holds those that fly alone until it is opened, and keeps what flew.
class airfield {
 public:
  explicit airfield(commit_queue::limits limits)
      : queue(
            limits, [this](const ready_unit& unit, deadline) { return fly_alone(unit); },
            [this](std::span<const ready_unit* const> all, deadline) {
              return fly_together(all);
            }) {}

  // Lets go whatever still waits, so that a failed check ends the test.
  ~airfield() {
    open();
    let_land(true);
    for (auto& each : commits)
      if (each.valid()) each.wait();
  }

  // Commits in a thread of its own, and returns when it is out or waits.
  std::size_t commit(std::uint64_t number, deadline limit = deadline::never()) {
    const std::size_t before = out + queue.waiting();
    commits.push_back(std::async(std::launch::async, [this, unit = shared_unit_of(number), limit] {
      return queue.commit(unit, limit);
    }));
    REQUIRE(eventually([&] { return out + queue.waiting() > before; }));
    return commits.size() - 1;
  }

  void open() {
    const std::lock_guard lock{mutex};
    is_open = true;
    opened.notify_all();
  }

  void let_land(bool may) {
    const std::lock_guard lock{mutex};
    may_land = may;
    landing.notify_all();
  }

  commit_result fly_alone(const ready_unit& unit) {
    std::unique_lock lock{mutex};
    alone.push_back(unit.id);
    ++out;
    opened.wait(lock, [this] { return is_open; });
    if (unit.id == broken) throw error{error_kind::check, "a bad row"};
    return unit.id == stale ? commit_result::conflict : commit_result::applied;
  }

  std::vector<bool> fly_together(std::span<const ready_unit* const> ids) {
    std::unique_lock lock{mutex};
    sizes.push_back(ids.size());
    landing.wait(lock, [this] { return may_land; });
    for (const ready_unit* one : ids) {
      together.push_back(one->id);
      if (one->id == broken) throw error{broken_how, "a bad row"};
    }
    std::vector<bool> applied;
    for (const ready_unit* one : ids) applied.push_back(one->id != stale);
    return applied;
  }

  std::mutex mutex;
  std::condition_variable opened, landing;
  bool is_open = false, may_land = true;
  std::atomic<std::size_t> out = 0;
  uuid stale{}, broken{};
  error_kind broken_how = error_kind::check;
  std::vector<uuid> alone, together;
  std::vector<std::size_t> sizes;
  std::vector<std::future<commit_result>> commits;
  commit_queue queue;
};

uuid workflow_number(std::uint64_t number) { return id_of(id_kind::workflow, number); }

}  // namespace

TEST_CASE("commit queue: a lone commit takes off at once, alone") {
  airfield field{one_flight};
  field.open();
  for (std::uint64_t number = 1; number <= 3; ++number)
    CHECK(field.queue.commit(shared_unit_of(number), deadline::never()) == commit_result::applied);
  CHECK(field.alone == std::vector{workflow_number(1), workflow_number(2), workflow_number(3)});
  CHECK(field.sizes.empty());
}

TEST_CASE("commit queue: those that come while all flights are out fly together") {
  airfield field{one_flight};
  for (std::uint64_t number = 1; number <= 5; ++number) field.commit(number);
  CHECK(field.alone.size() == 1);
  CHECK(field.queue.waiting() == 4);
  field.open();
  for (auto& each : field.commits) CHECK(each.get() == commit_result::applied);
  CHECK(field.sizes == std::vector<std::size_t>{4});
  CHECK(field.alone.size() == 1);
  CHECK(field.queue.waiting() == 0);
}

TEST_CASE("commit queue: as many are out at a time as may be") {
  airfield field{{.units_max = 8, .flights_max = 2, .patience = std::chrono::minutes{1}}};
  for (std::uint64_t number = 1; number <= 6; ++number) field.commit(number);
  CHECK(field.alone.size() == 2);
  CHECK(field.queue.waiting() == 4);
  field.open();
  for (auto& each : field.commits) CHECK(each.get() == commit_result::applied);
}

TEST_CASE("commit queue: who has waited too long commits alone") {
  airfield field{{.units_max = 8, .flights_max = 1, .patience = std::chrono::milliseconds{1}}};
  field.commit(1);
  field.commits.push_back(std::async(std::launch::async, [&] {
    return field.queue.commit(shared_unit_of(2), deadline::never());
  }));
  CHECK(eventually([&] { return field.out == 2; }));
  CHECK(field.queue.waiting() == 0);
  field.open();
  for (auto& each : field.commits) CHECK(each.get() == commit_result::applied);
  CHECK(field.sizes.empty());
}

TEST_CASE("commit queue: nobody stays with a flight for longer than their deadline") {
  airfield field{one_flight};
  field.let_land(false);
  field.commit(1);
  field.commit(2);
  field.commit(3, deadline::in(std::chrono::seconds{1}));
  field.open();
  CHECK(field.commits[0].get() == commit_result::applied);
  CHECK(error_of([&] { (void)field.commits[2].get(); }).kind() == error_kind::outcome_unknown);
  CHECK(field.commits[1].wait_for(std::chrono::seconds{0}) != std::future_status::ready);
  field.let_land(true);
  CHECK(field.commits[1].get() == commit_result::applied);
  CHECK(field.together == std::vector{workflow_number(2), workflow_number(3)});
}

TEST_CASE("commit queue: who waits for a flight at their deadline commits alone") {
  airfield field{one_flight};
  field.commit(1);
  field.commits.push_back(std::async(std::launch::async, [&] {
    return field.queue.commit(shared_unit_of(2), deadline::in(std::chrono::milliseconds{1}));
  }));
  CHECK(eventually([&] { return field.out == 2; }));
  CHECK(field.queue.waiting() == 0);
}

TEST_CASE("commit queue: what nobody can know is told to everybody on the flight") {
  const auto kind =
      GENERATE(error_kind::outcome_unknown, error_kind::connection_lost, error_kind::contention);
  airfield field{one_flight};
  field.broken = workflow_number(3);
  field.broken_how = kind;
  for (std::uint64_t number = 1; number <= 4; ++number) field.commit(number);
  field.open();
  CHECK(field.commits[0].get() == commit_result::applied);
  for (const std::size_t passenger : {1u, 2u, 3u})
    CHECK(error_of([&] { (void)field.commits[passenger].get(); }).kind() == kind);
  CHECK(field.alone == std::vector{workflow_number(1)});
  CHECK(field.queue.commit(shared_unit_of(5), deadline::never()) == commit_result::applied);
}

TEST_CASE("commit queue: a flight takes as many as it may") {
  airfield field{{.units_max = 3, .flights_max = 1, .patience = std::chrono::minutes{1}}};
  for (std::uint64_t number = 1; number <= 6; ++number) field.commit(number);
  field.open();
  for (auto& each : field.commits) CHECK(each.get() == commit_result::applied);
  CHECK(field.sizes == std::vector<std::size_t>{3, 2});
  CHECK(field.alone.size() == 1);
}

TEST_CASE("commit queue: two units of one workflow are in two flights") {
  airfield field{one_flight};
  for (const std::uint64_t number : {1u, 2u, 3u, 2u}) field.commit(number);
  field.open();
  for (auto& each : field.commits) CHECK(each.get() == commit_result::applied);
  CHECK(field.sizes == std::vector<std::size_t>{2});
  CHECK(field.alone == std::vector{workflow_number(1), workflow_number(2)});
}

TEST_CASE("commit queue: what a flight did not apply is committed alone") {
  airfield field{one_flight};
  field.stale = workflow_number(3);
  for (std::uint64_t number = 1; number <= 4; ++number) field.commit(number);
  field.open();
  CHECK(field.commits[0].get() == commit_result::applied);
  CHECK(field.commits[1].get() == commit_result::applied);
  CHECK(field.commits[2].get() == commit_result::conflict);
  CHECK(field.commits[3].get() == commit_result::applied);
  CHECK(field.alone == std::vector{workflow_number(1), workflow_number(3)});
}

TEST_CASE(
    "commit queue: a flight that fails is made one by one, and the culprit alone hears of it") {
  airfield field{one_flight};
  field.broken = workflow_number(3);
  for (std::uint64_t number = 1; number <= 4; ++number) field.commit(number);
  field.open();
  for (const std::size_t good : {0u, 1u, 3u})
    CHECK(field.commits[good].get() == commit_result::applied);
  CHECK(error_of([&] { (void)field.commits[2].get(); }).kind() == error_kind::check);
  CHECK(field.alone.size() == 4);
}

TEST_CASE("commit queue: a flight that fails makes room for the next") {
  airfield field{one_flight};
  field.broken = workflow_number(1);
  for (std::uint64_t number = 1; number <= 3; ++number) field.commit(number);
  field.open();
  CHECK(error_of([&] { (void)field.commits[0].get(); }).kind() == error_kind::check);
  CHECK(field.commits[1].get() == commit_result::applied);
  CHECK(field.commits[2].get() == commit_result::applied);
  CHECK(field.queue.commit(shared_unit_of(4), deadline::never()) == commit_result::applied);
}

TEST_CASE("commit queue: with one unit at most nobody waits") {
  airfield field{{.units_max = 1, .flights_max = 1}};
  for (std::uint64_t number = 1; number <= 3; ++number) field.commit(number);
  CHECK(field.alone.size() == 3);
  CHECK(field.queue.waiting() == 0);
}
