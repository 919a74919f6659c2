// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <set>
#include <thread>

#include "conformance/store_test_case.hpp"
#include "support/eventually.hpp"
#include "support/task_units.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;
using result = settlement::result;

STORE_TEST_CASE("a task is claimed once, with what its handler has to know") {
  const auto stored = database.open();
  const auto unit = unit_with_tasks(1, 1);
  REQUIRE(stored->create(unit) == commit_result::applied);
  const auto claimed = stored->claim(claim_of(10));
  REQUIRE(claimed.tasks.size() == 1);
  CHECK(claimed.lane == 0);
  const task_lease& lease = claimed.tasks.front();
  const auto& task = unit.tasks.inserted.front();
  CHECK(lease.workflow_id == unit.workflow.id);
  CHECK(lease.task_id == task.id);
  CHECK(lease.fence == 1);
  CHECK(lease.attempt == 1);
  CHECK(lease.attempts_max == 3);
  CHECK(lease.name == "mail-manager");
  CHECK(lease.step_id == task.step_id);
  CHECK(lease.input == task.input);
  CHECK(lease.wfdef_key == unit.workflow.wfdef_key);
  CHECK(lease.wfdef_rev == unit.workflow.wfdef_rev);
  CHECK(lease.about.name == unit.workflow.resource_name);
  CHECK(lease.about.id == unit.workflow.resource_id);
  CHECK(lease.place.task_id == task.id);
  CHECK_FALSE(stored->claim(claim_of(10)).lane);
  CHECK_FALSE(stored->claim(claim_of(10, "print")).lane);
  CHECK(is_in_step(*stored, unit.workflow.id));
}

STORE_TEST_CASE("a task without a queue waits in that of its name") {
  const auto stored = database.open();
  auto unit = unit_with_tasks(1, 1);
  unit.tasks.inserted.front().queue.reset();
  REQUIRE(stored->create(unit) == commit_result::applied);
  CHECK(stored->claim(claim_of(1, "mail-manager")).tasks.size() == 1);
}

STORE_TEST_CASE("tasks are claimed in the order in which they are due, and not before") {
  const auto stored = database.open();
  auto unit = unit_with_tasks(1, 4);
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  unit.tasks.inserted[0].ts_due = now + 1h;
  REQUIRE(stored->create(unit) == commit_result::applied);
  claim_request request = claim_of(2);
  std::vector<agenda_place> places;
  for (int i = 0; i < 2; ++i)
    for (const auto& lease : stored->claim(request).tasks) places.push_back(lease.place);
  CHECK(places.size() == 3);
  CHECK(std::is_sorted(places.begin(), places.end()));
  CHECK_FALSE(stored->claim(request).lane);
  const auto next = stored->next_due(request.lanes);
  CHECK(stored->claim(request).next_due.value() <= next.value());
  REQUIRE(next);
  CHECK(*next > 59min);
  CHECK(*next <= 1h);
  CHECK_FALSE(stored->next_due(claim_of(1, "print").lanes));
}

STORE_TEST_CASE("of two claims at once each takes what the other leaves") {
  const auto stored = database.open();
  constexpr std::size_t tasks = 200;
  REQUIRE(stored->create(unit_with_tasks(1, tasks)) == commit_result::applied);
  std::array<std::vector<uuid>, 3> taken;
  std::vector<std::thread> claimers;
  for (auto& mine : taken)
    claimers.emplace_back([&] {
      while (true) {
        const auto claimed = stored->claim(claim_of(7));
        if (!claimed.lane) return;
        for (const auto& lease : claimed.tasks) mine.push_back(lease.task_id);
      }
    });
  for (auto& each : claimers) each.join();
  std::set<uuid> all;
  std::size_t count = 0;
  for (const auto& mine : taken) {
    all.insert(mine.begin(), mine.end());
    count += mine.size();
  }
  CHECK(count == tasks);
  CHECK(all.size() == tasks);
}

STORE_TEST_CASE("a decision changes a task that nobody has claimed") {
  const auto stored = database.open();
  const auto unit = unit_with_tasks(1, 1);
  REQUIRE(stored->create(unit) == commit_result::applied);
  auto task = unit.tasks.inserted.front();
  task.ts_due =
      std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()) + 1h;
  const auto later = unit_that_writes<&schema::workflow_task::ts_due>(unit, task);
  CHECK(stored->commit(later) == commit_result::applied);
  CHECK_FALSE(stored->claim(claim_of(1)).lane);
  task.ts_due = instant(0);
  const auto sooner = unit_that_writes<&schema::workflow_task::ts_due>(later, task);
  CHECK(stored->commit(sooner) == commit_result::applied);
  REQUIRE(stored->claim(claim_of(1)).tasks.size() == 1);
  CHECK(stored->commit(unit_that_writes<&schema::workflow_task::ts_due>(sooner, task)) ==
        commit_result::conflict);
}

STORE_TEST_CASE("a lane of a higher priority goes first, until another has waited for longer") {
  const auto stored = database.open();
  auto unit = unit_with_tasks(1, 2);
  unit.tasks.inserted[1].priority = 1;
  REQUIRE(stored->create(unit) == commit_result::applied);
  claim_request request = claim_of(1);
  request.lanes = {{"mail", 0, {}}, {"mail", 1, {}}};
  const auto urgent = stored->claim(request);
  CHECK(urgent.lane == 1);
  CHECK(urgent.tasks.at(0).task_id == unit.tasks.inserted[1].id);
  auto back = settled(urgent.tasks.at(0), result::postponed);
  REQUIRE(stored->settle({&back, 1}) == losses{{}});
  request.priority_step = 0ms;
  CHECK(stored->claim(request).lane == 0);
}

STORE_TEST_CASE("a claim does not look below its mark, and what it passed by is found there") {
  const auto stored = database.open();
  REQUIRE(stored->create(unit_with_tasks(1, 2)) == commit_result::applied);
  claim_request request = claim_of(1);
  const auto first = stored->claim(request).tasks.at(0);
  const auto second = stored->claim(request).tasks.at(0);
  request.lanes[0].after = second.place;
  request.lease = 1ms;
  auto back = settled(first, result::postponed);
  REQUIRE(stored->settle({&back, 1}) == losses{{}});
  const auto later = stored->claim(request);
  REQUIRE(later.tasks.size() == 1);
  CHECK(second.place < later.tasks[0].place);
  request.lanes[0].after = later.tasks[0].place;
  CHECK_FALSE(stored->claim(request).lane);
  request.lanes[0].after = {};
  std::vector<task_lease> found;
  REQUIRE(eventually([&] {
    found = stored->claim(request).tasks;
    return !found.empty();
  }));
  CHECK(found[0].place == later.tasks[0].place);
}

STORE_TEST_CASE("tasks are listed by status, name and time, those of the newest workflows first") {
  const auto stored = database.open();
  REQUIRE(stored->create(unit_with_tasks(1, 2)) == commit_result::applied);
  REQUIRE(stored->create(unit_with_tasks(2, 3, "print")) == commit_result::applied);
  const auto numbers = [](const std::vector<listed_task>& listed) {
    std::vector<std::string> lines;
    for (const auto& each : listed)
      lines.push_back(each.queue + " " + std::string{to_text(each.status)});
    return lines;
  };
  using lines = std::vector<std::string>;
  CHECK(numbers(stored->list_tasks({})) == lines{"print SCHEDULED", "print SCHEDULED",
                                                 "print SCHEDULED", "mail SCHEDULED",
                                                 "mail SCHEDULED"});
  const auto leased = stored->claim(claim_of(2)).tasks;
  REQUIRE(leased.size() == 2);
  CHECK(numbers(stored->list_tasks({.status = schema::task_status::running})) ==
        lines{"mail RUNNING", "mail RUNNING"});
  CHECK(stored->list_tasks({.status = schema::task_status::scheduled}).size() == 3);
  auto failed = settled(leased[0], result::failed);
  failed.error = "no stamp";
  const std::vector<settlement> ended{failed, completed(leased[1])};
  REQUIRE(stored->settle(ended) == losses(2));
  const auto found = stored->list_tasks({.status = schema::task_status::failed});
  REQUIRE(found.size() == 1);
  CHECK(found[0].id == leased[0].task_id);
  CHECK(found[0].error == "no stamp");
  CHECK(found[0].attempt == 1);
  CHECK(found[0].attempts_max == leased[0].attempts_max);
  CHECK(found[0].wfdef_key == leased[0].wfdef_key);
  CHECK(found[0].resource_id == leased[0].about.id);
  CHECK(found[0].lease_owner);
  CHECK(found[0].ts_end);
  CHECK(stored->list_tasks({.status = schema::task_status::completed}).size() == 1);
  CHECK(stored->list_tasks({.status = schema::task_status::cancelled}).empty());
  const auto first = stored->list_tasks({.limit = 2});
  REQUIRE(first.size() == 2);
  const auto rest =
      stored->list_tasks({.after = std::pair{first[1].workflow_id, first[1].id}, .limit = 2});
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].id < first[1].id);
  CHECK(stored->list_tasks({.name = first[0].name}).size() == 3);
  CHECK(stored->list_tasks({.name = "nobody"}).empty());
  CHECK(stored->list_tasks({.workflow_id = leased[0].workflow_id}).empty());
  CHECK(stored->list_tasks({.due_before = *first[0].ts_due - 1h}).empty());
  CHECK(stored->list_tasks({.due_before = *first[0].ts_due + 1h}).size() == 3);
  CHECK(
      stored
          ->list_tasks({.status = schema::task_status::failed, .due_before = *found[0].ts_end - 1h})
          .empty());
}

STORE_TEST_CASE("calls of the task queue refuse what no database can take") {
  const auto stored = database.open();
  for (const task_rate& rate : {task_rate{0, 1s, 1}, task_rate{task_rate_max + 1, 1s, 1},
                                task_rate{1, 0s, 1}, task_rate{1, 24h * 367, 1},
                                task_rate{3, 1s, 0}, task_rate{3, 1s, 4}, task_rate{2'000, 1ms, 1}})
    CHECK(error_of([&] { stored->limit_rate("mail", rate); }).kind() == error_kind::invalid_input);
  CHECK(error_of([&] { stored->limit_rate("", std::nullopt); }).kind() ==
        error_kind::invalid_input);
  CHECK(error_of([&] { stored->limit_running("mail", tasks_at_once_max + 1); }).kind() ==
        error_kind::invalid_input);
  CHECK(error_of([&] { stored->limit_running("", 1); }).kind() == error_kind::invalid_input);
  REQUIRE(stored->create(unit_with_tasks(1, 1)) == commit_result::applied);
  const auto refuses = [&](auto call) {
    CHECK(error_of(call).kind() == error_kind::invalid_input);
  };
  claim_request none = claim_of(0), endless = claim_of(1), nul = claim_of(1),
                many = claim_of(1'001);
  endless.lease = 25h;
  nul.owner = std::string{"a\0b", 3};
  for (const auto& request : {none, endless, nul, many})
    refuses([&] { (void)stored->claim(request); });
  claim_request nowhere = claim_of(1);
  nowhere.lanes.clear();
  CHECK_FALSE(stored->claim(nowhere).lane);
  auto ended = completed(stored->claim(claim_of(1)).tasks.at(0));
  ended.error = "\xff";
  refuses([&] { (void)stored->settle({&ended, 1}); });
  ended.error.reset();
  ended.delay = -1ms;
  refuses([&] { (void)stored->settle({&ended, 1}); });
  refuses([&] { (void)stored->renew({}, 0ms); });
  CHECK(stored->settle({}).empty());
  CHECK(stored->renew({}, long_lease).empty());
}
