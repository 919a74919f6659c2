// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nava/engine/decision.hpp>
#include <nava/export.hpp>
#include <nava/persistence/store.hpp>
#include <nava/runtime/runtime_options.hpp>
#include <nava/workflow/id.hpp>
#include <set>

namespace nava {

namespace testing {
class test_engine;
}
class commit_watch;
class inbox_drainer;
class notice_exchange;
struct delivery_policy;
class schedules;
class task_context;
class wake_signal;
class turns;
class worker;
class workflow_cache;
struct task_definition;
namespace engine {
struct child_request;
struct command_act;
}  // namespace engine

using engine::candidates;
using engine::claimant;
using engine::command;
using engine::decision;
using engine::definition;
using engine::event;
using engine::task_attempt;
using engine::task_end;
using persistence::worklist_count;
using persistence::worklist_item;
using persistence::worklist_order;
using persistence::worklist_page;
using persistence::worklist_request;
using persistence::worklist_scope;

/// Loads, decides and commits; after a conflict loads and decides again. Thread-safe. Any number of
/// runtimes, in any number of processes, may work on one database. Copies share store and cache.
///
/// Calls of one runtime for one resource run one after the other, first come, first served (a
/// command from when its workflow is found); calls for other resources do not wait for them. A call
/// ends at its deadline: `limit`, else `runtime_options::call_timeout` from its begin. It may take
/// longer by the time of its handlers, and by a second in which it asks who holds a lock.
///
/// Calls throw refused where nothing was stored and the same call fails again; payload_error; what
/// handlers throw, as the definition's on_exception says; and error: at the deadline contention,
/// connection_lost or outcome_unknown; invalid_input for what cannot be stored.
class NAVA_EXPORT runtime {
 public:
  /// Opens the database by open_store(), which migrates a SQLite file and no server unless the
  /// options say otherwise, and registers the definitions. Throws as open_store() does, and
  /// definition_error where a definition is given twice or differs from the stored one of its key
  /// and revision.
  runtime(const persistence::database_url& url, std::vector<definition> definitions,
          runtime_options options = {});
  /// The same on an open store, which runtimes may share. Of `options.store` it uses `logger`
  /// alone.
  runtime(std::shared_ptr<persistence::store> store, std::vector<definition> definitions,
          runtime_options options = {});

  /// Starts a workflow of the newest revision of this definition that the runtime was given. A
  /// resource has at most one workflow per definition, finished or not: starting it again returns
  /// `already_applied` and its id. Throws refused for a definition that the runtime was not given.
  outcome start(std::string_view wfdef_key, const resource& about, json::object params = {},
                start_options options = {});

  /// Hands an event to every workflow that its handlers select, each in a decision of its own, and
  /// starts those that it starts. Returns an outcome for each workflow that applied it, now or
  /// before; one that refuses it has none. Throws event_refused where no handler or no workflow
  /// takes it, and the last refusal where all refuse. Throws unknown_revision where only a
  /// revision may take it that this runtime was not given.
  ///
  /// Throws data_refused where the data does not fit the struct of one of them, though others have
  /// applied it.
  ///
  /// Any other failure is thrown after all workflows were tried: of several the last, but one of
  /// unknown outcome before the others. What it says of the outcome is of one workflow. Deliver the
  /// event again with its key: the workflows that applied it return `already_applied`.
  std::vector<outcome> deliver(const event& happened, deadline limit = {});

  /// The same for one workflow; its resource replaces the event's. Throws error (not_found) where
  /// there is no such workflow, and what the workflow refuses with.
  outcome deliver_to(const uuid& workflow_id, event happened, deadline limit = {});

  /// Stores an event in the inbox, for an inbox_drainer of this or another process to deliver, and
  /// returns its number there. To do so in a transaction of the application: publish_statement().
  std::int64_t publish(const event& happened, deadline limit = {});

  ///@{
  /// Moves a workflow as a whole. Throws error (not_found), and action_refused where the status of
  /// the workflow does not allow it; so does a command without a key that is repeated after it was
  /// applied.
  outcome pause(const uuid& workflow_id, const command_options& options = {});
  outcome resume(const uuid& workflow_id, const command_options& options = {});
  outcome cancel(const uuid& workflow_id, const command_options& options = {});
  outcome abort(const uuid& workflow_id, const command_options& options = {});
  ///@}

  ///@{
  /// Brings a step in ERROR back. `recover`: it is ACTIVE again, as it was. `ignore`: it is
  /// IGNORED, which counts as finished. `retry`: it is ACTIVE again, and the event that failed it
  /// is handled again in the same decision; what its handlers throw is thrown, and nothing is
  /// stored.
  ///
  /// Throws error (not_found), and action_refused where the step is not in ERROR. `retry` throws
  /// event_refused where no handler threw, or the event may have been for another open step too.
  outcome recover(const uuid& workflow_id, const uuid& step_id,
                  const command_options& options = {});
  outcome ignore(const uuid& workflow_id, const uuid& step_id, const command_options& options = {});
  outcome retry(const uuid& workflow_id, const uuid& step_id, const command_options& options = {});
  ///@}

  ///@{
  /// Cancels an open task: its handler sees it at the next renewal of its lease, and what it
  /// returns is dropped. `retry_task` opens one again that is FAILED or CANCELLED, with all its
  /// attempts, also of a workflow that is COMPLETED. Hooks that listen to its end run at that end.
  ///
  /// Throws error (not_found), and action_refused where the task or its workflow is not so.
  outcome cancel_task(const uuid& workflow_id, const uuid& task_id,
                      const command_options& options = {});
  outcome retry_task(const uuid& workflow_id, const uuid& task_id,
                     const command_options& options = {});
  ///@}

  ///@{
  /// Who has a step: the verbs of step_context, each in a decision of its own with the event
  /// `nava.claim` …, after which the hooks run. Of several claims one wins; the others throw
  /// step_taken. The actor of a claim without one is the claimant.
  ///
  /// Throws error (not_found), and action_refused where the step is not ACTIVE, or the verb does
  /// not fit. Whether the actor may do so, the application decides.
  outcome claim(const uuid& workflow_id, const uuid& step_id, const claimant& by,
                command_options options = {});
  outcome unclaim(const uuid& workflow_id, const uuid& step_id,
                  const command_options& options = {});
  outcome assign(const uuid& workflow_id, const uuid& step_id, std::string_view user,
                 const command_options& options = {});
  outcome delegate(const uuid& workflow_id, const uuid& step_id, std::string_view user,
                   const command_options& options = {});
  outcome resolve(const uuid& workflow_id, const uuid& step_id,
                  const command_options& options = {});
  outcome offer(const uuid& workflow_id, const uuid& step_id, const candidates& to,
                const command_options& options = {});
  outcome escalate(const uuid& workflow_id, const uuid& step_id, const candidates& to,
                   const command_options& options = {});
  ///@}
  /// No worklist shows the step before `at`; none: takes that time away.
  outcome postpone(const uuid& workflow_id, const uuid& step_id, const std::optional<timestamp>& at,
                   const command_options& options = {});
  /// The higher, the further ahead in worklists that are sorted by it: -step_priority_max to
  /// step_priority_max. Throws as assign() does.
  outcome prioritize(const uuid& workflow_id, const uuid& step_id, std::int64_t priority,
                     const command_options& options = {});

  ///@{
  /// Leaves a message of the actor, which must be given, on the workflow or on a step.
  outcome comment(const uuid& workflow_id, std::string_view content,
                  const command_options& options);
  outcome comment(const uuid& workflow_id, const uuid& step_id, std::string_view content,
                  const command_options& options);
  ///@}

  ///@{
  /// As the verbs of workflow_context.
  outcome tag(const uuid& workflow_id, std::string_view tag, const command_options& options = {});
  outcome untag(const uuid& workflow_id, std::string_view tag, const command_options& options = {});
  outcome place_legal_hold(const uuid& workflow_id, std::string_view name,
                           const command_options& options = {});
  outcome release_legal_hold(const uuid& workflow_id, std::string_view name,
                             const command_options& options = {});
  ///@}

  /// Issues a link by which somebody without an account answers once: it delivers the event to the
  /// step. Returns 64 letters, digits, `-` and `_`, a secret of which the database has the hash
  /// alone. The link dies when it is used, expires or is cancelled by cancel_task(), and with its
  /// step: it is the task `nava.answer-link`. A step has up to 100 open links. Throws as claim(),
  /// and action_refused where no handler of the step takes the event. Throws link_refused where a
  /// link was issued under `command.key` before: the database does not have its text.
  std::string issue_link(const uuid& workflow_id, const uuid& step_id, std::string_view event_name,
                         const link_options& options = {});
  /// Answers by a link, with the data of its event. Throws link_refused for a link that is not
  /// open; where the event is refused, or the workflow PAUSED, the link stays open.
  outcome answer(std::string_view link, const json::object& data = {}, deadline limit = {});

  ///@{
  /// The open steps that a person has, or may claim: worklists of the store, with what it says of
  /// errors.
  [[nodiscard]] worklist_page worklist(const worklist_request& request, deadline limit = {}) {
    return store_->worklist(request, limit);
  }
  [[nodiscard]] worklist_count count_worklist(const worklist_request& request,
                                              deadline limit = {}) {
    return store_->count_worklist(request, limit);
  }
  ///@}

  ///@{
  /// Returns the workflow as the decision left it that stored the `seq`-th of its mutations,
  /// messages and events; or as it was at a time, before the first decision that is later. Reads
  /// the whole history.
  ///
  /// It is made of the mutations: `revision` and `last_seq` are those that it began with. `tasks`
  /// are all until then, finished ones too, without what workers wrote. Empty where there is no
  /// such workflow, or was none then.
  [[nodiscard]] found<workflow_state> state_at(const uuid& workflow_id, std::int64_t seq,
                                               deadline limit = {});
  [[nodiscard]] found<workflow_state> state_at(const uuid& workflow_id, timestamp at,
                                               deadline limit = {});
  ///@}

  /// Waits until the workflow is finished; with `until`, until that is true of its state. Returns
  /// the state; none where the deadline comes first. A deadline that is not set is call_timeout
  /// from now. A commit of this runtime wakes it at once; so does, on PostgreSQL, the end of the
  /// workflow by a runtime in another process, for which the first wait opens a connection beside
  /// the pool. What others commit besides, it notices within a second. A database
  /// that is away until the deadline is told as an error, at most call_timeout later. Throws error
  /// (not_found) too, and what `until` throws.
  std::optional<workflow_state> wait(const uuid& workflow_id, deadline limit,
                                     const std::function<bool(const workflow_state&)>& until = {});

  /// For load(), list(), history() and erase(). Valid as long as this runtime.
  [[nodiscard]] persistence::store& store() { return *store_; }

 private:
  friend class inbox_drainer;
  friend class schedules;
  friend class worker;
  friend class testing::test_engine;

  using decide_function = std::function<decision(const definition&, const workflow_state&,
                                                 timestamp, const uuid& transaction_id)>;

  struct answers;
  struct call;
  // Where an event goes, by its selectors, which are asked once.
  struct routes {
    // For each resource, the definitions that handle the event there.
    std::map<resource, std::set<std::string_view>> definitions;
    std::map<const engine::definition_data*, std::vector<engine::selection>> selections;
    std::vector<std::string_view> started;  // the definitions that it starts
  };

  void register_definitions();
  [[nodiscard]] timestamp now() const;
  [[nodiscard]] const definition& newest(std::string_view wfdef_key) const;
  [[nodiscard]] const definition* find_definition(std::string_view wfdef_key,
                                                  std::int64_t wfdef_rev) const;
  [[nodiscard]] const definition& definition_of(const schema::workflow& row) const;
  [[nodiscard]] routes routes_of(const event& happened) const;
  [[noreturn]] void refuse_unhandled(const event& happened, const std::string& why, deadline limit);
  [[nodiscard]] bool handles(const event& happened, const schema::workflow& row) const;
  /// Delivers an event of the inbox, and those before it that came early, where there are some.
  persistence::inbox_settlement deliver_in_order(const schema::workflow_inbox& row, bool is_behind,
                                                 const persistence::inbox_claim& as,
                                                 const delivery_policy& policy, deadline limit);
  std::optional<persistence::inbox_settlement> deliver_earlier(const schema::workflow_inbox& than,
                                                               persistence::inbox_claim as,
                                                               const delivery_policy& policy,
                                                               deadline limit);
  std::vector<outcome> deliver(const event& happened, deadline limit, answers& collected);
  /// The same, but throws workflow_paused where one of the workflows is, though others apply it.
  void deliver_whole(const event& happened, deadline limit);
  std::optional<outcome> start_on(const event& happened, std::string_view wfdef_key,
                                  std::span<const outcome> so_far, bool& is_one_new,
                                  deadline limit);
  void deliver_along(const resource& about, const routes& ways, const event& happened,
                     deadline limit, answers& given);
  void tell_of_tasks(const unit_of_work& stored);
  /// Wakes who waits for the workflow, here and, where it has ended, elsewhere.
  void tell_of_commit(const schema::workflow& stored);
  commit_result commit(decision& made, const call& within, std::uint64_t cache_epoch);
  void keep(workflow_state state, std::uint64_t cache_epoch) noexcept;
  std::optional<outcome> decide_on_cached(const workflow_state& known, std::uint64_t cache_epoch,
                                          const decide_function& decide, const call& within);
  outcome decide_on(const uuid& workflow_id, std::string_view event_key,
                    const decide_function& decide, deadline limit);
  outcome start_as(std::string_view wfdef_key, engine::start_request request, deadline limit);
  /// The handlers of the runtime's own tasks, for a worker with leases of this length, and the
  /// queues that it has to look at.
  std::vector<task_definition> own_tasks(std::chrono::milliseconds lease);
  [[nodiscard]] std::vector<std::string> own_queues() const;
  json::object look_at_child(task_context& task);
  json::object start_child(const task_context& task);
  json::object tell_parent(const task_context& task);
  json::object cancel_children(const task_context& task);
  void cancel_child(const schema::workflow& child, const uuid& task);
  /// The workflow that this task of the parent has started, and that is there.
  std::optional<workflow_state> child_of(const engine::parent_link& parent,
                                         const engine::child_request& asked);
  [[nodiscard]] std::chrono::milliseconds keeps_early(std::string_view event_name) const;
  /// Delivers an event that is leased, and says what becomes of it.
  persistence::inbox_settlement deliver_from_inbox(const schema::workflow_inbox& row,
                                                   const delivery_policy& policy, deadline limit);
  class tick_run;
  json::object run_tick(task_context& task, std::chrono::milliseconds lease);
  /// Whether the end of a task is a decision. Throws unknown_revision.
  [[nodiscard]] bool listens_to_task(std::string_view wfdef_key, std::int64_t wfdef_rev,
                                     std::string_view task_name) const;
  /// Ends a task under its lease, as one decision; may extend the lease. Nothing where it is lost.
  std::optional<outcome> end_task(const uuid& workflow_id, const task_end& ended,
                                  const task_attempt& by, std::chrono::milliseconds lease);
  outcome command_one(const uuid& workflow_id, command verb, const command_options& options);
  outcome command_step(const uuid& workflow_id, engine::step_command verb, const uuid& step_id,
                       const command_options& options);
  outcome command_task(const uuid& workflow_id, engine::task_command verb, const uuid& task_id,
                       const command_options& options);
  outcome act(const uuid& workflow_id, const engine::command_act& act,
              const command_options& options);
  outcome act_on_step(const uuid& workflow_id, const uuid& step_id, std::string_view verb,
                      json::object about, const std::function<void(engine::step_context&)>& change,
                      const command_options& options);
  /// Decides on what is stored now, and again where others have changed it meanwhile.
  outcome decide_on_history(const uuid& workflow_id, const command_options& options,
                            const std::function<decide_function(const workflow_history&)>& decide);
  outcome decide_and_commit(std::optional<persistence::loaded_workflow> loaded,
                            std::uint64_t cache_epoch, const uuid& workflow_id,
                            std::string_view event_key, const decide_function& decide,
                            call& within);
  [[nodiscard]] call begin(std::string subject, deadline limit) const;
  void take_turn(const resource& about, call& within);
  template <class Step>
  auto until_done(const call& within, Step step) const;

  runtime_options options_;
  std::shared_ptr<persistence::store> store_;
  std::shared_ptr<workflow_cache> cache_;
  std::shared_ptr<turns> turns_;
  std::shared_ptr<wake_signal> tasks_stored_, events_stored_;
  std::shared_ptr<commit_watch> commits_;
  std::shared_ptr<notice_exchange> notices_;
  std::map<std::string, std::map<std::int64_t, definition>, std::less<>> definitions_;
};

}  // namespace nava
