// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/export.hpp>
#include <nava/runtime/worker.hpp>

/// For tests of an application's definitions: days pass in milliseconds, and in order.
namespace nava::testing {

/// What a test_engine begins with.
struct test_options {
  /// When the clock begins: at noon of 1 January 2026, UTC.
  timestamp now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1} + std::chrono::hours{12}};
  /// Tables of the application, for the rows that decisions insert:
  /// `workflow_database<…>::extensions`.
  schema::database_description extensions{};
};

/// Runs definitions on a database in memory, by a clock that stands until the test moves it. Tasks
/// and timers run, and published events are delivered, in the calls run_due() and advance(), one
/// after the other. Not thread-safe.
class NAVA_EXPORT test_engine {
 public:
  /// Throws as the runtime does.
  explicit test_engine(std::vector<definition> definitions, const test_options& options = {});
  ~test_engine();
  test_engine(const test_engine&) = delete;
  test_engine& operator=(const test_engine&) = delete;

  /// Returns the runtime on the database in memory. Valid as long as this engine.
  [[nodiscard]] nava::runtime& runtime();
  /// Returns the time of the test's clock, by which the runtime and the database decide.
  [[nodiscard]] timestamp now() const;

  /// Has tasks run, from now on, by the application's handler or by a fake. Tasks without one wait.
  /// The backoff of failed attempts, without its random part, passes on the test's clock. Throws as
  /// the worker does; a later call replaces the handler of the same name.
  test_engine& run_tasks(task_definition task);
  /// The same with a handler that returns `result`.
  test_engine& answer_tasks(std::string name, json::object result = {});
  /// The same with a handler that gives up.
  test_engine& fail_tasks(std::string name, std::string reason);
  /// Also looks at a queue that tasks name.
  test_engine& watch_queue(std::string name);

  /// Runs what is due, in the order of the instants, until nothing is; what one decision has stored
  /// for one instant, in the order in which it did. Returns how many attempts, timers and
  /// deliveries that were. Throws what a decision of a task or a timer throws. Throws
  /// std::logic_error after 10,000, which would set each other going for ever. Throws it too for a
  /// task in a queue that is watched, where no handler was given.
  std::size_t run_due();
  /// Moves the clock, and on its way runs each task, timer and event at its instant. Returns how
  /// many. Throws as run_due(), and std::logic_error where `by` is negative.
  std::size_t advance(std::chrono::microseconds by);
  /// Moves the clock while nothing runs, as when the machine was down. Throws std::logic_error
  /// where `by` is negative.
  void skip(std::chrono::microseconds by);

  /// What is published and not delivered: `paid loan/7 EARLY`.
  [[nodiscard]] std::vector<std::string> inbox();

  /// What tests compare: a line for each row, in the order in which they were made. Each throws
  /// error (not_found) where there is no such workflow.
  ///
  /// `signing ACTIVE SENT`; of a finished step the state that it finished from, if it had one:
  /// `signing COMPLETED SIGNED`
  [[nodiscard]] std::vector<std::string> steps(const uuid& workflow_id);
  /// `print COMPLETED`; without timers and children
  [[nodiscard]] std::vector<std::string> tasks(const uuid& workflow_id);
  /// Those that are set: `remind 2026-01-04T12:00:00.000000Z`, in the order of the instants;
  /// `ts_due` for that of a step, `ts_expire` for that of the workflow, `signing ts_expire` for
  /// that of a step.
  [[nodiscard]] std::vector<std::string> timers(const uuid& workflow_id);
  /// `signing: the printer is out of ink`
  [[nodiscard]] std::vector<std::string> messages(const uuid& workflow_id);
  /// `add-step`, `update-step` …
  [[nodiscard]] std::vector<std::string> mutations(const uuid& workflow_id);
  /// `kyc customer/7 SCHEDULED` while it runs, `kyc customer/7 COMPLETED` when it has ended,
  /// however; FAILED where it could not be started or was deleted; CANCELLED where its parent has
  /// stopped waiting
  [[nodiscard]] std::vector<std::string> children(const uuid& workflow_id);

 private:
  class workshop;
  std::unique_ptr<workshop> workshop_;
};

}  // namespace nava::testing
