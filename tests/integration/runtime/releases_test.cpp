// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <nava/nava.hpp>

#include "support/backends.hpp"
#include "support/eventually.hpp"
#include "support/replayed.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

constexpr int leaves = 20;

// The second revision has a stage more, in which the payroll is told.
definition leave(std::int64_t number) {
  definition_builder leave{"leave", revision{number}};
  leave.stage("review", "Review");
  auto approval = leave.step("approval", {.stage = "review"});
  if (number == 1) {
    approval.on("answer", [](step_context& step, const event&) { step.finish(); });
  } else {
    leave.stage("payroll", "Payroll");
    // Of this the old release has no handler.
    leave.step("booking", {.stage = "payroll"})
        .on_task_finished("book", [](step_context& step, const task_end&) { step.finish(); })
        .on("booked", [](step_context& step, const event&) { step.add_task("book"); });
    leave.keep_early("booked", 1h);
    approval.on("answer", [](step_context& step, const event&) {
      step.add_step("booking");
      step.finish();
    });
  }
  approval.on_task_finished("mail", [](step_context& step, const task_end& mailed) {
    step.memorize({{"mailed_by", mailed.result.at("release")}});
  });
  leave.on_started(
      [](workflow_context& workflow) { workflow.add_step("approval").add_task("mail"); });
  return leave.build();
}

std::vector<definition> definitions_of(int release) {
  std::vector<definition> all{leave(1)};
  if (release == 2) all.push_back(leave(2));
  return all;
}

// A program of a release, which starts its leaves and works until it is ended.
class release_process {
 public:
  release_process(const test_database& database, int release) : pid_(::fork()) {
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) work(database, release);
  }
  release_process(const release_process&) = delete;
  release_process& operator=(const release_process&) = delete;
  ~release_process() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

 private:
  // In the child, which has nothing of the test but this.
  [[noreturn]] static void work(const test_database& database, int release) {
    try {
      runtime run{std::shared_ptr{database.open()}, definitions_of(release)};
      for (int i = 0; i < leaves; ++i)
        run.start("leave", {"employee", fmt::format("{}-{}", release, i)});
      const auto note = [release](task_context&) { return json::object{{"release", release}}; };
      const worker works{run, {{"mail", note}, {"book", note}}, {.poll = 20ms}};
      const inbox_drainer delivers{run, {.poll = 20ms}};
      while (true) ::pause();
    } catch (...) {
      std::_Exit(4);
    }
  }

  const pid_t pid_;
};

std::vector<std::string> stages_of(const nava::workflow_state& state) {
  std::vector<std::string> keys;
  for (const auto& stage : state.stages)
    keys.push_back(stage.key + " " + std::string{to_text(stage.status)});
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace

BACKEND_TEST_CASE("releases: programs of two work beside each other, each workflow by its own",
                  "[runtime][worker]", sqlite_file, postgresql_kept) {
  (void)database.open();
  {
    const release_process old_release{database, 1}, new_release{database, 2};
    const auto count_of = [&](std::string_view what) {
      std::size_t found = 0;
      const auto store = database.open();
      for (const auto& row : store->list({.wfdef_key = "leave", .limit = 1'000}).workflows)
        if (const auto there = store->load(row.id); there)
          found += what == "mailed" ? !there->state.steps.front().memory.empty()
                                    : row.status == schema::workflow_status::completed;
      return found;
    };
    // As long as there are more each time: a task that the old release takes again and again is
    // left to the other for a second more each time.
    const auto all_are = [&](std::string_view what, std::size_t count) {
      for (std::size_t found = count_of(what); found < count;) {
        const std::size_t before = found;
        if (!eventually([&] { return (found = count_of(what)) > before; })) return false;
      }
      return true;
    };
    REQUIRE(all_are("mailed", 2 * leaves));
    // Each event is taken by whichever process comes first.
    runtime publishes{std::shared_ptr{database.open()}, {leave(1), leave(2)}};
    for (const int release : {1, 2})
      for (int i = 0; i < leaves; ++i) {
        const std::string id = fmt::format("{}-{}", release, i);
        publishes.publish({.name = "answer", .resource = {"employee", id}, .key = id});
        if (release == 2)
          publishes.publish(
              {.name = "booked", .resource = {"employee", id}, .key = id + "/booked"});
      }
    REQUIRE(all_are("completed", 2 * leaves));
  }
  const auto store = database.open();
  int of_old = 0;
  for (const auto& row : store->list({.wfdef_key = "leave", .limit = 1'000}).workflows) {
    const auto state = store->load(row.id).value().state;
    const bool is_old = row.resource_id.starts_with("1-");
    of_old += is_old;
    CHECK(row.wfdef_rev == (is_old ? 1 : 2));
    CHECK(stages_of(state) ==
          (is_old ? std::vector<std::string>{"review COMPLETED"}
                  : std::vector<std::string>{"payroll COMPLETED", "review COMPLETED"}));
    const auto by = state.steps.front().memory.at("mailed_by").to_number<int>();
    if (!is_old) CHECK(by == 2);
    CHECK(broken_promises(*store, row.id) == std::vector<std::string>{});
  }
  CHECK(of_old == leaves);
}

BACKEND_TEST_CASE("releases: who may handle an event, the revisions of a known definition tell",
                  "[runtime]", sqlite_memory, sqlite_file, postgresql_kept) {
  const std::shared_ptr store{database.open()};
  runtime new_release{store, {leave(1), leave(2)}};
  runtime old_release{store, {leave(1)}};
  definition_builder other{"other", revision{1}};
  other.stage("s", "Stage");
  other.step("wait", {.stage = "s"}).on("done", [](step_context& step, const event&) {
    step.finish();
  });
  runtime neighbour{store, {other.build()}};
  const resource employee{"employee", "7"};
  const event booked{.name = "booked", .resource = employee, .key = no_key};
  CHECK_THROWS_AS(old_release.deliver(booked), event_refused);
  const uuid id = new_release.start("leave", employee).workflow_id;
  CHECK_THROWS_AS(old_release.deliver(booked), unknown_revision);
  CHECK_THROWS_AS(neighbour.deliver(booked), event_refused);
  new_release.cancel(id);
  CHECK_THROWS_AS(old_release.deliver(booked), event_refused);
}
