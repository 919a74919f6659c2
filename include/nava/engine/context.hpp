// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/engine/definition.hpp>
#include <nava/workflow/unit_of_work.hpp>

/// What handlers and hooks see of a workflow, and the verbs they have. Every verb is recorded
/// as a mutation; a verb outside its statuses throws action_refused and changes nothing.
/// Contexts live as long as the call they are handed to, in the one thread that decides. What
/// they return by reference holds until the next verb.
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

  // While the workflow is ACTIVE or DEGRADED:

  /// Adds a step that comes from this one (src_step).
  step_context add_step(std::string_view step_key, add_step_options options = {});
  /// Enters a state of the step's definition. Entering _FINISHED completes the step.
  step_context& transit(std::string_view state);
  step_context& finish() { return transit(state_finished); }
  step_context& label(std::string text);         ///< of the state, for people
  step_context& fail(std::string_view message);  ///< ACTIVE → ERROR; the message is kept
  step_context& recover();                       ///< ERROR → ACTIVE
  step_context& ignore();                        ///< ERROR → IGNORED
  step_context& cancel();                        ///< ACTIVE → CANCELLED

  // While the workflow is not finished:

  /// Merges `values` into the step's memory, key by key.
  step_context& memorize(const json::object& values);
  /// The value of `key` in the workflow's params, else the step's memory, else the workflow's;
  /// null where none has it.
  [[nodiscard]] json::value recall(std::string_view key) const;
  /// Stores background work for this step with the decision; returns its id.
  uuid add_task(std::string_view name, const json::object& input = {},
                const task_options& options = {});
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
  [[nodiscard]] timestamp now() const;
  [[nodiscard]] const json::object& params() const;
  [[nodiscard]] const std::vector<schema::workflow_step>& steps() const;
  [[nodiscard]] const std::vector<schema::workflow_participant>& participants() const;
  [[nodiscard]] const std::vector<schema::workflow_task>& open_tasks() const;

  /// The one unfinished step with this key, or the one step with this selector; throws
  /// action_refused when there is none or not just one.
  [[nodiscard]] step_context step(std::string_view step_key);
  [[nodiscard]] step_context step(const uuid& selector);

  // While the workflow is ACTIVE or DEGRADED:

  step_context add_step(std::string_view step_key, add_step_options options = {});
  void transit_step(const uuid& selector, std::string_view state);

  // While the workflow is not finished:

  workflow_context& memorize(const json::object& values);
  [[nodiscard]] json::value recall(std::string_view key) const;
  workflow_context& output(const json::object& values);
  /// The role is one of the definition's; adding a participant again does nothing.
  workflow_context& add_participant(std::string_view role, std::string_view user_id);
  workflow_context& del_participant(std::string_view role, std::string_view user_id);
  /// Stores background work with the decision; returns its id. Tasks outlive the completion of
  /// their workflow, but not its cancellation.
  uuid add_task(std::string_view name, const json::object& input = {},
                const task_options& options = {});
  void cancel_task(const uuid& task_id);
  workflow_context& message(std::string_view content);

  // Moves of the workflow as a whole:

  void pause();   ///< ACTIVE → PAUSED
  void resume();  ///< PAUSED → what it was before
  void cancel();  ///< NEW, ACTIVE, DEGRADED or PAUSED → CANCELLED
  void abort();   ///< DEGRADED → FAILED
  // Both cancel the active steps and open tasks; steps in ERROR stay as they are, for whoever
  // asks why.

 private:
  runner* runner_;
};

}  // namespace nava::engine
