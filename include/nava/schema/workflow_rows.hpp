// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <nava/schema/types.hpp>
#include <nava/schema/workflow_statuses.hpp>
#include <optional>

/// The rows of the eleven workflow tables, of the inbox, of limits, of tombstones and of
/// definitions. A member has a longer name than its column where the column's name is a C++ keyword
/// or would clash. Types and pure functions; safe to use from any thread.
namespace nava::schema {

/// One running instance of a definition, for one resource. The start of the workflow stores the
/// row. Each decision changes it.
struct workflow {
  uuid id{};  ///< `_id`: version 7, made at the start; it begins with the time in milliseconds
  ///@{
  /// The definition and the revision that the workflow was started with. It keeps both to its end.
  /// Only `nava.schedule`, the runtime's own, has no row in workflow_definition.
  std::string wfdef_key;
  std::int64_t wfdef_rev = 1;
  ///@}
  std::string wf_namespace;  ///< `namespace`: the definition's; empty where it has none
  ///@{
  /// The resource that the workflow is about. A resource has at most one workflow of a definition.
  std::string resource_name;
  std::string resource_id;
  ///@}
  ///@{
  /// The owner and the company as the start gives them, ids of the application. They serve lists
  /// only. NULL: not given.
  std::optional<std::string> owner_id;
  std::optional<std::string> company_id;
  ///@}
  std::string title;                ///< for people: as the start gives it, or the definition's
  std::optional<std::string> desc;  ///< for people: the definition's; NULL where it has none
  std::optional<std::string> note;  ///< NULL: no verb of Nava sets it
  workflow_status status = workflow_status::created;  ///< follows from the verbs and the steps
  std::optional<workflow_status> paused;  ///< the status that resume returns to; NULL unless PAUSED
  double progress = 0;  ///< finished steps over all steps, 0 to 1; 0 without steps
  /// The version of the row that a commit is made against. It begins with a number from 1 to 2^52;
  /// each decision adds 1.
  std::int64_t revision = 0;
  std::int64_t last_seq = 0;          ///< the last seq of mutations, messages and events
  std::optional<timestamp> ts_start;  ///< when the workflow became ACTIVE for the first time
  /// When on_expired of the definition runs; without such a hook, for people. The start or
  /// `expire_at` sets it. NULL: never.
  std::optional<timestamp> ts_expire;
  std::optional<timestamp> ts_finish;  ///< when the workflow ended; NULL: unfinished
  /// The runtime's own. A child has one object: `parent` (a workflow), `task` (the parent's task
  /// that stands for the child), `definition` (the parent's). Otherwise `[]`.
  json::array sys_tag;
  /// The tags by which lists find the workflow: up to 50 texts of 1 to 256 bytes. The start, `tag`
  /// and `untag` set them.
  json::array usr_tag;
  timestamp created{};  ///< `_created`: the time of the decision that started it
  timestamp updated{};  ///< `_updated`: the time of the last decision
  /// The end of the hash chain over its mutations, messages and events: `1:`, the seq of the last
  /// row, `:` and 64 hex digits. NULL: the definition asks for no chain.
  std::optional<std::string> chain{};
};

/// A unit of work of a workflow. `add_step` stores the row; verbs change it.
struct workflow_step {
  uuid workflow_id{};      ///< the workflow that the step belongs to
  uuid id{};               ///< `_id`: version 5, made of the workflow's id, the key and a number
  std::int64_t index = 0;  ///< the order in which the steps were added, from 1
  std::string step_key;    ///< the key of the step in the definition
  std::string stage_key;   ///< the workflow_stage::key of its stage, as the definition says
  ///@{
  /// For people: as `add_step` gives it, or the definition's.
  std::string title;
  std::optional<std::string> desc;
  ///@}
  /// Picks the step for an event; unique in the workflow. It is the step's id unless `add_step`
  /// says otherwise.
  uuid selector{};
  std::optional<uuid> src_step;         ///< the step that added this one; NULL: the workflow did
  std::optional<std::string> owner_id;  ///< the user who owns the step; NULL: nobody
  std::string stm_state;                ///< `_CREATED`, a state of the definition or `_FINISHED`
  /// For people: the text of the last `label`. A change of state keeps it. NULL: none was given.
  std::optional<std::string> stm_label;
  step_status status = step_status::active;  ///< set by verbs; ERROR also by a handler that throws
  json::object memory;                       ///< what `memorize` of the step has merged
  /// When the step is due, which runs on_due and ends nothing. `add_step` or `due_at` sets it.
  /// NULL: never.
  std::optional<timestamp> ts_due;
  std::optional<timestamp> ts_start;    ///< when the step was added
  std::optional<timestamp> ts_finish;   ///< when the step finished; NULL: unfinished
  std::optional<timestamp> ts_transit;  ///< when it entered stm_state; NULL before the first move
  std::optional<std::string> stm_from;  ///< the state before stm_state; NULL before the first move
  std::optional<std::string> delegate_id{};  ///< who answers for the owner; NULL: the owner
  /// Who may claim the step: arrays of texts, `users`, `groups` and `roles`. NULL: nobody.
  std::optional<json::object> candidates{};
  /// The order in worklists, -1,000,000 to 1,000,000, the highest first. NULL: 0.
  std::optional<std::int64_t> priority{};
  std::optional<timestamp> ts_follow_up{};  ///< no worklist shows it before; NULL: no such time
};

/// A named phase that groups steps. The start of a workflow stores a row for each stage of the
/// definition. Later only the status changes.
struct workflow_stage {
  uuid workflow_id{};                          ///< the workflow that the stage belongs to
  std::string key;                             ///< the key of the stage in the definition
  std::string stage_name;                      ///< for people: the title in the definition
  std::optional<std::string> stage_type;       ///< a word of the application's; NULL: none
  std::optional<std::string> desc;             ///< for people; NULL where the definition has none
  std::int64_t order = 0;                      ///< the place in the definition, from 1
  stage_status status = stage_status::active;  ///< set after each change of a step
};

/// A user in a role. `add_participant` stores the row, `del_participant` removes it.
struct workflow_participant {
  uuid workflow_id{};   ///< the workflow that the user takes part in
  std::string role;     ///< the key of a role of the definition
  std::string user_id;  ///< an id of the application's
};

/// What a workflow remembers, one row for each workflow. Without content a column is `{}`.
struct workflow_memory {
  uuid workflow_id{};   ///< the workflow that remembers it
  json::object params;  ///< what the workflow was started with; no verb changes it
  json::object memory;  ///< what `memorize` of the workflow has merged
  json::object output;  ///< what `output` has merged
};

/// One recorded change of state. The mutations of a workflow, in the order of `seq`, rebuild it.
/// A row never changes.
struct workflow_mutation {
  uuid workflow_id{};           ///< the workflow that was changed
  std::int64_t seq = 0;         ///< the place among its mutations, messages and events, from 1
  uuid transaction_id{};        ///< of the decision; workflow_event has its cause under the same id
  std::string name;             ///< what changed: `add-step`, `set-memory` …
  std::string action;           ///< the verb that changed it: `add_step`, `memorize` …
  std::optional<uuid> step_id;  ///< the step that it concerns; NULL: none
  /// The new values by column. `initialize-workflow` and `add-…` have the row; `set-state` and
  /// `update-…` have the changed columns, and the key of a stage or task. The other `set-…` have
  /// the object that was set or merged.
  json::object mutation;
  timestamp at{};  ///< the time of the decision
};

/// A line of text for people. Handlers, hooks and comments leave it, and a step that fails. A row
/// never changes.
struct workflow_message {
  uuid workflow_id{};    ///< the workflow that the text is about
  std::int64_t seq = 0;  ///< the place among its mutations, messages and events, from 1
  timestamp at{};        ///< `timestamp`: the time of the decision
  std::string source;    ///< the key of a step, or `workflow`
  std::string content;   ///< the text
  std::optional<std::string> author{};  ///< the user who commented; NULL: a hook or handler
};

/// An event that was applied to a workflow: the cause of one decision. Names that begin with
/// `nava.` are the runtime's own causes: `nava.start`, `nava.claim`, `nava.timer` … A row never
/// changes.
struct workflow_event {
  uuid workflow_id{};     ///< the workflow that applied it
  std::int64_t seq = 0;   ///< the place among its mutations, messages and events, from 1
  uuid transaction_id{};  ///< of the decision; its mutations have the same id
  /// Unique in the workflow, so that a redelivery changes nothing. An event of the inbox without a
  /// key of its own has `nava.inbox:…`. NULL: no key.
  std::optional<std::string> event_key;
  std::string event_name;   ///< the name that handlers listen to
  json::object event_args;  ///< the envelope, as delivered: headers, sender …
  /// The content, as delivered. Of `nava.start`, the params. Of a command, its reason and what it
  /// is about. Of the end of a task, the task.
  json::object event_data;
  /// The step that it was for: that of the first step handler, of the command or of the task. NULL:
  /// the workflow.
  std::optional<uuid> step_id;
  timestamp at{};  ///< when it happened, as given; else the time of the decision
  /// Who caused the decision. NULL: a task or a timer did, or nobody was named.
  std::optional<std::string> actor{};
};

/// Durable background work. `add_task` stores the row. A failed attempt and the end of the task
/// change it. Until then workflow_agenda tells how the task stands. Timers, links and children are
/// tasks of the runtime's own: their names begin with `nava.`, as `nava.timer` does.
struct workflow_task {
  uuid workflow_id{};               ///< the workflow that the task belongs to
  uuid id{};                        ///< `_id`: version 7, by the time of the decision that added it
  std::optional<uuid> step_id;      ///< the step that added it; NULL: the workflow did
  std::string name;                 ///< the name of the handler that workers run
  std::optional<std::string> desc;  ///< for people; NULL: none
  task_status status = task_status::scheduled;  ///< SCHEDULED as long as the task is open
  json::object input;                           ///< what the handler gets, as `add_task` says
  std::optional<json::object> result;  ///< what the handler returned; NULL unless COMPLETED
  std::optional<std::string> error;    ///< why an attempt failed last; NULL: none has, or COMPLETED
  /// Attempts that count, as of the last one that failed or ended the task. A snooze does not
  /// count. workflow_agenda has the attempt under way.
  std::int64_t attempt = 0;
  std::int64_t attempts_max = 1;       ///< after so many failed attempts the task is FAILED
  std::optional<timestamp> ts_due;     ///< not before, as `add_task` says; NULL: at once
  std::optional<timestamp> ts_expire;  ///< no attempt begins after it; NULL: no such time
  std::optional<timestamp> ts_start;   ///< when the last attempt began; NULL if open or CANCELLED
  std::optional<timestamp> ts_end;     ///< when the task ended; NULL while open
  ///@{
  /// The worker whose attempt failed or ended last, and the fence of its lease. NULL and 0 before.
  /// A lease under way stands in the agenda.
  std::optional<std::string> lease_owner;
  std::int64_t lease_fence = 0;
  ///@}
  std::optional<std::string> queue;      ///< where workers look for it; NULL: the task's name
  std::optional<std::int64_t> priority;  ///< -1 low, 1 high; NULL: 0, normal
  /// A workflow has at most one open task with this name and key. NULL: any number.
  std::optional<std::string> unique_key;
};

/// An open task, as workers find it. The row exists exactly as long as its task is open, and holds
/// the lease while the task runs. A decision stores the row; workers write the lease.
struct workflow_agenda {
  uuid workflow_id{};         ///< the workflow of the task
  uuid id{};                  ///< `_id`: of the task
  std::string queue;          ///< the queue of the task, or else its name
  std::int64_t priority = 0;  ///< the higher, the sooner
  /// When the task may be claimed: at its ts_due or commit, or at the end of a backoff. Each
  /// renewal of a lease moves it to the end of the lease.
  timestamp ts_due{};
  /// Attempts that count: each claim adds 1. What a handler snoozes or a worker gives back does not
  /// count.
  std::int64_t attempt = 0;
  std::int64_t lease_fence = 0;  ///< rises with each lease, so that a late holder is refused
  /// The end of the lease; once past, any worker may claim the task. NULL: nobody has it.
  std::optional<timestamp> lease_until;
  std::optional<std::string> lease_owner;  ///< the name of the worker; NULL: nobody has the task
  std::optional<timestamp> ts_start;  ///< when the attempt under way was claimed; NULL: none is
  /// What handlers reported last, stored with a renewal or when the task is put off. NULL: nothing.
  std::optional<json::object> progress;
};

/// The ts_due of a step in worklists that has none: it comes after all others.
inline constexpr timestamp worklist_never =
    timestamp{std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1}} -
    std::chrono::microseconds{1};

/// An open step in the worklist of a person or a group. Rows follow from the steps, while the step
/// and its workflow are unfinished. A step has one row for its holder; while nobody has it, one for
/// each user and group who may claim it.
struct workflow_worklist {
  uuid workflow_id{};      ///< the workflow of the step
  uuid step_id{};          ///< workflow_step::id
  worklist_place place{};  ///< why the step stands there
  std::string principal;   ///< the id of the user or group
  ///@{
  /// Copies of the step's columns, to sort and filter lists by.
  timestamp ts_due{};                     ///< worklist_never where the step has none
  std::optional<timestamp> ts_follow_up;  ///< NULL where the step has none
  std::int64_t priority = 0;              ///< 0 where the step has none
  ///@}
};

/// A place for a running task of a queue whose running tasks are limited: the queue has as many
/// rows as may run at once. It is taken as long as its task is under the lease with this fence.
/// `limit_running` stores and deletes rows; claims fill them.
struct workflow_slot {
  std::string queue;      ///< the queue that is limited
  std::int64_t slot = 1;  ///< from 1
  ///@{
  /// The task that took the place last, and the fence of its lease. They stay when it is free
  /// again. NULL: none has taken it yet.
  std::optional<uuid> workflow_id;
  std::optional<uuid> task_id;
  std::optional<std::int64_t> lease_fence;
  ///@}
};

/// How many tasks of a queue may begin in a time. A queue without a row is not limited so.
/// `limit_rate` stores, changes and deletes rows; claims move `spent_until`.
struct workflow_rate {
  std::string queue;        ///< the queue that is limited
  std::int64_t tasks = 1;   ///< how many begin in a period, 1 to 100,000
  std::int64_t period = 0;  ///< microseconds in which so many begin; 1,000 or more
  std::int64_t burst = 1;   ///< how many may begin at once, after a rest; 1 to `tasks`
  /// When as many as `burst` may begin at once again. NULL: no task has begun yet.
  std::optional<timestamp> spent_until;
};

/// What is left of a workflow that was deleted, until it expires. Deletions store and purges delete
/// rows, where a tombstone_policy asks for them.
struct workflow_tombstone {
  std::string key;        ///< `workflow:` and the id, or `resource:` and 64 hex digits
  timestamp ts_expire{};  ///< until then no such workflow is created
};

/// An event that an application has stored, until it is delivered. Applications write the columns
/// from `event_key` to `at`, and `actor`. The database and the drainers write the others, which
/// have defaults.
struct workflow_inbox {
  std::int64_t seq = 0;  ///< given by the database; events of one resource are delivered by it
  std::optional<std::string> event_key;  ///< as event::key; NULL: the row itself is the key
  /// The name that handlers listen to. Names that begin with `nava.` are the runtime's own.
  std::string event_name;
  ///@{
  /// The resource whose workflows the event is for.
  std::string resource_name;
  std::string resource_id;
  ///@}
  json::object event_data;       ///< the content; `{}` by default
  json::object event_args;       ///< the envelope: headers, sender …; `{}` by default
  std::optional<uuid> selector;  ///< workflow_step::selector; NULL: the one open step that takes it
  std::optional<timestamp> at;   ///< when it happened; NULL: ts_created
  timestamp ts_created{};        ///< when it was stored
  inbox_status status = inbox_status::ready;  ///< set by drainers; READY by default
  /// Deliveries that count: each claim adds 1. A delivery that only has to wait takes it back, for
  /// a paused workflow or a busy database.
  std::int64_t attempt = 0;
  std::optional<std::string> error;  ///< why it was not delivered last; NULL: it was not tried
  std::optional<timestamp> ts_due;   ///< no delivery before; NULL: at once
  std::int64_t lease_fence = 0;      ///< rises with each lease
  /// Until when a drainer has the event; once past, any drainer may claim it. NULL: nobody has it.
  std::optional<timestamp> lease_until;
  std::optional<std::string> lease_owner;  ///< the name of the drainer; NULL: nobody has the event
  std::optional<std::string> actor{};      ///< who caused it; NULL: nobody is named
  /// Not stored: why what an application has written cannot be read. Then the columns from
  /// event_data to ts_created are empty.
  std::optional<std::string> unreadable;
};

/// What a type of workflow can do, without its handlers and hooks. A runtime stores a row for each
/// revision that it is given. A row never changes: a definition that differs needs a new revision.
struct workflow_definition {
  std::string wfdef_key;            ///< the key of the definition
  std::int64_t wfdef_rev = 1;       ///< 1 or more
  std::string title;                ///< for people
  std::string wf_namespace;         ///< `namespace`; empty: none
  std::optional<std::string> desc;  ///< for people; NULL: none
  json::array stages;  ///< objects in order: `key`, `title`; where given, `type` and `desc`
  /// Objects in order: `key`, `title`, `stage`, `states`, `repeats`, `transitions` with `to` and
  /// either `from` or `not_from`. Where given: `desc`, `candidates`, `priority`,
  /// `only_holder_answers`.
  json::array steps;
  json::array roles;  ///< objects in order: `key`, `title`
  ///@{
  /// NULL: no definition sets it yet.
  std::optional<json::object> params_schema;
  std::optional<json::object> memory_schema;
  ///@}
};

}  // namespace nava::schema
