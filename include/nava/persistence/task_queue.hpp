// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <nava/export.hpp>
#include <nava/schema/workflow_rows.hpp>
#include <nava/workflow/deadline.hpp>
#include <nava/workflow/resource.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

/// The right to run tasks. Workers use it; an application that has a worker need not.
namespace nava::persistence {

/// The most tasks of one claim, renewal or settlement.
inline constexpr std::size_t tasks_at_once_max = 1'000;

/// A place in the order in which the tasks of a lane are due. Values.
struct agenda_place {
  timestamp ts_due = timestamp::min();  ///< the least: before all tasks
  uuid task_id{};                       ///< decides among tasks of one instant

  ///@{
  /// Compares ts_due, then task_id.
  friend bool operator==(const agenda_place&, const agenda_place&) = default;
  friend bool operator<(const agenda_place& left, const agenda_place& right) {
    return std::tie(left.ts_due, left.task_id) < std::tie(right.ts_due, right.task_id);
  }
  ///@}
};

/// The tasks of one queue and priority. `after` is a low-water mark: a claim looks beyond it, so
/// that it does not pass again over the dead rows of tasks that were taken. What the mark has
/// passed by, a commit that took longer than the claim after it or a lease that ended, is found by
/// a claim with a lower one.
struct agenda_lane {
  std::string queue;          ///< of the tasks; a task without one is in the queue of its name
  std::int64_t priority = 0;  ///< of the tasks: exactly this one
  agenda_place after{};       ///< by default the lane is looked at from its begin
};

/// Which tasks a claim leases, for whom and for how long. A value out of its range makes the claim
/// throw error (invalid_input): a lease takes 1 ms to 24 h, a priority step 0 to 366 days.
struct claim_request {
  std::vector<agenda_lane> lanes;     ///< a claim takes tasks of one; empty: it takes none
  std::size_t tasks_max = 1;          ///< 1 to tasks_at_once_max
  std::chrono::milliseconds lease{};  ///< how long the tasks are the owner's, unless renewed
  std::string owner;                  ///< for people: which worker has the task
  /// A lane of priority p goes before one of p - 1 whose first task has waited for less than this
  /// longer: so that no priority waits for ever.
  std::chrono::milliseconds priority_step{900'000};
};

/// A task that is the owner's until its lease ends.
struct task_lease {
  ///@{
  /// They name the task to renew() and settle(), which want its fence too.
  uuid workflow_id{};
  uuid task_id{};
  ///@}
  std::int64_t fence = 0;         ///< greater than those of all earlier holders
  std::int64_t attempt = 0;       ///< this one, from 1; more than attempts_max: do not run it
  std::int64_t attempts_max = 1;  ///< given when the task was added
  timestamp ts_start{};           ///< when it was claimed
  agenda_place place{};           ///< where the claim found it
  /// No attempt may begin after it. The claim does not look at it: the holder must. None: no bound.
  std::optional<timestamp> ts_expire{};
  std::string name;               ///< which handler runs the task
  std::optional<uuid> step_id{};  ///< the step that the task was added for; none: the workflow
  json::object input;             ///< given when the task was added
  ///@{
  /// The definition of the workflow, and the revision that it was started with.
  std::string wfdef_key;
  std::int64_t wfdef_rev = 1;
  ///@}
  nava::resource about;                    ///< the resource of the workflow
  bool is_paused = false;                  ///< the workflow was, at the claim
  std::optional<json::object> progress{};  ///< the last that a holder has reported
};

/// What claim() has leased, and when to claim again.
struct claimed_tasks {
  std::vector<task_lease> tasks;  ///< of one lane, by place; at most claim_request::tasks_max
  /// The lane that they come from, as a place in `claim_request::lanes`. With no task: others were
  /// claiming all that it had, or its queue is at its limit. None: no lane has a task that is due.
  std::optional<std::size_t> lane{};
  /// Without a lane: how long it is until a task of these lanes is due; none where none waits. With
  /// a lane and no task: how long the rate of its queue lets none begin, where that is why.
  std::optional<std::chrono::microseconds> next_due{};
};

/// The most tasks of a rate in one period.
inline constexpr std::size_t task_rate_max = 100'000;

/// How many tasks may begin in a time. At a high rate a worker that begins one at a time falls
/// behind: let as many burst as begin in some 50 ms. After a rest `burst` may begin at once; then
/// one each `period / tasks`. So in no time of one period do more than `tasks + burst - 1` begin.
struct task_rate {
  std::size_t tasks = 1;               ///< 1 to task_rate_max; no more than one each microsecond
  std::chrono::milliseconds period{};  ///< 1 ms to a year
  std::size_t burst = 1;               ///< 1 to `tasks`

  /// Compares all members.
  friend bool operator==(const task_rate&, const task_rate&) = default;
};

/// Why a lease was not extended, or not settled.
enum class lease_loss {
  settled,    ///< by an earlier call of this holder, or by its decision
  cancelled,  ///< by a decision, or with the workflow
  lost,       ///< it ended, and another has the task
  locked      ///< nothing was done: another session holds the row; try again
};

/// A lease to extend.
struct renewal {
  ///@{
  /// Those of the task_lease.
  uuid workflow_id{};
  uuid task_id{};
  std::int64_t fence = 0;
  ///@}
  std::optional<json::object> progress{};  ///< none: as it is
};

/// How an attempt ended.
struct settlement {
  /// What becomes of the task.
  enum class result {
    completed,
    failed,    ///< for good
    postponed  ///< SCHEDULED again, after `delay`
  };
  ///@{
  /// Those of the task_lease.
  uuid workflow_id{};
  uuid task_id{};
  std::int64_t fence = 0;
  ///@}
  result ends_as{};                      ///< `postponed` keeps the task open, the others end it
  std::int64_t attempt = 0;              ///< attempts that count; one less where this one shall not
  std::optional<json::object> output{};  ///< the result of the task; not stored where postponed
  /// Why the attempt failed. None: a postponed task keeps its last error, and one that ends has
  /// none.
  std::optional<std::string> error{};
  std::chrono::milliseconds delay{0};      ///< of a postponed one, from now; 0 to 100 years
  std::optional<json::object> progress{};  ///< of a postponed one; none: as it is
};

/// The most tasks of one list.
inline constexpr std::size_t listed_tasks_max = 1'000;

/// Which tasks to list. The runtime's own, whose names begin with `nava.`, are left out unless
/// their name is given.
struct task_list {
  /// SCHEDULED: open, and held by no worker; RUNNING: under a lease. None: both.
  std::optional<schema::task_status> status{};
  std::string name{};                     ///< empty: any
  std::optional<uuid> workflow_id{};      ///< none: any
  std::optional<timestamp> due_before{};  ///< of what has ended: ended before
  /// Tasks of older workflows than this one, or of this one with smaller ids; none: the newest.
  std::optional<std::pair<uuid, uuid>> after{};
  std::size_t limit = 100;  ///< more than listed_tasks_max counts as that
};

/// A task as people look for it.
struct listed_task {
  uuid workflow_id{};             ///< the workflow that owns the task
  uuid id{};                      ///< unique in the workflow
  std::optional<uuid> step_id{};  ///< the step that the task was added for; none: the workflow
  std::string name;               ///< which handler runs the task
  std::string queue;              ///< the name of the task where it was added without a queue
  schema::task_status status{};   ///< of an open task: as task_list::status has it
  std::int64_t attempt = 0;       ///< those that count: snoozes and waits do not
  std::int64_t attempts_max = 1;  ///< given when the task was added
  /// No attempt begins before; of a task whose lease was renewed: the end of the lease. Of an ended
  /// task it is what a decision has stored, where none means at once.
  std::optional<timestamp> ts_due{};
  std::optional<timestamp> ts_start{};       ///< of the last attempt, unless it was postponed
  std::optional<timestamp> ts_end{};         ///< none: the task is open
  std::optional<std::string> lease_owner{};  ///< of an ended task: of the last lease; none: nobody
  std::optional<timestamp> lease_until{};    ///< may have passed; none: under no lease
  std::optional<std::string> error{};        ///< of the last attempt, if it failed
  ///@{
  /// The definition and the resource of the workflow.
  std::string wfdef_key;
  std::string resource_name;
  std::string resource_id;
  ///@}
};

/// The seam between running tasks and keeping them. Instants are those of the database's clock; on
/// SQLite, of the system's. Thread-safe. Each call is bounded as those of `store`, and throws error
/// as they do: outcome_unknown leaves open whether it was done, and the same call made again says
/// `settled` of what was.
class NAVA_EXPORT task_queue {
 public:
  virtual ~task_queue() = default;

  /// Leases the tasks of one lane that are due first, those whose leases have ended too. Each
  /// counts as an attempt. Of several lanes it takes the one whose first task has waited longest,
  /// by priority. Any number of workers may claim at once: each takes what the others left. Of a
  /// queue that is limited it takes no more than may run, or begin.
  virtual claimed_tasks claim(const claim_request& request, deadline limit = {}) = 0;

  /// Returns how long it is until the next task of these lanes is due; none where none waits.
  [[nodiscard]] virtual std::optional<std::chrono::microseconds> next_due(
      std::span<const agenda_lane> lanes, deadline limit = {}) = 0;

  /// Limits how many tasks of a queue run at once, over all workers of all processes; 0: no limit.
  /// What runs goes on: after a lower limit more may run until they have ended. At most
  /// tasks_at_once_max. Throws error: invalid_input for more, and for a name that no queue can
  /// have.
  virtual void limit_running(std::string_view queue, std::size_t most, deadline limit = {}) = 0;
  /// Returns that limit; 0 where there is none.
  [[nodiscard]] virtual std::size_t running_limit(std::string_view queue, deadline limit = {}) = 0;

  /// Limits how many tasks of a queue begin in a time, over all workers of all processes; none: no
  /// limit. Each attempt counts, run or not. Throws error (invalid_input) for a rate beyond its
  /// bounds, and for a name that no queue can have.
  virtual void limit_rate(std::string_view queue, const std::optional<task_rate>& rate,
                          deadline limit = {}) = 0;
  /// Returns that rate; none where there is none.
  [[nodiscard]] virtual std::optional<task_rate> rate_limit(std::string_view queue,
                                                            deadline limit = {}) = 0;

  /// Extends leases to `lease` from now. Returns an element for each: none where it was extended.
  /// One that has ended is extended too, as long as nobody has claimed the task; in a queue that is
  /// limited it is lost.
  virtual std::vector<std::optional<lease_loss>> renew(std::span<const renewal> leases,
                                                       std::chrono::milliseconds lease,
                                                       deadline limit = {}) = 0;

  /// Returns tasks of the newest workflows first. Open ones are found in the agenda, which has no
  /// others; those that have ended are looked for in all tasks, and a rare one takes time.
  [[nodiscard]] virtual std::vector<listed_task> list_tasks(const task_list& which,
                                                            deadline limit = {}) = 0;

  /// Stores how attempts ended, each on its own. Returns an element for each: none where it was
  /// stored, else why not.
  virtual std::vector<std::optional<lease_loss>> settle(std::span<const settlement> ended,
                                                        deadline limit = {}) = 0;
};

}  // namespace nava::persistence
