// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/engine/context.hpp>
#include <nava/engine/decision.hpp>
#include <nava/schema/workflow_tables.hpp>

#include "engine/definition_data.hpp"
#include "engine/mutation.hpp"
#include "engine/patch.hpp"
#include "engine/step_counts.hpp"
#include "engine/worklist.hpp"

namespace nava::engine {

using workflow_patch = patch<schema::workflow_table>;
using step_patch = patch<schema::workflow_step_table>;

/// One decision in the making: the state, changed mutation by mutation, and the log of the
/// changes. Contexts are thin handles on it, and their verbs, in actions.cpp, are made of what
/// stands here. Knows no I/O, no clock, no random numbers.
class runner {
 public:
  using statuses = std::initializer_list<schema::workflow_status>;

  runner(const definition_data& definition, workflow_state state, timestamp now,
         const uuid& transaction_id);
  runner(const runner&) = delete;
  runner& operator=(const runner&) = delete;

  /// Puts the cause of the decision first in its log.
  void record_cause(const event& happened, const std::optional<uuid>& step_id = {});
  void start(const start_request& request);
  /// Completes the workflow if all its steps are finished, and hands over what to store.
  [[nodiscard]] decision finish();
  /// The same, but a workflow whose steps are finished stays as it is: no hook runs.
  [[nodiscard]] decision finish_without_hooks();

  [[nodiscard]] const workflow_state& state() const { return state_; }
  [[nodiscard]] const definition_data& definition() const { return definition_; }
  [[nodiscard]] timestamp now() const { return now_; }
  [[nodiscard]] const std::optional<std::string>& actor() const { return actor_; }
  /// Of what is handled again: who caused it then.
  void act_for(std::optional<std::string> actor) { actor_ = std::move(actor); }
  [[nodiscard]] const schema::workflow_step& step(const uuid& id) const;
  [[nodiscard]] const step_definition& definition_of(const schema::workflow_step& step) const;
  /// Throws action_refused where the definition has no such step.
  [[nodiscard]] const step_definition& kind_of_step(std::string_view step_key) const;
  [[nodiscard]] uuid next_task_id();
  /// Returns the open task with this name and key.
  [[nodiscard]] std::optional<uuid> open_task_with(std::string_view name,
                                                   std::string_view unique_key) const;
  /// Throws action_refused where the workflow has as many open tasks as it may.
  void expect_room_for_task() const;
  /// Stores a task of an application, or of the runtime's own. Returns its id.
  uuid store_task(std::string_view name, const json::object& input, const task_options& options,
                  const std::optional<uuid>& step_id);

  /// These two throw action_refused.
  void guard(std::string_view action, statuses allowed) const;
  const schema::workflow_step& guard_step(std::string_view action, const uuid& id,
                                          schema::step_status needed) const;

  void mutate(mutation_kind kind, std::string_view action, json::object values,
              const std::optional<uuid>& step_id = {}, schema::column_set columns = 0);
  template <class Table>
  void update(std::string_view action, patch<Table> change,
              const std::optional<uuid>& step_id = {}) {
    const auto columns = change.columns();
    mutate(update_kind<Table>, action, std::move(change).values(), step_id, columns);
  }
  void set_workflow_status(std::string_view action, schema::workflow_status status,
                           workflow_patch more = {});
  void set_step_status(std::string_view action, const uuid& id, schema::step_status status,
                       step_patch more = {});
  void end_workflow(std::string_view action, schema::workflow_status status,
                    const std::vector<workflow_hook>& hooks);
  void message(std::string_view source, std::string_view content,
               std::optional<std::string_view> author = {});
  /// Throws action_refused for a table whose rows do not go with workflows, and for a row of
  /// another workflow.
  void insert_row(const schema::table_description& table, json::object row);
  /// These two throw action_refused for what the definition lacks, and for bad names.
  [[nodiscard]] json::object storable_candidates(const candidates& who) const;
  void expect_role(std::string_view role) const;

  /// Makes stages, progress and status of the workflow follow from its steps.
  void reconcile();

  void run(const std::vector<workflow_hook>& hooks);
  void run(const std::vector<step_hook>& hooks, const uuid& step_id);
  void run(hand_over how, const uuid& step_id);
  void run(const transition_hook& hook, const uuid& step_id, std::string_view from);

 private:
  std::int64_t next_seq();
  /// Before a mutation that may change what worklists show.
  void expect_worklist_change(mutation_kind kind, const std::optional<uuid>& step_id,
                              schema::column_set columns);
  step_counts reconcile_stages();  ///< returns those of the whole workflow
  void reconcile_workflow(const step_counts& counts);
  void complete_if_all_finished();
  void extend_chain();
  template <class Hook, class... Arguments>
  void run_hook(const Hook& hook, Arguments&&... arguments);

  const definition_data& definition_;
  workflow_state state_;
  const std::int64_t read_revision_;
  const std::int64_t read_last_seq_;
  const std::int64_t revision_;  ///< of the workflow once the decision is stored
  const timestamp now_;
  const uuid transaction_id_;
  std::optional<std::string> actor_;
  worklist_changes worklist_;
  std::uint64_t tasks_made_ = 0;
  std::size_t bytes_inserted_ = 0;
  int hook_depth_ = 0;
  bool is_ending_ = false;
  changed_rows changed_;
  std::vector<schema::workflow_mutation> mutations_;
  std::vector<schema::workflow_message> messages_;
  std::vector<schema::workflow_event> events_;
  std::vector<extension_rows> extensions_;
};

/// The statuses of a workflow in which verbs move steps, and those in which it can still change.
inline constexpr runner::statuses working{schema::workflow_status::active,
                                          schema::workflow_status::degraded};
inline constexpr runner::statuses unfinished{
    schema::workflow_status::created, schema::workflow_status::active,
    schema::workflow_status::degraded, schema::workflow_status::paused};

/// Whether a step can go to ERROR: it is ACTIVE, as its workflow is.
[[nodiscard]] bool can_fail(const workflow_state& state, const uuid& step_id);
/// Empty where there is no such step.
[[nodiscard]] std::string_view key_of(const workflow_state& state, const uuid& step_id);

/// The action of the mutation that fails a step because its handler threw.
inline constexpr std::string_view exception_action = "exception";

/// These two throw action_refused.
void check_step_priority(std::int64_t priority);
void check_owner(std::string_view user);

/// ACTIVE → ERROR; then the hooks on_error.
void fail_step(runner& runner, const uuid& step_id, std::string_view why, std::string_view action);

}  // namespace nava::engine
