// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/engine/context.hpp>
#include <nava/workflow/unit_of_work.hpp>
#include <nava/workflow/workflow_history.hpp>
#include <span>

/// Deciding without I/O: functions of (definition, state, trigger, now, transaction id) whose
/// result is what to store. They read no clock and no random numbers, so the same arguments
/// give the same bytes, and a simulation can run histories as fast as it can call them.
/// Thread-safe as far as the handlers are.
namespace nava::engine {

/// Bounds whose breach refuses the decision: on its mutations and messages, on hooks that
/// trigger hooks, and on the steps and open tasks of a workflow, all of which each decision loads
/// and the one that cancels the workflow writes. With all that a definition may have, that one
/// stays below unit_bytes_max; so what could be built up can be ended.
inline constexpr std::size_t records_per_decision_max = 100'000;
inline constexpr int hook_depth_max = 64;
inline constexpr std::size_t steps_per_workflow_max = 10'000;
inline constexpr std::size_t open_tasks_per_workflow_max = 10'000;

/// A step that a handler's exception took to ERROR.
struct step_failure {
  uuid step_id{};
  std::string step_key;
  std::string why;  ///< names event and, where Nava can know it, the key that was missed
};

struct decision {
  unit_of_work work;
  workflow_state state;                  ///< as it will be once the work is stored
  std::optional<step_failure> failed{};  ///< in place of what the handlers had done
};

struct start_request {
  uuid workflow_id{};
  nava::resource resource;
  json::object params{};
  std::string title{};  ///< empty: the definition's
  std::optional<std::string> owner_id{};
  std::optional<std::string> company_id{};
  std::optional<timestamp> ts_expire{};
};

/// What people and the runtime ask of a workflow as a whole.
enum class command { pause, resume, cancel, abort };
/// What people ask of a step in ERROR.
enum class step_command { recover, ignore };

/// The decision that begins a workflow: status ACTIVE, stages of the definition, then the
/// on_started hooks. Its cause is the event `nava.start`.
[[nodiscard]] decision decide_start(const definition& definition, const start_request& request,
                                    timestamp now, const uuid& transaction_id);

/// All handlers of the definition that `happened` triggers on this workflow, as one decision.
/// Throws event_refused when no handler runs, action_refused when one oversteps, payload_error when
/// one misses something in JSON and the definition rejects events then.
[[nodiscard]] decision decide(const definition& definition, const workflow_state& state,
                              const event& happened, timestamp now, const uuid& transaction_id);

/// A command as a decision, caused by the event `nava.pause` … with `reason` in its data.
[[nodiscard]] decision decide(const definition& definition, const workflow_state& state,
                              command what, std::string_view reason, timestamp now,
                              const uuid& transaction_id);

/// A command to one step as a decision, caused by the event `nava.recover` or `nava.ignore`.
[[nodiscard]] decision decide(const definition& definition, const workflow_state& state,
                              step_command verb, const uuid& step_id, std::string_view reason,
                              timestamp now, const uuid& transaction_id);

/// Recovers a step in ERROR and runs the handlers of `failed` again, the event that failed it, as
/// one decision caused by the event `nava.retry`. Throws what a handler throws, also where the
/// definition would fail the step: it is in ERROR already. Throws event_refused where the event may
/// have been for an open step with another key too.
[[nodiscard]] decision decide_retry(const definition& definition, const workflow_state& state,
                                    const uuid& step_id, const event& failed, timestamp now,
                                    const uuid& transaction_id);

/// The event whose handler threw when the step went to ERROR last. Empty where the step called
/// fail() or never failed: what a handler did before fail() is stored, and is not done twice.
[[nodiscard]] std::optional<event> event_that_failed(const workflow_history& history,
                                                     const uuid& step_id);

/// The state that a history of mutations, in the order of seq, leads to: but for revision,
/// last_seq and the columns that begin with `_`, the state that is stored. Tasks are all
/// tasks, finished ones too. Throws std::invalid_argument for a mutation that has no meaning.
[[nodiscard]] workflow_state replay(std::span<const schema::workflow_mutation> mutations);

}  // namespace nava::engine
