// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/export.hpp>
#include <nava/runtime/runtime.hpp>
#include <stop_token>

namespace nava {

/// What a handler throws to have its task run again after `delay`; the attempt does not count.
class NAVA_EXPORT snooze : public exception {
 public:
  /// `delay` runs from the end of the attempt. Below 0 it counts as 0, above a year as a year.
  explicit snooze(std::chrono::milliseconds delay)
      : exception("the task is put off"), delay_(delay) {}

  /// Returns the delay that was given, in or out of these bounds.
  [[nodiscard]] std::chrono::milliseconds delay() const noexcept { return delay_; }
  [[nodiscard]] fault_of fault() const noexcept override { return fault_of::caller; }

 private:
  std::chrono::milliseconds delay_;
};

/// What a handler throws where no further attempt can help: the task is FAILED.
class NAVA_EXPORT give_up : public exception {
 public:
  /// `reason` is what() of it, and becomes the error of the task.
  explicit give_up(const std::string& reason) : exception(reason) {}

  [[nodiscard]] fault_of fault() const noexcept override { return fault_of::caller; }
};

/// What the handler of a task is given. Valid until the handler returns; used in its thread.
class NAVA_EXPORT task_context {
 public:
  /// Returns the id of the task, which is the same at each attempt.
  [[nodiscard]] virtual const uuid& id() const = 0;
  /// Returns the name of the task, that of its task_definition.
  [[nodiscard]] virtual const std::string& name() const = 0;
  /// Returns what add_task() got as input.
  [[nodiscard]] virtual const engine::payload& input() const = 0;
  /// From 1. An effect outside that must not be made twice is given the task's id as its key: a
  /// worker may die between the effect and its record, and then the task is run again.
  [[nodiscard]] virtual std::int64_t attempt() const = 0;
  /// Returns the number of the last attempt: task_options::attempts_max.
  [[nodiscard]] virtual std::int64_t attempts_max() const = 0;
  /// Returns the id of the workflow that the task is of.
  [[nodiscard]] virtual const uuid& workflow_id() const = 0;
  /// Returns the resource that the workflow is about.
  [[nodiscard]] virtual const resource& about() const = 0;
  /// Returns the step that has added the task; none where the workflow has.
  [[nodiscard]] virtual const std::optional<uuid>& step_id() const = 0;
  /// Returns when the time of the attempt is over; never where the policy has no limit.
  [[nodiscard]] virtual deadline limit() const = 0;
  /// A stop is requested when the task is cancelled, its lease is lost, its time is over, or the
  /// worker stops for good. What the handler returns then is dropped.
  [[nodiscard]] virtual std::stop_token stop_token() const = 0;
  /// Returns what earlier attempts, or other holders, have reported last and was stored: where to
  /// go on from. None where nothing was.
  [[nodiscard]] virtual const std::optional<json::object>& progress() const = 0;
  /// Tells people and later attempts how far it is; stored with the next renewal of the lease.
  /// Throws error (invalid_input) for JSON that cannot be stored, or has more than
  /// progress_bytes_max.
  virtual void report(json::object progress) = 0;

 protected:
  ~task_context() = default;
};

inline constexpr std::size_t progress_bytes_max = 16'384;  ///< of report(), as JSON
/// Of a result as JSON. Keep larger ones elsewhere, and refer to them.
inline constexpr std::size_t task_result_bytes_max = 1'048'576;

/// Runs a task. What it returns is the task's result. What it throws ends the attempt: the task is
/// run again later, or is FAILED when it is out of attempts; `snooze` and `give_up` are the
/// exceptions. Handlers of one worker run in several threads at once.
using task_handler = std::function<json::object(task_context&)>;

/// How long attempts of a task take, and how long the task waits between them.
struct task_policy {
  /// Before the second attempt; doubled before each further one, up to backoff_max, a year at most.
  /// A random part of up to a fifth is added.
  std::chrono::milliseconds backoff{1'000};
  std::chrono::milliseconds backoff_max{3'600'000};  ///< from `backoff` to a year
  /// Of an attempt. When it is over, stop_token() says so and the lease is not renewed. 0: none.
  std::chrono::milliseconds time_limit{0};
};

/// What runs the tasks of one name.
struct task_definition {
  std::string name;      ///< 1 to key_bytes_max bytes; must not begin with `nava.`
  task_handler run;      ///< must not be empty
  task_policy policy{};  ///< for each attempt
};

/// How a worker works.
struct worker_options {
  std::string name{};       ///< for people; empty: host and process
  std::size_t threads = 4;  ///< handlers of the application that run at once
  /// Where to look for tasks; empty: the names of the task definitions. A task of another name is
  /// put off by a minute, and a warning names it once. The runtime's own queues come to these.
  std::vector<std::string> queues{};
  /// The most tasks that it holds at once, run or waiting for a thread; the runtime's own are
  /// counted apart, up to the same number. Those that wait when the
  /// process dies are run by others after `lease`.
  std::size_t tasks_max = 64;
  /// When others may take a task of this worker after its death; renewed at each third of it.
  std::chrono::milliseconds lease{30'000};
  /// How often it looks for tasks that others than its runtime store.
  std::chrono::milliseconds poll{1'000};
  std::chrono::milliseconds priority_step{900'000};  ///< as in claim_request
  std::chrono::milliseconds stop_timeout{30'000};    ///< of the destructor
};

/// Runs tasks, and the hooks of times that have come, in threads of its own, as long as it lives.
/// Any number of workers, in any number of processes, may work on one database: each task is held
/// by one at a time, by a lease. A task runs at least once, and ends once: the result of a worker
/// that has lost its lease is refused.
///
/// A task whose end its definition listens to ends in a decision; the others are settled many at a
/// time. Failures of the database are logged and tried again.
///
/// Thread-safe. The runtime must outlive the worker.
class NAVA_EXPORT worker {
 public:
  /// Without tasks it runs what is set by wake_at(), ts_due and ts_expire. Throws refused for two
  /// definitions of one name, a definition without a handler, and options beyond their bounds.
  worker(runtime& runtime, std::vector<task_definition> tasks, worker_options options = {});
  /// As stop(), then waits for the handlers that still run, and for a call of the database.
  ~worker();
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  /// Claims no more, gives back what waits, and lets handlers end until shortly before the
  /// deadline; not set: `worker_options::stop_timeout` from now. What still runs then is asked to
  /// stop and given back, so that another worker takes it at once; where the database is away, when
  /// its lease has ended. Returns whether all had ended. Any thread may call it, any number of
  /// times.
  bool stop(deadline limit = {});

 private:
  class engine_room;
  std::unique_ptr<engine_room> room_;
};

}  // namespace nava
