// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <nava/schema/enumeration.hpp>

/// The statuses of workflows, their stages, steps and tasks, of events in the inbox, and the places
/// of worklists. Types and pure functions; safe to use from any thread.
namespace nava::schema {

/// The status of a workflow. The last three are final.
enum class workflow_status {
  created,    ///< `NEW`: its first decision is under way; no stored row has this status
  active,     ///< `ACTIVE`: it goes on
  degraded,   ///< `DEGRADED`: a step is in ERROR; the other steps go on
  paused,     ///< `PAUSED`: no step moves until `resume`; tasks and timers wait
  completed,  ///< `COMPLETED`: all its steps are finished
  cancelled,  ///< `CANCELLED`: `cancel` ended it
  failed      ///< `FAILED`: `abort` ended it
};
/// The texts of a workflow_status.
template <>
struct enum_names<workflow_status> {
  /// The only texts that the CHECKs `ck_workflow_status` and `ck_workflow_paused` allow.
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

/// The status of a step. The last three are final.
enum class step_status {
  active,     ///< `ACTIVE`: open
  error,      ///< `ERROR`: a handler or hook threw, or called `fail`; `recover` or `ignore` ends it
  completed,  ///< `COMPLETED`: it entered the state `_FINISHED`
  ignored,    ///< `IGNORED`: `ignore` gave up a step in ERROR
  cancelled   ///< `CANCELLED`: by itself, or with its workflow
};
/// The texts of a step_status.
template <>
struct enum_names<step_status> {
  /// The only texts that the CHECK `ck_workflow_step_status` allows.
  static constexpr std::array names{
      enum_name{step_status::active, "ACTIVE"},       enum_name{step_status::error, "ERROR"},
      enum_name{step_status::completed, "COMPLETED"}, enum_name{step_status::ignored, "IGNORED"},
      enum_name{step_status::cancelled, "CANCELLED"},
  };
};

/// The status of a stage. It follows from the steps of the stage.
enum class stage_status {
  active,    ///< `ACTIVE`: it has no step yet, or an open one and none in ERROR
  error,     ///< `ERROR`: a step is in ERROR
  completed  ///< `COMPLETED`: it has steps, and all of them are finished
};
/// The texts of a stage_status.
template <>
struct enum_names<stage_status> {
  /// The only texts that the CHECK `ck_workflow_stage_status` allows.
  static constexpr std::array names{
      enum_name{stage_status::active, "ACTIVE"},
      enum_name{stage_status::error, "ERROR"},
      enum_name{stage_status::completed, "COMPLETED"},
  };
};

/// The status of a task. The last three are final, unless `retry_task` opens the task again.
enum class task_status {
  scheduled,  ///< `SCHEDULED`: open; in workflow_task also while a worker runs it
  running,    ///< `RUNNING`: open and under a lease; lists say so, no stored row does
  completed,  ///< `COMPLETED`: its handler returned a result
  failed,     ///< `FAILED`: out of attempts, given up by its handler, or expired
  cancelled   ///< `CANCELLED`: by a decision
};
/// The texts of a task_status.
template <>
struct enum_names<task_status> {
  /// The only texts that the CHECK `ck_workflow_task_status` allows.
  static constexpr std::array names{
      enum_name{task_status::scheduled, "SCHEDULED"}, enum_name{task_status::running, "RUNNING"},
      enum_name{task_status::completed, "COMPLETED"}, enum_name{task_status::failed, "FAILED"},
      enum_name{task_status::cancelled, "CANCELLED"},
  };
};

/// The status of an event in the inbox. An event that is delivered has no row.
enum class inbox_status {
  ready,  ///< `READY`: it is to be delivered, or tried again
  early,  ///< `EARLY`: nothing waits for it yet; it is tried again
  failed  ///< `FAILED`: it is not tried again, unless somebody asks for it
};
/// The texts of an inbox_status.
template <>
struct enum_names<inbox_status> {
  /// The only texts that the CHECK `ck_workflow_inbox_status` allows.
  static constexpr std::array names{
      enum_name{inbox_status::ready, "READY"},
      enum_name{inbox_status::early, "EARLY"},
      enum_name{inbox_status::failed, "FAILED"},
  };
};

/// Why a step stands in a worklist.
enum class worklist_place {
  owner,  ///< `OWNER`: the person has it: owns it, or answers for its owner
  user,   ///< `USER`: the person may claim it
  group   ///< `GROUP`: members of the group may claim it
};
/// The texts of a worklist_place.
template <>
struct enum_names<worklist_place> {
  /// The only texts that the CHECK `ck_workflow_worklist_place` allows.
  static constexpr std::array names{
      enum_name{worklist_place::owner, "OWNER"},
      enum_name{worklist_place::user, "USER"},
      enum_name{worklist_place::group, "GROUP"},
  };
};

///@{
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
///@}

}  // namespace nava::schema
