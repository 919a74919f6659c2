// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>
#include <nava/engine/child_end.hpp>
#include <nava/engine/event.hpp>
#include <nava/engine/people.hpp>
#include <nava/engine/task_end.hpp>
#include <nava/export.hpp>
#include <nava/schema/workflow_rows.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace nava::engine {

class workflow_context;
class step_context;

///@{
/// The states that every step has besides those of its definition.
inline constexpr std::string_view state_created = "_CREATED";
inline constexpr std::string_view state_finished = "_FINISHED";
///@}

/// Names of events and tasks that begin with it are the runtime's own.
inline constexpr std::string_view runtime_prefix = "nava.";

///@{
/// The names of the runtime's own tasks: a time that was set; a child, for as long as it runs; what
/// starts it; what tells its parent that it has ended; what cancels it with its parent.
inline constexpr std::string_view timer_task = "nava.timer";
inline constexpr std::string_view child_task = "nava.child";
inline constexpr std::string_view child_start_task = "nava.child-start";
inline constexpr std::string_view child_end_task = "nava.child-end";
inline constexpr std::string_view child_cancel_task = "nava.child-cancel";
///@}

///@{
/// Handlers and hooks act on the context and on nothing else. After a conflict they run again for
/// the same event, so an effect outside belongs in a task. The runtime calls them in the threads
/// that call it, and in those of workers and drainers, several at once.
using workflow_handler = std::function<void(workflow_context&, const event&)>;
using step_handler = std::function<void(step_context&, const event&)>;
using workflow_hook = std::function<void(workflow_context&)>;
using step_hook = std::function<void(step_context&)>;
using transition_hook = std::function<void(step_context&, std::string_view from_state)>;
using workflow_task_hook = std::function<void(workflow_context&, const task_end&)>;
using step_task_hook = std::function<void(step_context&, const task_end&)>;
using workflow_child_hook = std::function<void(workflow_context&, const child_end&)>;
using step_child_hook = std::function<void(step_context&, const child_end&)>;
///@}

/// Which resource an event is for, and which step of its workflow.
struct selection {
  nava::resource resource;       ///< the workflow of the definition that is about it
  std::optional<uuid> selector;  ///< none: the one open step of the handler's key
};
/// deliver() calls it once; deliver_to() and retry() at each decision. What it throws rejects the
/// event.
using selector_function = std::function<selection(const event&)>;

/// When a handler runs among those of its event, and for which workflow and step.
struct handler_options {
  int priority = 100;            ///< lowest first; equal ones in the order of definition
  selector_function selector{};  ///< none: the event's own resource and selector
};

/// What becomes of an event whose step handler throws. `refused`, `error`, an exception of a
/// workflow handler, and one for a step that cannot go to ERROR always reject the event.
enum class on_exception {
  /// The step goes to ERROR, and a message keeps the reason. The event is stored and counts as
  /// applied; what its handlers changed is not stored. The outcome has `failed`, and
  /// runtime::retry() handles the event again. The default.
  fail_step,
  reject_event  ///< nothing is stored, and the caller gets the exception
};

/// The states that a transition may start from.
struct from {
  std::vector<std::string> states;  ///< at least one, of the step's or _CREATED; build() checks it
  /// `allowed` becomes `states`.
  from(std::initializer_list<std::string> allowed) : states(allowed) {}
};
/// The states that a transition must not start from.
struct not_from {
  std::vector<std::string> states;  ///< of the step's or _CREATED; empty: any state is allowed
  /// `excluded` becomes `states`.
  not_from(std::initializer_list<std::string> excluded) : states(excluded) {}
};

/// Of a definition. A workflow keeps the revision that it was started with.
struct revision {
  std::int64_t number = 1;  ///< 1 or more
};

inline constexpr std::size_t stages_per_definition_max = 1'000;  ///< build() checks it

/// What each workflow stores of a stage besides key and title.
struct stage_options {
  std::optional<std::string> type{};  ///< a word of the application
  std::optional<std::string> desc{};  ///< for people
};

/// What a definition says of a step besides its key.
struct step_options {
  std::string stage;                  ///< key of the stage it belongs to
  std::vector<std::string> states{};  ///< `[A-Z][A-Z0-9_]*`; besides _CREATED and _FINISHED
  std::string title{};                ///< empty: the key
  std::optional<std::string> desc{};  ///< for people
  bool repeats = false;               ///< may be added several times to one workflow
  /// From ts_due on, on_due runs again after each of it until the step is finished; what was missed
  /// is not made up for. 1 s to a year; 0: on_due runs once.
  std::chrono::milliseconds remind_every{0};
  engine::candidates candidates{};         ///< who may claim it
  std::optional<std::int64_t> priority{};  ///< in worklists; none: 0
  /// Events for the step are refused (not_holder) unless their actor has it.
  bool only_holder_answers = false;
};

struct definition_data;
enum class hand_over;

/// A handler of an event's data, as one of the event.
template <DescribedEvent T, class Context, class Handler>
[[nodiscard]] std::function<void(Context&, const event&)> typed_handler(Handler handler) {
  return [handler = std::move(handler)](Context& context, const event& happened) mutable {
    if constexpr (std::is_invocable_v<Handler&, Context&, const T&, const event&>)
      handler(context, data_as<T>(happened), happened);
    else
      handler(context, data_as<T>(happened));
  };
}

/// What a workflow type can do. An immutable value that shares its content; thread-safe.
class NAVA_EXPORT definition {
 public:
  /// Returns what workflows keep as `wfdef_key`.
  [[nodiscard]] const std::string& key() const;
  /// Returns what workflows keep as `wfdef_rev`: 1 or more.
  [[nodiscard]] std::int64_t revision() const;
  /// Returns whether the workflow or a step has a handler of this event.
  [[nodiscard]] bool handles(std::string_view event_name) const;
  /// Returns whether starts_on() names this event.
  [[nodiscard]] bool is_started_by(std::string_view event_name) const;
  /// Returns how long the inbox keeps an event of this name that nothing waits for; 0: not at all.
  [[nodiscard]] std::chrono::milliseconds keeps_early(std::string_view event_name) const;
  /// Returns whether a hook listens to the end of tasks of this name. Then the end is a decision.
  [[nodiscard]] bool listens_to_task(std::string_view task_name) const;
  /// Returns the row of workflow_definition. It has neither handlers nor hooks.
  [[nodiscard]] schema::workflow_definition row() const;

  /// For the engine's own use.
  [[nodiscard]] const definition_data& data() const { return *data_; }

 private:
  friend class definition_builder;
  explicit definition(std::shared_ptr<const definition_data> data) : data_(std::move(data)) {}

  std::shared_ptr<const definition_data> data_;
};

/// Adds to one step of a definition that is being built. Valid as long as its definition_builder;
/// not thread-safe.
class NAVA_EXPORT step_builder {
 public:
  ///@{
  /// Says from where `target_state` can be entered; without a transition, or with a hook alone,
  /// from any state. A state has one transition; build() checks it. The hook runs after the change.
  step_builder& transition(std::string target_state, from allowed, transition_hook hook = {});
  step_builder& transition(std::string target_state, not_from excluded, transition_hook hook = {});
  step_builder& transition(std::string target_state, transition_hook hook);
  ///@}

  /// Listens to an event, while the step is unfinished. Where several unfinished steps have its
  /// key, the event needs the selector of one.
  step_builder& on(std::string event_name, step_handler handler, handler_options options = {});
  /// Listens to the event of T with a handler of `step_context&` and `const T&`; the event itself
  /// may follow. Data that does not fit refuses the event, before the handler runs.
  template <DescribedEvent T, class Handler>
  step_builder& on(Handler handler, handler_options options = {}) {
    return on(std::string{T::event_name}, typed_handler<T, step_context>(std::move(handler)),
              std::move(options));
  }

  /// Hooks of one kind run in the order in which they were added. on_transition runs after the hook
  /// of the transition, at any change of state, and before on_finished.
  step_builder& on_transition(transition_hook hook);
  /// Runs after the step has entered _FINISHED; not after ignore() or cancel().
  step_builder& on_finished(step_hook hook);
  /// Runs after the step has gone to ERROR, by fail() or because a handler or hook threw.
  step_builder& on_error(step_hook hook);
  /// Runs after the step has come back to ACTIVE, by recover() or runtime::retry().
  step_builder& on_recovered(step_hook hook);

  ///@{
  /// Run after the step has changed hands by the verb of that name, whoever called it.
  step_builder& on_claimed(step_hook hook);
  step_builder& on_unclaimed(step_hook hook);
  step_builder& on_assigned(step_hook hook);
  step_builder& on_delegated(step_hook hook);
  step_builder& on_resolved(step_hook hook);
  step_builder& on_escalated(step_hook hook);
  ///@}

  ///@{
  /// Run when a time has come, while the step is unfinished: ts_due of the step, the instant of
  /// expire_at(), and that of wake_at(key). Each is a decision, made once by whichever worker comes
  /// first; while the workflow is PAUSED, or the step is in ERROR, it waits. A hook that throws
  /// makes the step go to ERROR. Without a worker no time is noticed. on_expired decides what
  /// expiry means: fail(), cancel(), or to go on.
  step_builder& on_due(step_hook hook);
  step_builder& on_expired(step_hook hook);
  step_builder& on_wake(std::string key, step_hook hook);
  ///@}

  ///@{
  /// Listen to tasks that this step has added, while the step is unfinished. What
  /// definition_builder says of these hooks holds here too.
  step_builder& on_task_finished(std::string task_name, step_task_hook hook);
  step_builder& on_task_failed(std::string task_name, step_task_hook hook);
  ///@}

  /// Listens to the end of children of this definition that this step has started, however they
  /// end, while the step is unfinished. It is a decision, made once, soon after that of the child.
  step_builder& on_child_finished(std::string wfdef_key, step_child_hook hook);

 private:
  friend class definition_builder;
  step_builder(definition_data& data, std::size_t index) : data_(&data), index_(index) {}
  step_builder& add(hand_over kind, step_hook hook);

  definition_data* data_;
  std::size_t index_;
};

/// Puts a definition together; only build() checks it. Not thread-safe.
class NAVA_EXPORT definition_builder {
 public:
  /// Keys are 1 to key_bytes_max bytes of UTF-8 without NUL.
  definition_builder(std::string key, revision number);
  ///@{
  /// A builder that was moved from may only be assigned to or destroyed.
  definition_builder(definition_builder&&) noexcept;
  definition_builder& operator=(definition_builder&&) noexcept;
  ///@}
  ~definition_builder();

  /// Titles the definition, and workflows that are started without a title. Without it: the key.
  definition_builder& title(std::string text);
  /// Describes the definition and its workflows for people. Without it: none.
  definition_builder& desc(std::string text);
  /// Sets the namespace that the definition and its workflows are stored with. Without it: empty.
  definition_builder& in_namespace(std::string name);
  /// Adds a role, in which workflows have participants. Each key once.
  definition_builder& role(std::string key, std::string title);
  /// Adds a stage. Each workflow has all stages, in the order of these calls. Each key once.
  definition_builder& stage(std::string key, std::string title, stage_options options = {});
  /// Adds a step, for add_step() to add to workflows. Each key once.
  step_builder step(std::string key, step_options options);

  /// Listens to an event, while the workflow is unfinished.
  definition_builder& on(std::string event_name, workflow_handler handler,
                         handler_options options = {});
  /// As that of a step, with `workflow_context&`.
  template <DescribedEvent T, class Handler>
  definition_builder& on(Handler handler, handler_options options = {}) {
    return on(std::string{T::event_name}, typed_handler<T, workflow_context>(std::move(handler)),
              std::move(options));
  }
  /// Says what becomes of an event whose step handler throws. Without it: on_exception::fail_step.
  definition_builder& when_a_handler_throws(on_exception policy);

  /// Keeps a hash chain over the mutations, messages and events of each workflow that is started
  /// from then on, in workflow::chain. `nava verify` computes it again, and so finds what was
  /// changed, added or removed by hand. Whoever can write the table can write a new chain: keep the
  /// ends of chains elsewhere.
  definition_builder& keep_hash_chain();

  /// An event of this name starts a workflow of its resource, where there is none: with its data as
  /// params, and with its key, so that a redelivery is `already_applied`. Its handlers do not run
  /// for the event that has started the workflow.
  definition_builder& starts_on(std::string event_name);
  /// An event in the inbox that no workflow and no open step waits for yet is tried again for this
  /// long, 1 s to a year, from its ts_created; then it is FAILED. Without it, it is FAILED at once.
  definition_builder& keep_early(std::string event_name, std::chrono::milliseconds how_long);

  ///@{
  /// Listen to the end of tasks of this name, whoever added them, while the workflow is unfinished.
  /// The end is a decision then: the task's row and what the hooks do are one commit, made once.
  /// on_task_failed gets the tasks that are out of attempts; where there is none, on_task_finished
  /// gets them too. Hooks of steps run first. A hook that throws undoes what the hooks did: the
  /// task ends all the same, the task's step goes to ERROR, or else a message tells the reason.
  definition_builder& on_task_finished(std::string task_name, workflow_task_hook hook);
  definition_builder& on_task_failed(std::string task_name, workflow_task_hook hook);
  ///@}

  /// Listens to the end of children of this definition, whichever step has started them, while the
  /// workflow is unfinished. Hooks of steps run first.
  definition_builder& on_child_finished(std::string wfdef_key, workflow_child_hook hook);

  ///@{
  /// Run when a time has come, while the workflow is unfinished: its ts_expire, and the instant of
  /// wake_at(key). What step_builder says of its hooks holds here too; of one that throws, a
  /// message tells. The hook decides what expiry means: cancel(), or to go on.
  definition_builder& on_expired(workflow_hook hook);
  definition_builder& on_wake(std::string key, workflow_hook hook);
  ///@}

  /// Runs when the workflow begins, as part of its start; what it throws fails the start.
  definition_builder& on_started(workflow_hook hook);
  /// Runs after a step was added, and before add_step() returns.
  definition_builder& on_step_added(step_hook hook);
  /// Runs after the workflow has gone from ACTIVE to DEGRADED, and before on_error of the step.
  definition_builder& on_degraded(workflow_hook hook);
  /// Runs after the workflow has become PAUSED, when verbs that move steps are refused.
  definition_builder& on_paused(workflow_hook hook);
  /// Runs after the workflow has left PAUSED.
  definition_builder& on_resumed(workflow_hook hook);
  ///@{
  /// These three run before the status changes, so that they can still act. A step that
  /// on_completed adds keeps the workflow open.
  definition_builder& on_completed(workflow_hook hook);
  definition_builder& on_cancelled(workflow_hook hook);
  definition_builder& on_aborted(workflow_hook hook);
  ///@}

  /// Throws definition_error, naming step and state, for a definition that contradicts itself or
  /// has no step. The builder stays as it is.
  [[nodiscard]] definition build() const;

 private:
  std::unique_ptr<definition_data> data_;
};

}  // namespace nava::engine
