// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <atomic>
#include <set>
#include <thread>

#include "conformance/store_test_case.hpp"
#include "support/eventually.hpp"
#include "support/task_units.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

using losses = std::vector<std::optional<lease_loss>>;
using result = settlement::result;

schema::workflow_task stored_task(store& stored, const uuid& workflow_id, std::size_t place = 0) {
  return stored.history(workflow_id).value().tasks.at(place);
}

std::int64_t rows_on_agenda(store& stored, const uuid& workflow_id) {
  for (const auto& [table, rows] : stored.count_rows(workflow_id))
    if (table == "workflow_agenda") return rows;
  return -1;
}

// Whether the agenda has a row for each open task of the workflow, and no other.
bool is_in_step(store& stored, const uuid& workflow_id) {
  const auto loaded = stored.load(workflow_id);
  return rows_on_agenda(stored, workflow_id) ==
         (loaded ? static_cast<std::int64_t>(loaded->state.tasks.size()) : 0);
}

// What is leased for a millisecond is free again when the database says so.
std::vector<task_lease> claim_again(store& stored) {
  claimed_tasks claimed;
  REQUIRE(eventually([&] {
    claimed = stored.claim(claim_of(1));
    return !claimed.tasks.empty();
  }));
  return claimed.tasks;
}

task_lease claim_for_a_moment(store& stored) {
  claim_request request = claim_of(1);
  request.lease = 1ms;
  return stored.claim(request).tasks.at(0);
}

}  // namespace

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

STORE_TEST_CASE("a task that ends is off the agenda, and its row tells how it ended") {
  const auto stored = database.open();
  const auto unit = unit_with_tasks(1, 2);
  REQUIRE(stored->create(unit) == commit_result::applied);
  auto leases = stored->claim(claim_of(2)).tasks;
  REQUIRE(leases.size() == 2);
  auto good = completed(leases[0]);
  good.output = json::object{{"sent", 1.0}, {"to", "ä"}};
  auto bad = settled(leases[1], result::failed);
  bad.error = "no \"route\" to host";
  CHECK(stored->settle(std::array{good, bad}) == losses{{}, {}});
  for (const auto& task : stored->history(unit.workflow.id).value().tasks) {
    const bool is_good = task.id == leases[0].task_id;
    CHECK(task.status == (is_good ? schema::task_status::completed : schema::task_status::failed));
    CHECK(task.result.has_value() == is_good);
    if (is_good) CHECK(task.result->at("to") == "ä");
    CHECK(task.error.value_or("") == (is_good ? "" : *bad.error));
    CHECK(task.attempt == 1);
    CHECK(task.lease_fence == 1);
    CHECK(task.lease_owner == "ada");
    CHECK(task.ts_start == leases[0].ts_start);
    CHECK(task.ts_end.value() >= *task.ts_start);
  }
  CHECK(stored->load(unit.workflow.id).value().state.tasks.empty());
  CHECK(rows_on_agenda(*stored, unit.workflow.id) == 0);
}

STORE_TEST_CASE("a task that is put off is SCHEDULED again, with its attempts and its error") {
  const auto stored = database.open();
  const auto unit = unit_with_tasks(1, 1);
  REQUIRE(stored->create(unit) == commit_result::applied);
  const auto lease = stored->claim(claim_of(1)).tasks.at(0);
  auto again = settled(lease, result::postponed);
  again.error = "busy";
  again.delay = 1h;
  CHECK(stored->settle({&again, 1}) == losses{{}});
  const auto task = stored_task(*stored, unit.workflow.id);
  CHECK(task.status == schema::task_status::scheduled);
  CHECK(task.error == "busy");
  CHECK(task.attempt == 1);
  CHECK_FALSE(task.ts_end);
  CHECK_FALSE(stored->claim(claim_of(1)).lane);
  CHECK(stored->next_due(claim_of(1).lanes).value() > 59min);
  CHECK(is_in_step(*stored, unit.workflow.id));
}

STORE_TEST_CASE("a task that is given back is claimed at once, as if it had not been") {
  const auto stored = database.open();
  const auto unit = unit_with_tasks(1, 1);
  REQUIRE(stored->create(unit) == commit_result::applied);
  auto back = settled(stored->claim(claim_of(1)).tasks.at(0), result::postponed);
  --back.attempt;
  CHECK(stored->settle({&back, 1}) == losses{{}});
  CHECK_FALSE(stored_task(*stored, unit.workflow.id).error);
  const auto lease = stored->claim(claim_of(1)).tasks.at(0);
  CHECK(lease.attempt == 1);
  CHECK(lease.fence == 2);
}

STORE_TEST_CASE("a settlement that is made again says that it was made") {
  const auto stored = database.open();
  REQUIRE(stored->create(unit_with_tasks(1, 2)) == commit_result::applied);
  const auto leases = stored->claim(claim_of(2)).tasks;
  auto again = settled(leases[1], result::postponed);
  again.delay = 1h;
  const std::array both{completed(leases[0]), again};
  CHECK(stored->settle(both) == losses{{}, {}});
  CHECK(stored->settle(both) == losses{lease_loss::settled, lease_loss::settled});
}

STORE_TEST_CASE("a lease that has ended is taken over, and its holder is refused") {
  const auto stored = database.open();
  const auto unit = unit_with_tasks(1, 1);
  REQUIRE(stored->create(unit) == commit_result::applied);
  const auto late = claim_for_a_moment(*stored);
  const auto lease = claim_again(*stored).at(0);
  CHECK(lease.task_id == late.task_id);
  CHECK(lease.fence == late.fence + 1);
  CHECK(lease.attempt == late.attempt + 1);
  const auto ended = completed(late);
  CHECK(stored->settle({&ended, 1}) == losses{lease_loss::lost});
  const auto renewed = renewal_of(late);
  CHECK(stored->renew({&renewed, 1}, long_lease) == losses{lease_loss::lost});
  CHECK(stored_task(*stored, unit.workflow.id).status == schema::task_status::scheduled);
  const auto good = completed(lease);
  CHECK(stored->settle({&good, 1}) == losses{{}});
}

STORE_TEST_CASE("a lease that is renewed is not taken over") {
  const auto stored = database.open();
  REQUIRE(stored->create(unit_with_tasks(1, 1)) == commit_result::applied);
  claim_request request = claim_of(1);
  request.lease = 1s;
  const auto lease = stored->claim(request).tasks.at(0);
  auto renewed = renewal_of(lease);
  renewed.progress = json::object{{"done", 3}};
  CHECK(stored->renew({&renewed, 1}, long_lease) == losses{{}});
  CHECK_FALSE(stored->claim(claim_of(1)).lane);
  CHECK(stored->next_due(request.lanes).value() > 50s);
}

STORE_TEST_CASE("a holder learns that its task was cancelled, or deleted with the workflow") {
  const auto stored = database.open();
  const auto first = unit_with_tasks(1, 1), second = unit_with_tasks(2, 1);
  REQUIRE(stored->create(first) == commit_result::applied);
  REQUIRE(stored->create(second) == commit_result::applied);
  const auto leases = stored->claim(claim_of(2)).tasks;
  REQUIRE(leases.size() == 2);
  CHECK(stored->commit(unit_that_cancels(first, first.tasks.inserted.front())) ==
        commit_result::applied);
  CHECK(stored->erase(second.workflow.id));
  const losses both{lease_loss::cancelled, lease_loss::cancelled};
  CHECK(stored->renew(std::array{renewal_of(leases[0]), renewal_of(leases[1])}, long_lease) ==
        both);
  CHECK(stored->settle(std::array{completed(leases[0]), completed(leases[1])}) == both);
  CHECK(stored_task(*stored, first.workflow.id).status == schema::task_status::cancelled);
  for (const auto& unit : {first, second}) CHECK(is_in_step(*stored, unit.workflow.id));
}

STORE_TEST_CASE("a decision ends a task under its lease alone, and else writes nothing") {
  const auto stored = database.open();
  const auto unit = unit_with_tasks(1, 1);
  const auto& task = unit.tasks.inserted.front();
  REQUIRE(stored->create(unit) == commit_result::applied);
  const auto before = database.dump(*stored);
  CHECK(stored->commit(unit_that_ends(unit, task, 0)) == commit_result::conflict);
  CHECK(database.dump(*stored) == before);
  const auto late = claim_for_a_moment(*stored);
  const auto lease = claim_again(*stored).at(0);
  CHECK(stored->commit(unit_that_ends(unit, task, late.fence)) == commit_result::conflict);
  CHECK(stored->load(unit.workflow.id).value().state.workflow.revision == 1);
  const auto ends = unit_that_ends(unit, task, lease.fence);
  CHECK(stored->commit(ends) == commit_result::applied);
  CHECK(stored->commit(ends) == commit_result::already_applied);
  CHECK(stored_task(*stored, unit.workflow.id).status == schema::task_status::completed);
  const auto again = completed(lease);
  CHECK(stored->settle({&again, 1}) == losses{lease_loss::settled});
  CHECK(is_in_step(*stored, unit.workflow.id));
}

STORE_TEST_CASE("a decision that cancels a task which has ended is a conflict") {
  const auto stored = database.open();
  const auto unit = unit_with_tasks(1, 1);
  REQUIRE(stored->create(unit) == commit_result::applied);
  const auto ended = completed(stored->claim(claim_of(1)).tasks.at(0));
  REQUIRE(stored->settle({&ended, 1}) == losses{{}});
  CHECK(stored->commit(unit_that_cancels(unit, unit.tasks.inserted.front())) ==
        commit_result::conflict);
  CHECK(stored_task(*stored, unit.workflow.id).status == schema::task_status::completed);
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

STORE_TEST_CASE("a task that goes back to SCHEDULED has a fence above those of its holders") {
  const auto stored = database.open();
  const auto unit = unit_with_tasks(1, 1);
  const auto& task = unit.tasks.inserted.front();
  REQUIRE(stored->create(unit) == commit_result::applied);
  const auto late = stored->claim(claim_of(1)).tasks.at(0);
  const auto cancels = unit_that_cancels(unit, task);
  REQUIRE(stored->commit(cancels) == commit_result::applied);
  REQUIRE(stored->commit(unit_that_gives_back(cancels, task)) == commit_result::applied);
  CHECK(is_in_step(*stored, unit.workflow.id));
  const auto lease = stored->claim(claim_of(1)).tasks.at(0);
  CHECK(lease.fence > late.fence + 1);
  const auto ended = completed(late);
  CHECK(stored->settle({&ended, 1}) == losses{lease_loss::lost});
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
  std::atomic<std::size_t> ended = 0;
  const auto work = [&] {
    while (ended < tasks) {
      const auto claimed = stored->claim(claim_of(5)).tasks;
      const int now = running += static_cast<int>(claimed.size());
      for (int seen = highest; seen < now && !highest.compare_exchange_weak(seen, now);) {
      }
      std::vector<settlement> done;
      for (const task_lease& each : claimed) done.push_back(completed(each));
      running -= static_cast<int>(claimed.size());
      CHECK(stored->settle(done) == losses(done.size()));
      ended += done.size();
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < workers; ++i) threads.emplace_back(work);
  for (std::thread& each : threads) each.join();
  CHECK(ended == tasks);
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
