// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/held_tasks.hpp"

#include <future>
#include <nava/workflow/id.hpp>
#include <thread>

#include "support/catch.hpp"
#include "support/eventually.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

held_pointer task_of(const uuid& workflow_id, bool ends_in_decision = true) {
  persistence::task_lease lease;
  lease.workflow_id = workflow_id;
  lease.task_id = new_id();
  lease.name = "print";
  const auto task = std::make_shared<held_task>(std::move(lease), nullptr);
  task->set_ends_in_decision(ends_in_decision);
  return task;
}

// Of three workflows: two tasks of the first, then one of each.
struct waiting {
  explicit waiting(bool ends_in_decision = true) {
    for (const uuid& id : {first, first, new_id(), new_id()})
      tasks.push_back(task_of(id, ends_in_decision));
    take(tasks);
  }

  void take(const std::vector<held_pointer>& more) {
    const std::vector<std::optional<std::chrono::milliseconds>> no_delays(more.size());
    held.take(more, no_delays);
  }

  // By its place among those that were claimed.
  std::ptrdiff_t next() {
    const auto found =
        std::find(tasks.begin(), tasks.end(), held.next_to_run(held_tasks::kind::any));
    return found - tasks.begin();
  }

  uuid first = new_id();
  std::vector<held_pointer> tasks;
  held_tasks held{1'000, 30s};
};

}  // namespace

TEST_CASE("held tasks: those of workflows that no thread is busy with go first") {
  waiting all;
  CHECK(all.next() == 0);
  CHECK(all.next() == 2);
  CHECK(all.next() == 3);
  CHECK(all.next() == 1);
}

TEST_CASE("held tasks: one thread runs them in their order") {
  waiting all;
  for (const std::ptrdiff_t place : {0, 1, 2, 3}) {
    CHECK(all.next() == place);
    const held_pointer& task = all.tasks[static_cast<std::size_t>(place)];
    if (place % 2 == 0)
      all.held.hand_over(task, {});
    else
      all.held.forget({&task, 1});
  }
}

TEST_CASE("held tasks: those that end without a decision go in their order, beside each other") {
  waiting all{false};
  for (const std::ptrdiff_t place : {0, 1, 2, 3}) CHECK(all.next() == place);
}

TEST_CASE("held tasks: none is passed over for ever") {
  waiting all;
  std::vector<held_pointer> others;
  for (int i = 0; i < 200; ++i) others.push_back(task_of(new_id()));
  all.take(others);
  CHECK(all.next() == 0);
  int passed_by = 0;
  while (all.next() != 1) ++passed_by;
  CHECK(passed_by == 100);
}

TEST_CASE("held tasks: the keeper of leases notices what begins while it asks others to stop") {
  held_tasks held{10, 1h};
  const task_definition limited{"print", {}, {.time_limit = 1ms}};
  const auto begin = [&] {
    persistence::task_lease lease;
    lease.task_id = new_id();
    lease.name = "print";
    const auto task = std::make_shared<held_task>(std::move(lease), &limited);
    const std::optional<std::chrono::milliseconds> no_delay;
    held.take({&task, 1}, {&no_delay, 1});
    return held.next_to_run(held_tasks::kind::any);
  };
  const held_pointer first = begin();
  std::promise<held_pointer> begun;
  const std::stop_callback when_stopped{first->stop_token(), [&] { begun.set_value(begin()); }};
  std::thread keeper{[&] { (void)held.next_to_renew(); }};
  const held_pointer second = begun.get_future().get();
  CHECK(eventually([&] { return second->stop_token().stop_requested(); }));
  held.stop();
  held.abandon();
  keeper.join();
}
