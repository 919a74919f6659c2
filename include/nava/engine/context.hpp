// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <nava/engine/definition.hpp>
#include <nava/export.hpp>
#include <nava/schema/description.hpp>
#include <nava/workflow/to_object.hpp>

/// What handlers and hooks see of a workflow, and the verbs that change it.
///
/// A verb records its change as mutations and returns the context that it was called on. A verb
/// that makes a step or a task returns the step's context or the task's id. A verb that the
/// definition, or the status of workflow or step, does not allow throws action_refused and changes
/// nothing. A hook runs inside the verb that triggers it; what it throws passes through the verb,
/// and the change stays.
///
/// Verbs throw error (invalid_input) for JSON, times and sizes that no database could store. A
/// whole number such as 2.0 becomes an integer, as both databases return it. NUL bytes, invalid
/// UTF-8 and the length of other texts are checked when the decision is committed.
///
/// A context is a handle: copies refer to the same workflow. It is valid until the handler or hook
/// that it was passed to returns, in that thread only. References that readers return are valid
/// until the next verb.
namespace nava::engine {

class runner;

inline constexpr std::size_t tags_max = 50;  ///< of a workflow, each up to key_bytes_max

/// What a step is added with, by add_step().
struct add_step_options {
  std::string title{};                    ///< empty: the definition's
  std::optional<std::string> desc{};      ///< none: the definition's
  std::optional<uuid> selector{};         ///< unique in the workflow; none: the step's id
  std::optional<std::string> owner_id{};  ///< 1 to key_bytes_max bytes; none: nobody has it
  std::optional<timestamp> ts_due{};      ///< when on_due runs
  std::optional<timestamp> ts_expire{};   ///< as by step_context::expire_at(), which may refuse it
  std::optional<engine::candidates> candidates{};  ///< none: the definition's
  std::optional<std::int64_t> priority{};          ///< none: the definition's
  std::optional<timestamp> ts_follow_up{};         ///< no worklist shows the step before
};

/// The levels at which tasks of one queue go before each other.
enum class task_priority { low = -1, normal = 0, high = 1 };

/// What add_task() does where the workflow has an open task of that name and unique key.
enum class open_task {
  keep,    ///< returns its id, and changes nothing
  replace  ///< cancels it, and adds the new one: the last of several requests counts
};

/// Stored with the task. Workers keep to them.
struct task_options {
  std::optional<std::string> desc{};  ///< for people
  /// At least 1. A worker that dies has used up an attempt of what it had claimed, run or not.
  std::int64_t attempts_max = 5;
  std::optional<timestamp> ts_due{};               ///< not before; none: at once
  std::optional<timestamp> ts_expire{};            ///< no attempt begins after it
  std::optional<std::string> queue{};              ///< which workers look at; none: the task's name
  task_priority priority = task_priority::normal;  ///< among the tasks of its queue
  /// A workflow has at most one open task of a name with this key; with `ts_due`, so many requests
  /// become one. A task that is running is open.
  std::optional<std::string> unique_key{};
  open_task when_open = open_task::keep;  ///< for a task with a `unique_key`
};

/// What becomes of a child when its parent, or the step that started it, is cancelled or aborted.
enum class child_fate {
  cancel,  ///< it is cancelled too
  leave,   ///< it goes on
  refuse   ///< the parent cannot be cancelled or aborted while the child runs
};

/// What a child is started with, by start_child().
struct child_options {
  std::string title{};                             ///< empty: the definition's
  child_fate when_cancelled = child_fate::cancel;  ///< with its parent or step
};

/// A step of the workflow that is being decided.
class NAVA_EXPORT step_context {
 public:
  /// For the engine's own use: handlers and hooks get contexts as arguments.
  step_context(runner& runner, const uuid& id) : runner_(&runner), id_(id) {}

  /// Returns the id of the step, which commands of the runtime take. Events have its selector.
  [[nodiscard]] const uuid& id() const { return id_; }
  /// Returns the step as the verbs of this decision have left it so far.
  [[nodiscard]] const schema::workflow_step& row() const;
  /// Returns the context of the workflow that the step belongs to.
  [[nodiscard]] workflow_context workflow() const;
  /// Returns the state before the present one: of a finished step, the state that it finished from.
  /// Empty before the first transit.
  [[nodiscard]] std::string_view last_state() const;
  /// What the workflow was started with.
  [[nodiscard]] const json::object& params() const;
  /// The step's own memory.
  [[nodiscard]] const json::object& memory() const;
  /// The workflow's output.
  [[nodiscard]] const json::object& output() const;
  ///@{
  /// The same as structs of the application. They throw misfit.
  template <Described T>
  [[nodiscard]] T params_as() const {
    return read_as<T>(params());
  }
  template <Described T>
  [[nodiscard]] T memory_as() const {
    return read_as<T>(memory());
  }
  template <Described T>
  [[nodiscard]] T output_as() const {
    return read_as<T>(output());
  }
  ///@}
  /// Returns a copy of the value of `key`: from the params, else the step's memory, else the
  /// workflow's memory. JSON null where none of the three has it.
  [[nodiscard]] json::value recall(std::string_view key) const;

  // While the workflow is ACTIVE or DEGRADED; transit, finish, due_at, label and start_child while
  // the step is ACTIVE:

  /// Adds a step in state _CREATED whose src_step is this step.
  step_context add_step(std::string_view step_key, add_step_options options = {});
  /// Enters a state of the step's definition, by its transitions. Entering _FINISHED completes the
  /// step.
  step_context& transit(std::string_view state);
  /// Enters _FINISHED, as transit() does.
  step_context& finish() { return transit(state_finished); }
  /// Sets ts_due, for on_due; none: takes it away.
  step_context& due_at(const std::optional<timestamp>& at);
  /// Labels the state for people.
  step_context& label(std::string text);
  // Who has the step, while it is ACTIVE. After a verb that hands it over, its hook runs:
  // on_claimed …

  /// Makes the claimant the owner of a step that nobody has, and of which the user or a group is a
  /// candidate. Changes nothing where the user has the step. Throws step_taken where somebody else
  /// has it.
  step_context& claim(const claimant& by);
  /// Gives the step back to its candidates, of which it must have some.
  step_context& unclaim();
  /// Makes a user the owner, whoever has the step, candidate or not.
  step_context& assign(std::string_view user);
  /// Has another user answer for the owner, who stays the owner. Until resolve(), the delegate has
  /// the step.
  step_context& delegate(std::string_view user);
  /// Takes the step from the delegate: the owner has it again. Throws action_refused where there is
  /// no delegate.
  step_context& resolve();
  /// Replaces the candidates. The owner stays.
  step_context& offer_to(const candidates& others);
  /// Adds candidates, and takes the step from whoever has it.
  step_context& escalate_to(const candidates& more);
  /// No worklist shows the step before; none: takes that time away.
  step_context& follow_up_at(const std::optional<timestamp>& at);
  /// The higher, the further ahead in worklists that are sorted by it: -step_priority_max to
  /// step_priority_max.
  step_context& prioritize(std::int64_t priority);

  /// ACTIVE → ERROR. `reason` becomes a message of the workflow.
  step_context& fail(std::string_view reason);
  step_context& recover();  ///< ERROR → ACTIVE
  step_context& ignore();   ///< ERROR → IGNORED
  step_context& cancel();   ///< ACTIVE → CANCELLED
  /// Starts a workflow of the newest revision of another definition, with this decision: a worker
  /// does so once it is stored. on_child_finished() hears of its end, and no worker waits for it.
  /// Returns the id of the task that stands for the child; cancel_task() on it ends the waiting,
  /// and the child goes on. Where the resource has such a workflow that is not this child, the
  /// child has FAILED. The title has at most 1,000 bytes, the output 1,000,000 as JSON.
  uuid start_child(std::string_view wfdef_key, const resource& about,
                   const json::object& params = {}, const child_options& options = {});

  // While the workflow is not finished:

  ///@{
  /// Merges `values` into the step's memory, key by key.
  step_context& memorize(const json::object& values);
  template <Described T>
  step_context& memorize(const T& values) {
    return memorize(json_of(values));
  }
  ///@}
  /// Stores a task of this step with the decision. Returns the task's id.
  uuid add_task(std::string_view name, const json::object& input = {},
                const task_options& options = {});
  /// Has on_wake(key) run at `at`; at once where that is past. The step has one such time for each
  /// key: a later call moves it. The end of the step takes it away. Throws action_refused where the
  /// definition has no such hook, and for a finished step.
  step_context& wake_at(std::string_view key, timestamp at);
  /// As wake_at(), `delay` after the time of the decision; a negative delay is 0.
  step_context& wake_in(std::string_view key, std::chrono::milliseconds delay);
  /// Takes the time of this key away; does nothing where none is set. Throws as wake_at() does.
  step_context& cancel_wake(std::string_view key);
  /// Has on_expired run at `at`, as wake_at() does; none: takes that time away. The time is stored
  /// as a timer, in no column of the step. Throws action_refused where the definition of the step
  /// has no on_expired, and for a finished step.
  step_context& expire_at(const std::optional<timestamp>& at);
  /// As that of the workflow.
  template <class Database, class Row>
  step_context& insert(const Row& row);
  /// Leaves a message whose source is the step's key.
  step_context& message(std::string_view content);
  /// The same, with its author.
  step_context& comment(std::string_view author, std::string_view content);

 private:
  runner* runner_;
  uuid id_;
};

/// The workflow that is being decided.
class NAVA_EXPORT workflow_context {
 public:
  /// For the engine's own use: handlers and hooks get contexts as arguments.
  explicit workflow_context(runner& runner) : runner_(&runner) {}

  /// Returns the row as the verbs of this decision have left it so far.
  [[nodiscard]] const schema::workflow& row() const;
  /// Returns the id of the workflow.
  [[nodiscard]] const uuid& id() const { return row().id; }
  /// The time of the decision.
  [[nodiscard]] timestamp now() const;
  /// Who caused the decision, as its event or command says.
  [[nodiscard]] const std::optional<std::string>& actor() const;
  /// What the workflow was started with.
  [[nodiscard]] const json::object& params() const;
  /// The workflow's memory. Each step has one of its own.
  [[nodiscard]] const json::object& memory() const;
  /// The workflow's output. The parent of a child gets it in child_end.
  [[nodiscard]] const json::object& output() const;
  ///@{
  /// As those of the step.
  template <Described T>
  [[nodiscard]] T params_as() const {
    return read_as<T>(params());
  }
  template <Described T>
  [[nodiscard]] T memory_as() const {
    return read_as<T>(memory());
  }
  template <Described T>
  [[nodiscard]] T output_as() const {
    return read_as<T>(output());
  }
  ///@}
  /// Returns a copy of the value of `key`: from the params, else the memory. JSON null where
  /// neither has it.
  [[nodiscard]] json::value recall(std::string_view key) const;
  /// All steps in the order of `index`, finished ones too.
  [[nodiscard]] const std::vector<schema::workflow_step>& steps() const;
  /// All participants, in all roles.
  [[nodiscard]] const std::vector<schema::workflow_participant>& participants() const;
  /// The unfinished tasks, and those that this decision has ended or cancelled.
  [[nodiscard]] const std::vector<schema::workflow_task>& open_tasks() const;

  ///@{
  /// Returns the unfinished step with this key, or the step with this selector. Throws
  /// action_refused where there is none, or several with the key.
  [[nodiscard]] step_context step(std::string_view step_key);
  [[nodiscard]] step_context step(const uuid& selector);
  ///@}

  /// For joins: returns whether each key has a step, and all steps with these keys are COMPLETED,
  /// IGNORED or CANCELLED. Throws action_refused for a key that the definition lacks.
  [[nodiscard]] bool all_finished(std::initializer_list<std::string_view> step_keys) const;

  // While the workflow is ACTIVE or DEGRADED:

  /// Adds a step in state _CREATED without a src_step.
  step_context add_step(std::string_view step_key, add_step_options options = {});
  /// As that of a step.
  uuid start_child(std::string_view wfdef_key, const resource& about,
                   const json::object& params = {}, const child_options& options = {});
  /// As step(selector).transit(state).
  workflow_context& transit_step(const uuid& selector, std::string_view state);

  // While the workflow is not finished:

  ///@{
  /// Merges `values` into the workflow's memory, key by key.
  workflow_context& memorize(const json::object& values);
  template <Described T>
  workflow_context& memorize(const T& values) {
    return memorize(json_of(values));
  }
  ///@}
  ///@{
  /// Merges `values` into the workflow's output, key by key.
  workflow_context& output(const json::object& values);
  template <Described T>
  workflow_context& output(const T& values) {
    return output(json_of(values));
  }
  ///@}
  /// Adds a participant in a role of the definition. A participant who is there stays.
  workflow_context& add_participant(std::string_view role, std::string_view user_id);
  /// Throws action_refused where there is no such participant.
  workflow_context& del_participant(std::string_view role, std::string_view user_id);
  /// Adds a tag, by which lists find the workflow, of up to tags_max; one that is there stays.
  workflow_context& tag(std::string_view tag);
  /// Does nothing where there is no such tag.
  workflow_context& untag(std::string_view tag);
  /// Places a legal hold, in any status: no store deletes the workflow until it is released. One
  /// that is there stays. `name` tells its cause, such as a case, and has up to key_bytes_max
  /// bytes. Throws action_refused beyond legal_holds_max.
  workflow_context& place_legal_hold(std::string_view name);
  /// Throws action_refused where the workflow has no such hold.
  workflow_context& release_legal_hold(std::string_view name);
  /// Stores a task with the decision. Returns the task's id. Completion of the workflow leaves the
  /// task as it is; cancel() and abort() cancel it.
  uuid add_task(std::string_view name, const json::object& input = {},
                const task_options& options = {});
  /// Inserts a row of a table of `Database` in the commit of this decision: the application's own,
  /// which a workflow_foreign_key leads from. The column of that key gets the workflow's id. What
  /// the database refuses fails the call, and nothing of the decision is stored. No mutation keeps
  /// it.
  template <class Database, class Row>
  workflow_context& insert(const Row& row) {
    using table = typename Database::template table_of<Row>;
    insert_row(*find_table(Database::description, table::name.view()), to_object<table>(row));
    return *this;
  }
  ///@{
  /// As those of the step; the end of the workflow takes the times away.
  workflow_context& wake_at(std::string_view key, timestamp at);
  workflow_context& wake_in(std::string_view key, std::chrono::milliseconds delay);
  workflow_context& cancel_wake(std::string_view key);
  ///@}
  /// Sets ts_expire, for on_expired; none: takes it away.
  workflow_context& expire_at(const std::optional<timestamp>& at);
  /// Throws action_refused where there is no unfinished task of this id.
  workflow_context& cancel_task(const uuid& task_id);
  /// Leaves a message whose source is `workflow`.
  workflow_context& message(std::string_view content);
  /// The same, with its author.
  workflow_context& comment(std::string_view author, std::string_view content);

  workflow_context& pause();   ///< ACTIVE → PAUSED
  workflow_context& resume();  ///< PAUSED → the status before
  /// NEW, ACTIVE, DEGRADED or PAUSED → CANCELLED. Runs on_cancelled, then cancels the active steps
  /// and the unfinished tasks. Steps in ERROR stay in ERROR, so that their cause can be looked up.
  workflow_context& cancel();
  /// DEGRADED → FAILED. Runs on_aborted; treats steps and tasks as cancel() does.
  workflow_context& abort();

 private:
  void insert_row(const schema::table_description& table, json::object row);

  runner* runner_;
};

template <class Database, class Row>
step_context& step_context::insert(const Row& row) {
  workflow().template insert<Database>(row);
  return *this;
}

}  // namespace nava::engine
