// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <nava/nava.hpp>

#include "support/engine_case.hpp"
#include "support/eventually.hpp"
#include "support/replayed.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;

#define TASK_COMMAND_CASE(NAME) \
  ENGINE_TEST_CASE("task command: " NAME, "[worker]", sqlite_memory, sqlite_file, postgresql_kept)

namespace {

using lines = std::vector<std::string>;

// A letter that is printed, on which its step waits, and mailed by a task that nobody listens to.
definition letter() {
  definition_builder letter{"letter", revision{1}};
  letter.stage("s", "Stage");
  letter.step("printing", {.stage = "s"})
      .on_task_finished("print", [](step_context& step, const task_end& ended) {
        step.message(std::string{to_text(ended.status)});
        if (ended.succeeded()) step.finish();
      });
  letter.on_started([](workflow_context& on) {
    on.add_step("printing").add_task("print", {}, {.attempts_max = 1});
    on.add_task("mail", {}, {.attempts_max = 1});
  });
  return letter.build();
}

class office {
 public:
  explicit office(test_database& database) : stored(database.open()), run(stored, {letter()}) {
    id = run.start("letter", {"letter", "1"}).workflow_id;
  }

  // Works until no task is open.
  void work(bool has_paper) {
    const auto handler = [&](task_context& task) -> json::object {
      attempts = task.attempt();
      if (!has_paper) throw std::runtime_error{"no paper"};
      return {};
    };
    const worker works{run, {{"print", handler}, {"mail", handler}}, {.threads = 1, .poll = 20ms}};
    REQUIRE(eventually([&] { return stored->load(id).value().state.tasks.empty(); }));
  }

  [[nodiscard]] schema::workflow_task task(std::string_view name) const {
    for (const auto& each : stored->history(id).value().tasks)
      if (each.name == name) return each;
    throw std::logic_error{"no such task"};
  }
  [[nodiscard]] lines statuses() const {
    return {std::string{to_text(task("print").status)}, std::string{to_text(task("mail").status)},
            std::string{to_text(stored->load(id).value().state.workflow.status)}};
  }

  std::shared_ptr<persistence::store> stored;
  runtime run;
  uuid id;
  std::atomic<std::int64_t> attempts = 0;
};

template <class Call>
std::string reason_of(Call&& call) {
  try {
    call();
  } catch (const std::exception& thrown) {
    return thrown.what();
  }
  return "";
}

}  // namespace

TASK_COMMAND_CASE("a task that FAILED is retried, with all its attempts") {
  office letter{database};
  letter.work(false);
  CHECK(letter.statuses() == lines{"FAILED", "FAILED", "ACTIVE"});
  (void)letter.run.retry_task(letter.id, letter.task("print").id, {.reason = "paper has come"});
  CHECK(letter.task("print").status == task_status::scheduled);
  CHECK(letter.task("print").attempt == 0);
  CHECK_FALSE(letter.task("print").ts_end);
  CHECK(broken_promises(*letter.stored, letter.id) == lines{});
  letter.work(true);
  CHECK(letter.attempts == 1);
  CHECK(letter.statuses() == lines{"COMPLETED", "FAILED", "COMPLETED"});
  // The workflow is done; the mail still has to go.
  (void)letter.run.retry_task(letter.id, letter.task("mail").id);
  letter.work(true);
  CHECK(letter.statuses() == lines{"COMPLETED", "COMPLETED", "COMPLETED"});
  const auto history = letter.stored->history(letter.id).value();
  CHECK(history.messages.size() == 2);
  const auto told =
      std::find_if(history.events.begin(), history.events.end(),
                   [](const auto& each) { return each.event_name == "nava.retry-task"; });
  REQUIRE(told != history.events.end());
  CHECK(told->event_data.at("reason") == "paper has come");
  CHECK(told->event_data.at("task") == json::string{schema::to_text(letter.task("print").id)});
  CHECK(broken_promises(*letter.stored, letter.id) == lines{});
}

TASK_COMMAND_CASE("an open task is cancelled, and may be retried") {
  office letter{database};
  (void)letter.run.cancel_task(letter.id, letter.task("mail").id);
  CHECK(letter.statuses() == lines{"SCHEDULED", "CANCELLED", "ACTIVE"});
  (void)letter.run.retry_task(letter.id, letter.task("mail").id);
  CHECK(letter.statuses() == lines{"SCHEDULED", "SCHEDULED", "ACTIVE"});
  letter.work(true);
  CHECK(letter.statuses() == lines{"COMPLETED", "COMPLETED", "COMPLETED"});
  CHECK(broken_promises(*letter.stored, letter.id) == lines{});
}

TASK_COMMAND_CASE("what cannot be done is told, and nothing is stored") {
  office letter{database};
  const auto before = letter.stored->load(letter.id).value().state.workflow.revision;
  const uuid print = letter.task("print").id;
  CHECK(reason_of([&] { (void)letter.run.retry_task(letter.id, print); }) ==
        "retry_task is refused while task 'print' is SCHEDULED; allowed: FAILED, CANCELLED");
  CHECK(reason_of([&] {
          (void)letter.run.cancel_task(letter.id, uuid{});
        }).ends_with(" has no task 00000000-0000-0000-0000-000000000000"));
  CHECK(reason_of([&] {
          (void)letter.run.cancel_task(uuid{}, print);
        }).find("00000000-0000-0000-0000-000000000000") != std::string::npos);
  CHECK(letter.stored->load(letter.id).value().state.workflow.revision == before);
}
