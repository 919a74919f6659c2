// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/engine/context.hpp>
#include <nava/export.hpp>
#include <nava/workflow/unit_of_work.hpp>
#include <nava/workflow/workflow_history.hpp>
#include <span>

/// Deciding without I/O: functions of (definition, state, trigger, now, transaction id) that return
/// what to store. They read no clock and no random numbers: equal arguments give equal bytes.
/// Thread-safe as far as the handlers are.
///
/// A decide function throws action_refused where the status, the definition or a bound does not
/// allow a verb; payload_error where a handler, hook or selector misses something in JSON; error
/// (invalid_input) for what cannot be stored, or a `now` outside the years 1 to 9999;
/// definition_error where the definition lacks a step of `state`; and what handlers and hooks
/// throw.
namespace nava::engine {

/// Beyond these bounds a verb throws action_refused. Each decision loads all steps and unfinished
/// tasks of a workflow, and its cancellation writes them: within the bounds it stays below
/// unit_bytes_max, so that every workflow can be cancelled.
inline constexpr std::size_t records_per_decision_max = 100'000;    ///< mutations and messages
inline constexpr int hook_depth_max = 64;                           ///< hooks that trigger hooks
inline constexpr std::size_t steps_per_workflow_max = 10'000;       ///< finished ones too
inline constexpr std::size_t open_tasks_per_workflow_max = 10'000;  ///< timers and children too

/// A step that a handler's exception took to ERROR.
struct step_failure {
  uuid step_id{};        ///< what runtime::retry(), recover() and ignore() take
  std::string step_key;  ///< its key in the definition
  std::string reason;    ///< what() of the exception, at most 2,000 bytes
};

/// What a decide function returns.
struct decision {
  unit_of_work work;                     ///< what to store
  workflow_state state;                  ///< as it will be once `work` is stored
  std::optional<step_failure> failed{};  ///< set: `work` holds the failure and no act of a handler
};

/// The task that stands for a child, and the workflow that has started it.
struct parent_link {
  uuid workflow_id{};     ///< the parent's
  uuid task_id{};         ///< what start_child() returned
  std::string wfdef_key;  ///< the parent's

  /// Compares all members.
  friend bool operator==(const parent_link&, const parent_link&) = default;
};

/// What decide_start() starts a workflow with.
struct start_request {
  uuid workflow_id{};                       ///< the id that the workflow gets
  nava::resource resource;                  ///< what the workflow is about
  json::object params{};                    ///< what params() returns for good
  std::string title{};                      ///< empty: the definition's
  std::optional<std::string> owner_id{};    ///< lists find the workflow by it
  std::optional<std::string> company_id{};  ///< lists find the workflow by it
  std::optional<timestamp> ts_expire{};     ///< when on_expired runs
  std::vector<std::string> tags{};          ///< as workflow_context::tag() adds them
  std::optional<parent_link> parent{};      ///< none: it is not a child
  std::optional<event> cause{};  ///< none: the event `nava.start`, with the params as its data
  std::optional<std::string> actor{};  ///< of the event `nava.start`
};

/// Who gives a command, and why.
struct command_cause {
  std::string reason{};                ///< kept in the data of the stored event
  std::optional<std::string> actor{};  ///< who gives it; 1 to key_bytes_max bytes
  event_key key = no_key;              ///< the workflow carries out one command with this key
};

/// A command to a workflow, named as the verb of workflow_context.
enum class command { pause, resume, cancel, abort };
/// A command to a step in ERROR.
enum class step_command { recover, ignore };
/// A command to a task: `cancel` to an open one, `retry` to one that is FAILED or CANCELLED.
enum class task_command { cancel, retry };

/// A command about a legal hold of a workflow.
enum class legal_hold_command { place, release };

/// Begins a workflow: stages of the definition, status ACTIVE, then the on_started hooks. An
/// exception of a hook is thrown, whatever the definition's on_exception.
[[nodiscard]] NAVA_EXPORT decision decide_start(const definition& definition,
                                                const start_request& request, timestamp now,
                                                const uuid& transaction_id);

/// Runs all handlers of the definition that `happened` triggers on this workflow, as one decision.
/// Where a step handler throws, on_exception says what becomes of the event. Throws event_refused
/// where no handler runs: the workflow is finished or about another resource, or no open step takes
/// the event; and where several open steps could take it and it has no selector.
[[nodiscard]] NAVA_EXPORT decision decide(const definition& definition, const workflow_state& state,
                                          const event& happened, timestamp now,
                                          const uuid& transaction_id);

/// Carries out a command. The cause is the event `nava.pause` …
[[nodiscard]] NAVA_EXPORT decision decide(const definition& definition, const workflow_state& state,
                                          command verb, const command_cause& why, timestamp now,
                                          const uuid& transaction_id);

/// Carries out a command to one step. The cause is the event `nava.recover` or `nava.ignore`.
[[nodiscard]] NAVA_EXPORT decision decide(const definition& definition, const workflow_state& state,
                                          step_command verb, const uuid& step_id,
                                          const command_cause& why, timestamp now,
                                          const uuid& transaction_id);

/// Places a legal hold, or releases it, in any status. The cause is the event
/// `nava.place-legal-hold` or `nava.release-legal-hold`.
[[nodiscard]] NAVA_EXPORT decision decide(const definition& definition, const workflow_state& state,
                                          legal_hold_command verb, std::string_view name,
                                          const command_cause& why, timestamp now,
                                          const uuid& transaction_id);

/// Cancels an open task, or opens one again that is FAILED or CANCELLED: with all its attempts, and
/// without a `ts_expire` that has passed. The cause is the event `nava.cancel-task` or
/// `nava.retry-task`. `task`: its row; a state has open tasks only.
[[nodiscard]] NAVA_EXPORT decision decide(const definition& definition, const workflow_state& state,
                                          task_command verb, const schema::workflow_task& task,
                                          const command_cause& why, timestamp now,
                                          const uuid& transaction_id);

/// Ends a task that a worker has run, and runs the hooks that listen to its end. The cause is the
/// event `nava.task-finished`, with the task in its data. Where a hook throws, `failed` or a
/// message says why. `refused`: why the database did not take what the hooks did, which counts as
/// if one had thrown it. Throws workflow_paused, and action_refused where the workflow has no such
/// open task.
[[nodiscard]] NAVA_EXPORT decision decide_task_end(const definition& definition,
                                                   const workflow_state& state,
                                                   const task_end& ended, const task_attempt& by,
                                                   timestamp now, const uuid& transaction_id,
                                                   std::string_view refused = {});

/// Recovers a step in ERROR and runs the handlers of `failed` again, the event that failed it, as
/// one decision. The cause is the event `nava.retry`. An exception of a handler is thrown, whatever
/// the definition's on_exception. Throws event_refused also where the event may have been for an
/// open step with another key too.
[[nodiscard]] NAVA_EXPORT decision decide_retry(const definition& definition,
                                                const workflow_state& state, const uuid& step_id,
                                                const event& failed, const command_cause& why,
                                                timestamp now, const uuid& transaction_id);

/// Returns the event whose handler threw when the step went to ERROR last. Empty where a handler
/// called fail(), whose other changes are stored and must not be made twice. Empty too where a hook
/// of a task, a child or a timer threw, or nothing failed.
/// `history` must be whole.
[[nodiscard]] NAVA_EXPORT std::optional<event> event_that_failed(const workflow_history& history,
                                                                 const uuid& step_id);

/// Applies mutations in the order of `seq`, from the first, to an empty state. Returns the stored
/// state but for revision, last_seq, `_updated` and chain; its tasks are all tasks, finished ones
/// too. Throws std::invalid_argument for a mutation that is unknown or does not fit the state.
[[nodiscard]] NAVA_EXPORT workflow_state
replay(std::span<const schema::workflow_mutation> mutations);

}  // namespace nava::engine
