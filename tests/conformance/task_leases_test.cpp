// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "conformance/store_test_case.hpp"
#include "support/eventually.hpp"
#include "support/task_units.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;
using result = settlement::result;

namespace {

// Its lease has to end first.
std::vector<task_lease> claim_again(store& stored) {
  claimed_tasks claimed;
  REQUIRE(eventually([&] {
    claimed = stored.claim(claim_of(1));
    return !claimed.tasks.empty();
  }));
  return claimed.tasks;
}

}  // namespace

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
