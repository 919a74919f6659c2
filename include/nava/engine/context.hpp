// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <nava/engine/definition.hpp>

/// What handlers and hooks see of a workflow, and the verbs they have.
///
/// A verb changes the workflow, records the change as mutations, and returns the context it was
/// called on. The verbs that make something return it: a step's context or a task's id. A verb that
/// the status of the workflow or the step does not allow throws action_refused and changes nothing.
/// Values that no database could store throw error (invalid_input).
///
/// A context is a handle: copies refer to the same workflow. It is valid until the handler or hook
/// that it was passed to returns, in the thread that called it. References that readers return are
/// valid until the next verb.
namespace nava::engine {

class runner;

struct add_step_options {
  std::string title{};  ///< empty: the definition's
  std::optional<std::string> desc{};
  std::optional<uuid> selector{};  ///< none: the step's id
  std::optional<std::string> owner_id{};
  std::optional<timestamp> ts_due{};
};

struct task_options {
  std::optional<std::string> desc{};
  std::int64_t attempts_max = 1;
  std::optional<timestamp> ts_due{};     ///< not before; none: at once
  std::optional<timestamp> ts_expire{};  ///< not after
};

/// One step of the workflow that is being decided.
class step_context {
 public:
  step_context(runner& runner, const uuid& id) : runner_(&runner), id_(id) {}

  [[nodiscard]] const uuid& id() const { return id_; }
  [[nodiscard]] const schema::workflow_step& row() const;
  [[nodiscard]] workflow_context workflow() const;
  /// The state before the present one: of a finished step, the state that it finished from. Empty
  /// before the first transit.
  [[nodiscard]] std::string_view last_state() const;
  /// What the workflow was started with.
  [[nodiscard]] const json::object& params() const;
  /// The step's own memory. The workflow's is `workflow().memory()`.
  [[nodiscard]] const json::object& memory() const;
  /// The workflow's output so far.
  [[nodiscard]] const json::object& output() const;
  /// A copy of the value of `key`: from the params, else the step's memory, else the workflow's
  /// memory. JSON null where none of the three has it.
  [[nodiscard]] json::value recall(std::string_view key) const;

  // While the workflow is ACTIVE or DEGRADED:

  /// Adds a step whose src_step is this one, and returns it.
  step_context add_step(std::string_view step_key, add_step_options options = {});
  /// Enters a state of the step's definition. Entering _FINISHED completes the step.
  step_context& transit(std::string_view state);
  step_context& finish() { return transit(state_finished); }
  /// Labels the state for people.
  step_context& label(std::string text);
  /// ACTIVE → ERROR. `why` becomes a message of the workflow.
  step_context& fail(std::string_view why);
  step_context& recover();  ///< ERROR → ACTIVE
  step_context& ignore();   ///< ERROR → IGNORED
  step_context& cancel();   ///< ACTIVE → CANCELLED

  // While the workflow is not finished:

  /// Merges `values` into the step's memory, key by key.
  step_context& memorize(const json::object& values);
  /// Stores a task of this step with the decision. Returns the task's id.
  uuid add_task(std::string_view name, const json::object& input = {},
                const task_options& options = {});
  /// Leaves a message whose source is the step's key.
  step_context& message(std::string_view content);

 private:
  runner* runner_;
  uuid id_;
};

/// The workflow that is being decided.
class workflow_context {
 public:
  explicit workflow_context(runner& runner) : runner_(&runner) {}

  [[nodiscard]] const schema::workflow& row() const;
  [[nodiscard]] const uuid& id() const { return row().id; }
  /// The time of the decision.
  [[nodiscard]] timestamp now() const;
  /// What the workflow was started with.
  [[nodiscard]] const json::object& params() const;
  [[nodiscard]] const json::object& memory() const;
  [[nodiscard]] const json::object& output() const;
  /// A copy of the value of `key`: from the params, else the memory. JSON null where neither has
  /// it.
  [[nodiscard]] json::value recall(std::string_view key) const;
  [[nodiscard]] const std::vector<schema::workflow_step>& steps() const;
  [[nodiscard]] const std::vector<schema::workflow_participant>& participants() const;
  [[nodiscard]] const std::vector<schema::workflow_task>& open_tasks() const;

  /// The one unfinished step with this key, or the one step with this selector. Throws
  /// action_refused where there is none, or more than one.
  [[nodiscard]] step_context step(std::string_view step_key);
  [[nodiscard]] step_context step(const uuid& selector);

  /// For joins: whether each of the keys has a step, and all steps with these keys are finished
  /// (COMPLETED, IGNORED or CANCELLED). Throws action_refused for a key that the definition lacks,
  /// which would never be finished.
  [[nodiscard]] bool all_finished(std::initializer_list<std::string_view> step_keys) const;

  // While the workflow is ACTIVE or DEGRADED:

  /// Adds a step without a src_step, and returns it.
  step_context add_step(std::string_view step_key, add_step_options options = {});
  /// As step(selector).transit(state).
  workflow_context& transit_step(const uuid& selector, std::string_view state);

  // While the workflow is not finished:

  /// Merges `values` into the workflow's memory, key by key.
  workflow_context& memorize(const json::object& values);
  /// Merges `values` into the workflow's output, key by key.
  workflow_context& output(const json::object& values);
  /// Adds a participant in a role of the definition. Adding one again changes nothing.
  workflow_context& add_participant(std::string_view role, std::string_view user_id);
  workflow_context& del_participant(std::string_view role, std::string_view user_id);
  /// Stores a task with the decision. Returns the task's id. A task outlives the completion of its
  /// workflow, but not its cancellation.
  uuid add_task(std::string_view name, const json::object& input = {},
                const task_options& options = {});
  workflow_context& cancel_task(const uuid& task_id);
  /// Leaves a message whose source is `workflow`.
  workflow_context& message(std::string_view content);

  workflow_context& pause();   ///< ACTIVE → PAUSED
  workflow_context& resume();  ///< PAUSED → the status before
  /// NEW, ACTIVE, DEGRADED or PAUSED → CANCELLED. Cancels the active steps and the open tasks;
  /// steps in ERROR stay in ERROR, so that their cause can be looked up.
  workflow_context& cancel();
  /// DEGRADED → FAILED. Treats steps and tasks as cancel() does.
  workflow_context& abort();

 private:
  runner* runner_;
};

}  // namespace nava::engine
