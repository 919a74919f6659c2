// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <nava/schema/enumeration.hpp>
#include <nava/schema/types.hpp>
#include <optional>

/// The rows of the eleven workflow tables, of the inbox, of limits and of the table of definitions,
/// and their statuses. A member has a longer name than its column where the column's name is a C++
/// keyword or would clash. Types and pure functions; safe to use from any thread.
namespace nava::schema {

enum class workflow_status { created, active, degraded, paused, completed, cancelled, failed };
template <>
struct enum_names<workflow_status> {
  static constexpr std::array names{
      enum_name{workflow_status::created, "NEW"},
      enum_name{workflow_status::active, "ACTIVE"},
      enum_name{workflow_status::degraded, "DEGRADED"},
      enum_name{workflow_status::paused, "PAUSED"},
      enum_name{workflow_status::completed, "COMPLETED"},
      enum_name{workflow_status::cancelled, "CANCELLED"},
      enum_name{workflow_status::failed, "FAILED"},
  };
};

enum class step_status { active, error, completed, ignored, cancelled };
template <>
struct enum_names<step_status> {
  static constexpr std::array names{
      enum_name{step_status::active, "ACTIVE"},       enum_name{step_status::error, "ERROR"},
      enum_name{step_status::completed, "COMPLETED"}, enum_name{step_status::ignored, "IGNORED"},
      enum_name{step_status::cancelled, "CANCELLED"},
  };
};

enum class stage_status { active, error, completed };
template <>
struct enum_names<stage_status> {
  static constexpr std::array names{
      enum_name{stage_status::active, "ACTIVE"},
      enum_name{stage_status::error, "ERROR"},
      enum_name{stage_status::completed, "COMPLETED"},
  };
};

enum class task_status { scheduled, running, completed, failed, cancelled };
template <>
struct enum_names<task_status> {
  static constexpr std::array names{
      enum_name{task_status::scheduled, "SCHEDULED"}, enum_name{task_status::running, "RUNNING"},
      enum_name{task_status::completed, "COMPLETED"}, enum_name{task_status::failed, "FAILED"},
      enum_name{task_status::cancelled, "CANCELLED"},
  };
};

/// Of an event in the inbox. What is delivered has no row.
enum class inbox_status {
  ready,
  early,  ///< nothing waits for it yet; it is tried again
  failed  ///< it is not tried again, unless somebody asks for it
};
template <>
struct enum_names<inbox_status> {
  static constexpr std::array names{
      enum_name{inbox_status::ready, "READY"},
      enum_name{inbox_status::early, "EARLY"},
      enum_name{inbox_status::failed, "FAILED"},
  };
};

/// Why a step stands in a worklist.
enum class worklist_place {
  owner,  ///< the person has it: owns it, or answers for its owner
  user,   ///< the person may claim it
  group   ///< members of the group may claim it
};
template <>
struct enum_names<worklist_place> {
  static constexpr std::array names{
      enum_name{worklist_place::owner, "OWNER"},
      enum_name{worklist_place::user, "USER"},
      enum_name{worklist_place::group, "GROUP"},
  };
};

/// Returns whether a workflow, a step or a task of this status is finished.
constexpr bool is_finished(workflow_status status) {
  return status == workflow_status::completed || status == workflow_status::cancelled ||
         status == workflow_status::failed;
}
constexpr bool is_finished(step_status status) {
  return status == step_status::completed || status == step_status::ignored ||
         status == step_status::cancelled;
}
constexpr bool is_finished(task_status status) {
  return status != task_status::scheduled && status != task_status::running;
}

/// One running instance of a definition, for one resource.
struct workflow {
  uuid id{};
  std::string wfdef_key;
  std::int64_t wfdef_rev = 1;
  std::string wf_namespace;
  std::string resource_name;
  std::string resource_id;
  std::optional<std::string> owner_id;
  std::optional<std::string> company_id;
  std::string title;
  std::optional<std::string> desc;
  std::optional<std::string> note;
  workflow_status status = workflow_status::created;
  std::optional<workflow_status> paused;  ///< the status that resume returns to
  double progress = 0;                    ///< finished steps over all steps, 0 to 1
  std::int64_t revision = 0;              ///< the version of the row that a commit is made against
  std::int64_t last_seq = 0;              ///< the last seq of mutations, messages and events
  std::optional<timestamp> ts_start;
  std::optional<timestamp> ts_expire;
  std::optional<timestamp> ts_finish;
  json::array sys_tag;
  json::array usr_tag;
  timestamp created{};
  timestamp updated{};
};

/// A unit of work of a workflow.
struct workflow_step {
  uuid workflow_id{};
  uuid id{};
  std::int64_t index = 0;  ///< the order in which the steps were added, from 1
  std::string step_key;
  std::string stage_key;
  std::string title;
  std::optional<std::string> desc;
  uuid selector{};
  std::optional<uuid> src_step;
  std::optional<std::string> owner_id;
  std::string stm_state;
  std::optional<std::string> stm_label;
  step_status status = step_status::active;
  json::object memory;
  std::optional<timestamp> ts_due;
  std::optional<timestamp> ts_start;
  std::optional<timestamp> ts_finish;
  std::optional<timestamp> ts_transit;
  std::optional<std::string> stm_from;  ///< the state before stm_state; none before the first move
  std::optional<std::string> delegate_id{};  ///< who answers for the owner; none: the owner
  std::optional<json::object> candidates{};  ///< who may claim it: `users`, `groups`, `roles`
  std::optional<std::int64_t> priority{};    ///< for people; 0 where there is none
  std::optional<timestamp> ts_follow_up{};   ///< no worklist shows it before
};

/// A named phase that groups steps.
struct workflow_stage {
  uuid workflow_id{};
  std::string key;
  std::string stage_name;
  std::optional<std::string> stage_type;
  std::optional<std::string> desc;
  std::int64_t order = 0;
  stage_status status = stage_status::active;
};

/// A user in a role.
struct workflow_participant {
  uuid workflow_id{};
  std::string role;
  std::string user_id;
};

/// What a workflow remembers.
struct workflow_memory {
  uuid workflow_id{};
  json::object params;
  json::object memory;
  json::object output;
};

/// One recorded change of state.
struct workflow_mutation {
  uuid workflow_id{};
  std::int64_t seq = 0;
  uuid transaction_id{};
  std::string name;    ///< what changed: `add-step`, `set-memory` …
  std::string action;  ///< the verb that changed it: `add_step`, `memorize` …
  std::optional<uuid> step_id;
  json::object mutation;
  timestamp at{};
};

/// A line of text for people.
struct workflow_message {
  uuid workflow_id{};
  std::int64_t seq = 0;
  timestamp at{};
  std::string source;
  std::string content;
  std::optional<std::string> author{};  ///< none: a hook or handler
};

/// An event that was applied to a workflow.
struct workflow_event {
  uuid workflow_id{};
  std::int64_t seq = 0;
  uuid transaction_id{};
  std::optional<std::string> event_key;
  std::string event_name;
  json::object event_args;
  json::object event_data;
  std::optional<uuid> step_id;
  timestamp at{};
  std::optional<std::string> actor{};  ///< who caused the decision
};

/// Durable background work.
struct workflow_task {
  uuid workflow_id{};
  uuid id{};
  std::optional<uuid> step_id;
  std::string name;
  std::optional<std::string> desc;
  task_status status = task_status::scheduled;
  json::object input;
  std::optional<json::object> result;
  std::optional<std::string> error;
  std::int64_t attempt = 0;
  std::int64_t attempts_max = 1;
  std::optional<timestamp> ts_due;
  std::optional<timestamp> ts_expire;
  std::optional<timestamp> ts_start;
  std::optional<timestamp> ts_end;
  /// Who held the last lease that was settled, and its fence. A lease under way stands in the
  /// agenda.
  std::optional<std::string> lease_owner;
  std::int64_t lease_fence = 0;
  std::optional<std::string> queue;      ///< none: the task's name
  std::optional<std::int64_t> priority;  ///< 0 where there is none; the higher, the sooner
  /// A workflow has at most one open task with this name and key.
  std::optional<std::string> unique_key;
};

/// An open task, as workers find it. The row exists exactly as long as its task is open, and holds
/// the lease while the task runs.
struct workflow_agenda {
  uuid workflow_id{};
  uuid id{};  ///< of the task
  std::string queue;
  std::int64_t priority = 0;
  timestamp ts_due{};            ///< not before; of a task under lease: the end of the lease
  std::int64_t attempt = 0;      ///< attempts that have begun
  std::int64_t lease_fence = 0;  ///< rises with each lease, so that a late holder is refused
  std::optional<timestamp> lease_until;  ///< none: nobody has claimed the task
  std::optional<std::string> lease_owner;
  std::optional<timestamp> ts_start;  ///< of the attempt under way
  std::optional<json::object> progress;
};

/// The ts_due of a step in worklists that has none: it comes after all others.
inline constexpr timestamp worklist_never =
    timestamp{std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1}} -
    std::chrono::microseconds{1};

/// An open step in the worklist of a person or a group. Rows follow from the steps: they exist
/// exactly as long as the step and its workflow are unfinished.
struct workflow_worklist {
  uuid workflow_id{};
  uuid step_id{};
  worklist_place place{};
  std::string principal;  ///< the id of the user or group
  timestamp ts_due{};     ///< of the step; worklist_never where it has none
  std::optional<timestamp> ts_follow_up;
  std::int64_t priority = 0;
};

/// A place for a running task of a queue whose running tasks are limited: the queue has as many
/// rows as may run at once. It is taken as long as its task is under the lease with this fence.
struct workflow_slot {
  std::string queue;
  std::int64_t slot = 1;  ///< from 1
  std::optional<uuid> workflow_id;
  std::optional<uuid> task_id;
  std::optional<std::int64_t> lease_fence;
};

/// How many tasks of a queue may begin in a time. A queue without a row is not limited so.
struct workflow_rate {
  std::string queue;
  std::int64_t tasks = 1;
  std::int64_t period = 0;               ///< microseconds in which so many begin
  std::int64_t burst = 1;                ///< how many may begin at once, after a rest
  std::optional<timestamp> spent_until;  ///< when as many as `burst` may begin at once again
};

/// An event that an application has stored, until it is delivered. Applications write the columns
/// up to `at`; the others have defaults, and are the runtime's.
struct workflow_inbox {
  std::int64_t seq = 0;  ///< given by the database; events of one resource are delivered by it
  std::optional<std::string> event_key;  ///< as event::key; none: the row itself is the key
  std::string event_name;
  std::string resource_name;
  std::string resource_id;
  json::object event_data;
  json::object event_args;
  std::optional<uuid> selector;
  std::optional<timestamp> at;  ///< when it happened; none: ts_created
  timestamp ts_created{};
  inbox_status status = inbox_status::ready;
  std::int64_t attempt = 0;          ///< deliveries that have begun
  std::optional<std::string> error;  ///< why it was not delivered
  std::optional<timestamp> ts_due;   ///< no delivery before; none: at once
  std::int64_t lease_fence = 0;      ///< rises with each lease
  std::optional<timestamp> lease_until;
  std::optional<std::string> lease_owner;
  std::optional<std::string> actor{};  ///< who caused it: also the application's
  /// Not stored: why what an application has written cannot be read. Then the columns from
  /// event_data to ts_created are empty.
  std::optional<std::string> unreadable;
};

/// What a type of workflow can do.
struct workflow_definition {
  std::string wfdef_key;
  std::int64_t wfdef_rev = 1;
  std::string title;
  std::string wf_namespace;
  std::optional<std::string> desc;
  json::array stages;
  json::array steps;
  json::array roles;
  std::optional<json::object> params_schema;
  std::optional<json::object> memory_schema;
};

}  // namespace nava::schema
