// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <thread>

#include "conformance/store_test_case.hpp"
#include "support/eventually.hpp"
#include "support/task_units.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;
using result = settlement::result;

STORE_TEST_CASE("no more tasks of a limited queue run than may") {
  const auto stored = database.open();
  REQUIRE(stored->create(unit_with_tasks(1, 5)) == commit_result::applied);
  CHECK(stored->running_limit("mail") == 0);
  stored->limit_running("mail", 2);
  CHECK(stored->running_limit("mail") == 2);
  const auto first = stored->claim(claim_of(10)).tasks;
  REQUIRE(first.size() == 2);
  CHECK(stored->claim(claim_of(10)).tasks.empty());
  const auto done = completed(first[0]);
  REQUIRE(stored->settle({&done, 1}) == losses{{}});
  const auto second = stored->claim(claim_of(10)).tasks;
  REQUIRE(second.size() == 1);
  auto back = settled(first[1], result::postponed);
  back.delay = 1h;
  REQUIRE(stored->settle({&back, 1}) == losses{{}});
  CHECK(stored->claim(claim_of(10)).tasks.size() == 1);
  CHECK(stored->claim(claim_of(10)).tasks.empty());
  stored->limit_running("mail", 3);
  CHECK(stored->claim(claim_of(10)).tasks.size() == 1);
  stored->limit_running("mail", 0);
  CHECK(stored->running_limit("mail") == 0);
  REQUIRE(stored->create(unit_with_tasks(2, 3)) == commit_result::applied);
  CHECK(stored->claim(claim_of(10)).tasks.size() == 3);
}

STORE_TEST_CASE("another queue has no part in a limit") {
  const auto stored = database.open();
  REQUIRE(stored->create(unit_with_tasks(1, 2)) == commit_result::applied);
  REQUIRE(stored->create(unit_with_tasks(2, 2, "print")) == commit_result::applied);
  stored->limit_running("mail", 1);
  CHECK(stored->claim(claim_of(10)).tasks.size() == 1);
  CHECK(stored->claim(claim_of(10, "print")).tasks.size() == 2);
  // Without a place, a lane answers as if others had claimed all.
  const auto claimed = stored->claim(claim_of(10));
  CHECK(claimed.tasks.empty());
  CHECK(claimed.lane == 0);
}

STORE_TEST_CASE("a place in a limited queue is free again when its lease has ended") {
  const auto stored = database.open();
  REQUIRE(stored->create(unit_with_tasks(1, 2)) == commit_result::applied);
  stored->limit_running("mail", 1);
  const task_lease late = claim_for_a_moment(*stored);
  claim_request other = claim_of(1);
  other.lanes[0].after = late.place;
  std::vector<task_lease> taken;
  REQUIRE(eventually([&] {
    taken = stored->claim(other).tasks;
    return !taken.empty();
  }));
  CHECK(taken[0].task_id != late.task_id);
  // Whoever comes late has lost his place, even where nobody has taken his task.
  const auto renewal = renewal_of(late);
  CHECK(stored->renew({&renewal, 1}, long_lease) == losses{lease_loss::lost});
  CHECK(stored->claim(claim_of(10)).tasks.empty());
}

STORE_TEST_CASE("workers beside each other keep to a limit") {
  constexpr std::size_t tasks = 120, most = 3, workers = 4;
  const auto stored = database.open();
  REQUIRE(stored->create(unit_with_tasks(1, tasks)) == commit_result::applied);
  stored->limit_running("mail", most);
  std::atomic<int> running = 0, highest = 0;
  std::atomic<std::size_t> ended = 0, lost = 0;
  const auto work = [&] {
    while (ended < tasks) {
      const auto claimed = stored->claim(claim_of(5)).tasks;
      const int now = running += static_cast<int>(claimed.size());
      for (int seen = highest; seen < now && !highest.compare_exchange_weak(seen, now);) {
      }
      std::vector<settlement> done;
      for (const task_lease& each : claimed) done.push_back(completed(each));
      running -= static_cast<int>(claimed.size());
      lost += stored->settle(done) != losses(done.size());
      ended += done.size();
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < workers; ++i) threads.emplace_back(work);
  for (std::thread& each : threads) each.join();
  CHECK(ended == tasks);
  CHECK(lost == 0);
  CHECK(highest <= static_cast<int>(most));
  CHECK(highest > 0);
}

STORE_TEST_CASE("no more tasks of a queue begin in a time than its rate lets") {
  const auto stored = database.open();
  REQUIRE(stored->create(unit_with_tasks(1, 9)) == commit_result::applied);
  CHECK_FALSE(stored->rate_limit("mail"));
  const task_rate rate{.tasks = 10, .period = 10h, .burst = 3};
  stored->limit_rate("mail", rate);
  CHECK(stored->rate_limit("mail") == rate);
  CHECK(stored->claim(claim_of(2)).tasks.size() == 2);
  const auto last = stored->claim(claim_of(10));
  REQUIRE(last.tasks.size() == 1);
  CHECK_FALSE(last.next_due);
  const auto none = stored->claim(claim_of(10));
  CHECK(none.tasks.empty());
  CHECK(none.lane == 0);
  REQUIRE(none.next_due);
  CHECK(*none.next_due > 59min);
  CHECK(*none.next_due <= 60min);
  // What has begun counts under the new rate too.
  stored->limit_rate("mail", task_rate{.tasks = 60, .period = 10h, .burst = 20});
  CHECK(stored->claim(claim_of(10)).tasks.size() == 2);
  // A slow rate that was a mistake holds nobody up for longer than the burst of the right one.
  stored->limit_rate("mail", task_rate{.tasks = 1, .period = 24h});
  CHECK(stored->claim(claim_of(10)).tasks.empty());
  stored->limit_rate("mail", task_rate{.tasks = 100, .period = 1min, .burst = 20});
  CHECK(*stored->claim(claim_of(10)).next_due <= 600ms);
  stored->limit_rate("mail", std::nullopt);
  CHECK_FALSE(stored->rate_limit("mail"));
  CHECK(stored->claim(claim_of(10)).tasks.size() == 4);
}

STORE_TEST_CASE("a rate lets the next begin when its time has come, and keeps to the places") {
  const auto stored = database.open();
  REQUIRE(stored->create(unit_with_tasks(1, 4)) == commit_result::applied);
  stored->limit_rate("mail", task_rate{.tasks = 20, .period = 1s, .burst = 20});
  stored->limit_running("mail", 2);
  const auto first = stored->claim(claim_of(10)).tasks;
  REQUIRE(first.size() == 2);
  const std::vector<settlement> done{completed(first[0]), completed(first[1])};
  REQUIRE(stored->settle(done) == losses(2));
  stored->limit_rate("mail", task_rate{.tasks = 20, .period = 1s, .burst = 1});
  CHECK(eventually([&] { return stored->claim(claim_of(10)).tasks.size() == 1; }));
}

STORE_TEST_CASE("workers beside each other keep to a rate") {
  constexpr std::size_t burst = 40, workers = 4;
  const auto stored = database.open();
  REQUIRE(stored->create(unit_with_tasks(1, 120)) == commit_result::applied);
  stored->limit_rate("mail", task_rate{.tasks = burst, .period = 24h, .burst = burst});
  std::atomic<std::size_t> begun = 0;
  const auto work = [&] {
    while (true) {
      const auto claimed = stored->claim(claim_of(3));
      begun += claimed.tasks.size();
      if (claimed.next_due) return;
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < workers; ++i) threads.emplace_back(work);
  for (std::thread& each : threads) each.join();
  CHECK(begun == burst);
}
