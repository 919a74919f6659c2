// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/held_tasks.hpp"

#include <nava/workflow/id.hpp>

#include "support/catch.hpp"

using namespace nava;
using namespace std::chrono_literals;

namespace {

held_pointer task_of(const uuid& workflow_id) {
  persistence::task_lease lease;
  lease.workflow_id = workflow_id;
  lease.task_id = new_id();
  lease.name = "print";
  return std::make_shared<held_task>(std::move(lease), nullptr);
}

// Of three workflows: two tasks of the first, then one of each.
struct waiting {
  waiting() {
    const std::vector<std::optional<std::chrono::milliseconds>> no_delays(tasks.size());
    held.take(tasks, no_delays);
  }

  // By its place among those that were claimed.
  std::ptrdiff_t next() {
    const auto found =
        std::find(tasks.begin(), tasks.end(), held.next_to_run(held_tasks::kind::any));
    return found - tasks.begin();
  }

  uuid first = new_id();
  std::vector<held_pointer> tasks{task_of(first), task_of(first), task_of(new_id()),
                                  task_of(new_id())};
  held_tasks held{100, 30s};
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
