// SPDX-License-Identifier: Apache-2.0
#pragma once

// First, so that the compiler prints the message of a refusal within a few lines.
#include <nava/schema/refusals.hpp>

#include <nava/schema/relationship.hpp>
#include <nava/schema/table.hpp>
#include <nava/schema/workflow_rows.hpp>

/// The eleven workflow tables, the slots, the rates, the tombstones, the inbox and the definitions.
/// They are classes rather than aliases, so that the compiler calls them by their names. Types and
/// constants; safe to use from any thread.
namespace nava::schema {

/// The foreign key by which a row belongs to a workflow and is deleted with it:
/// `fk_{table}_{column}`, ON DELETE CASCADE, ON UPDATE CASCADE. The tables of an application use it
/// too. The key needs no index of its own when the primary key begins with `Member`.
template <auto Member>
using workflow_foreign_key = foreign_key<"", members<Member>, members<&workflow::id>,
                                         referential_action::cascade, referential_action::cascade>;

/// A purge leaves dead rows in all workflow tables. They stay small because autovacuum starts
/// when a twentieth of the rows is dead; the server's default is a fifth. DECISIONS.md has the
/// measurement, and that of the fillfactors.
using vacuumed_early = storage<"autovacuum_vacuum_scale_factor", "0.05">;

/// What the index of open workflows demands. A list repeats it, or SQLite does not take the index.
inline constexpr fixed_string open_workflow{
    "\"status\" IN ('NEW', 'ACTIVE', 'DEGRADED', 'PAUSED')"};

// A column a line, which clang-format would pack.
// clang-format off

// No index covers progress, revision, last_seq or _updated. Every commit changes them, and an update
// that changes no indexed column stays on its page (HOT). Few commits change the status.
struct workflow_table
    : table<
          workflow, "workflow",
          column<"_id", &workflow::id>,
          column<"wfdef_key", &workflow::wfdef_key>,
          column<"wfdef_rev", &workflow::wfdef_rev>,
          column<"namespace", &workflow::wf_namespace>,
          column<"resource_name", &workflow::resource_name>,
          column<"resource_id", &workflow::resource_id>,
          column<"owner_id", &workflow::owner_id>,
          column<"company_id", &workflow::company_id>,
          column<"title", &workflow::title>,
          column<"desc", &workflow::desc>,
          column<"note", &workflow::note>,
          column<"status", &workflow::status>,
          column<"paused", &workflow::paused>,
          column<"progress", &workflow::progress>,
          column<"revision", &workflow::revision>,
          column<"last_seq", &workflow::last_seq>,
          column<"ts_start", &workflow::ts_start>,
          column<"ts_expire", &workflow::ts_expire>,
          column<"ts_finish", &workflow::ts_finish>,
          column<"sys_tag", &workflow::sys_tag>,
          column<"usr_tag", &workflow::usr_tag>,
          column<"_created", &workflow::created>,
          column<"_updated", &workflow::updated>,
          column<"chain", &workflow::chain>,
          primary_key<&workflow::id>,
          // Serves routing: the workflows of one resource, for one or several definitions.
          unique<"uq_workflow_resource", &workflow::resource_id, &workflow::resource_name,
                 &workflow::wfdef_key>,
          // Serves purge, which walks finished workflows in this order. A workflow finishes once;
          // other commits do not write to the index.
          index_where<"ix_workflow_ts_finish", "\"ts_finish\" IS NOT NULL", &workflow::ts_finish,
                      &workflow::id>,
          // Serve lists. A workflow without an owner or a company has no entry.
          index_where<"ix_workflow_open", open_workflow, &workflow::id>,
          index_where<"ix_workflow_owner_id", "\"owner_id\" IS NOT NULL", &workflow::owner_id,
                      &workflow::id>,
          index_where<"ix_workflow_company_id", "\"company_id\" IS NOT NULL",
                      &workflow::company_id, &workflow::id>,
          to_many<"steps", workflow_step, back_populates<"workflow">>,
          to_many<"stages", workflow_stage, back_populates<"workflow">>,
          to_many<"participants", workflow_participant, back_populates<"workflow">>,
          to_one<"memory", std::optional<workflow_memory>, back_populates<"workflow">>,
          to_many<"mutations", workflow_mutation, back_populates<"workflow">>,
          to_many<"messages", workflow_message, back_populates<"workflow">>,
          to_many<"events", workflow_event, back_populates<"workflow">>,
          to_many<"tasks", workflow_task, back_populates<"workflow">>,
          to_many<"agenda", workflow_agenda, back_populates<"workflow">>,
          to_many<"worklist", workflow_worklist, back_populates<"workflow">>,
          fillfactor<80>,
          vacuumed_early> {};

struct workflow_step_table
    : table<
          workflow_step, "workflow_step",
          column<"workflow_id", &workflow_step::workflow_id>,
          column<"_id", &workflow_step::id>,
          column<"index", &workflow_step::index>,
          column<"step_key", &workflow_step::step_key>,
          column<"stage_key", &workflow_step::stage_key>,
          column<"title", &workflow_step::title>,
          column<"desc", &workflow_step::desc>,
          column<"selector", &workflow_step::selector>,
          column<"src_step", &workflow_step::src_step>,
          column<"owner_id", &workflow_step::owner_id>,
          column<"stm_state", &workflow_step::stm_state>,
          column<"stm_label", &workflow_step::stm_label>,
          column<"status", &workflow_step::status>,
          column<"memory", &workflow_step::memory>,
          column<"ts_due", &workflow_step::ts_due>,
          column<"ts_start", &workflow_step::ts_start>,
          column<"ts_finish", &workflow_step::ts_finish>,
          column<"ts_transit", &workflow_step::ts_transit>,
          column<"stm_from", &workflow_step::stm_from>,
          column<"delegate_id", &workflow_step::delegate_id>,
          column<"candidates", &workflow_step::candidates>,
          column<"priority", &workflow_step::priority>,
          column<"ts_follow_up", &workflow_step::ts_follow_up>,
          primary_key<&workflow_step::workflow_id, &workflow_step::id>,
          // Serves no query. It keeps an event from selecting two steps.
          unique<"uq_workflow_step_selector", &workflow_step::workflow_id,
                 &workflow_step::selector>,
          workflow_foreign_key<&workflow_step::workflow_id>,
          to_one<"workflow", workflow, back_populates<"steps">>,
          fillfactor<80>,
          vacuumed_early> {};

struct workflow_stage_table
    : table<
          workflow_stage, "workflow_stage",
          column<"workflow_id", &workflow_stage::workflow_id>,
          column<"key", &workflow_stage::key>,
          column<"stage_name", &workflow_stage::stage_name>,
          column<"stage_type", &workflow_stage::stage_type>,
          column<"desc", &workflow_stage::desc>,
          column<"order", &workflow_stage::order>,
          column<"status", &workflow_stage::status>,
          primary_key<&workflow_stage::workflow_id, &workflow_stage::key>,
          workflow_foreign_key<&workflow_stage::workflow_id>,
          to_one<"workflow", workflow, back_populates<"stages">>,
          fillfactor<90>,
          vacuumed_early> {};

struct workflow_participant_table
    : table<
          workflow_participant, "workflow_participant",
          column<"workflow_id", &workflow_participant::workflow_id>,
          column<"role", &workflow_participant::role>,
          column<"user_id", &workflow_participant::user_id>,
          primary_key<&workflow_participant::workflow_id, &workflow_participant::role,
                      &workflow_participant::user_id>,
          workflow_foreign_key<&workflow_participant::workflow_id>,
          to_one<"workflow", workflow, back_populates<"participants">>,
          vacuumed_early> {};

struct workflow_memory_table
    : table<
          workflow_memory, "workflow_memory",
          column<"workflow_id", &workflow_memory::workflow_id>,
          column<"params", &workflow_memory::params>,
          column<"memory", &workflow_memory::memory>,
          column<"output", &workflow_memory::output>,
          primary_key<&workflow_memory::workflow_id>,
          workflow_foreign_key<&workflow_memory::workflow_id>,
          to_one<"workflow", workflow, back_populates<"memory">>,
          fillfactor<80>,
          vacuumed_early> {};

struct workflow_mutation_table
    : table<
          workflow_mutation, "workflow_mutation",
          column<"workflow_id", &workflow_mutation::workflow_id>,
          column<"seq", &workflow_mutation::seq>,
          column<"transaction_id", &workflow_mutation::transaction_id>,
          column<"name", &workflow_mutation::name>,
          column<"action", &workflow_mutation::action>,
          column<"step_id", &workflow_mutation::step_id>,
          column<"mutation", &workflow_mutation::mutation>,
          column<"at", &workflow_mutation::at>,
          primary_key<&workflow_mutation::workflow_id, &workflow_mutation::seq>,
          workflow_foreign_key<&workflow_mutation::workflow_id>,
          to_one<"workflow", workflow, back_populates<"mutations">>,
          vacuumed_early> {};

struct workflow_message_table
    : table<
          workflow_message, "workflow_message",
          column<"workflow_id", &workflow_message::workflow_id>,
          column<"seq", &workflow_message::seq>,
          column<"timestamp", &workflow_message::at>,
          column<"source", &workflow_message::source>,
          column<"content", &workflow_message::content>,
          column<"author", &workflow_message::author>,
          primary_key<&workflow_message::workflow_id, &workflow_message::seq>,
          workflow_foreign_key<&workflow_message::workflow_id>,
          to_one<"workflow", workflow, back_populates<"messages">>,
          vacuumed_early> {};

struct workflow_event_table
    : table<
          workflow_event, "workflow_event",
          column<"workflow_id", &workflow_event::workflow_id>,
          column<"seq", &workflow_event::seq>,
          column<"transaction_id", &workflow_event::transaction_id>,
          column<"event_key", &workflow_event::event_key>,
          column<"event_name", &workflow_event::event_name>,
          column<"event_args", &workflow_event::event_args>,
          column<"event_data", &workflow_event::event_data>,
          column<"step_id", &workflow_event::step_id>,
          column<"at", &workflow_event::at>,
          column<"actor", &workflow_event::actor>,
          primary_key<&workflow_event::workflow_id, &workflow_event::seq>,
          // Serves load, which asks whether an event has been applied. It also keeps an event from
          // being applied twice.
          unique_where<"uq_workflow_event_key", "\"event_key\" IS NOT NULL",
                       &workflow_event::workflow_id, &workflow_event::event_key>,
          workflow_foreign_key<&workflow_event::workflow_id>,
          to_one<"workflow", workflow, back_populates<"events">>,
          vacuumed_early> {};

struct workflow_task_table
    : table<
          workflow_task, "workflow_task",
          column<"workflow_id", &workflow_task::workflow_id>,
          column<"_id", &workflow_task::id>,
          column<"step_id", &workflow_task::step_id>,
          column<"name", &workflow_task::name>,
          column<"desc", &workflow_task::desc>,
          column<"status", &workflow_task::status>,
          column<"input", &workflow_task::input>,
          column<"result", &workflow_task::result>,
          column<"error", &workflow_task::error>,
          column<"attempt", &workflow_task::attempt>,
          column<"attempts_max", &workflow_task::attempts_max>,
          column<"ts_due", &workflow_task::ts_due>,
          column<"ts_expire", &workflow_task::ts_expire>,
          column<"ts_start", &workflow_task::ts_start>,
          column<"ts_end", &workflow_task::ts_end>,
          column<"lease_owner", &workflow_task::lease_owner>,
          column<"lease_fence", &workflow_task::lease_fence>,
          column<"queue", &workflow_task::queue>,
          column<"priority", &workflow_task::priority>,
          column<"unique_key", &workflow_task::unique_key>,
          primary_key<&workflow_task::workflow_id, &workflow_task::id>,
          workflow_foreign_key<&workflow_task::workflow_id>,
          to_one<"workflow", workflow, back_populates<"tasks">>,
          fillfactor<80>,
          vacuumed_early> {};

// A claim changes no indexed column, and the row that it leases is longer than before: pages are
// filled by less than half, so that the longer row stays on its page (HOT).
struct workflow_agenda_table
    : table<
          workflow_agenda, "workflow_agenda",
          column<"workflow_id", &workflow_agenda::workflow_id>,
          column<"_id", &workflow_agenda::id>,
          column<"queue", &workflow_agenda::queue>,
          column<"priority", &workflow_agenda::priority>,
          column<"ts_due", &workflow_agenda::ts_due>,
          column<"attempt", &workflow_agenda::attempt>,
          column<"lease_fence", &workflow_agenda::lease_fence>,
          column<"lease_until", &workflow_agenda::lease_until>,
          column<"lease_owner", &workflow_agenda::lease_owner>,
          column<"ts_start", &workflow_agenda::ts_start>,
          column<"progress", &workflow_agenda::progress>,
          primary_key<&workflow_agenda::workflow_id, &workflow_agenda::id>,
          // Serves claims, which take what is due first, of one queue and priority.
          index_on<"ix_workflow_agenda_ts_due", &workflow_agenda::queue, &workflow_agenda::priority,
                   &workflow_agenda::ts_due, &workflow_agenda::id>,
          workflow_foreign_key<&workflow_agenda::workflow_id>,
          to_one<"workflow", workflow, back_populates<"agenda">>,
          fillfactor<45>,
          vacuumed_early> {};

// A commit writes to it where a step opens or closes for a person, and where it changes hands.
struct workflow_worklist_table
    : table<
          workflow_worklist, "workflow_worklist",
          column<"workflow_id", &workflow_worklist::workflow_id>,
          column<"step_id", &workflow_worklist::step_id>,
          column<"place", &workflow_worklist::place>,
          column<"principal", &workflow_worklist::principal>,
          column<"ts_due", &workflow_worklist::ts_due>,
          column<"ts_follow_up", &workflow_worklist::ts_follow_up>,
          column<"priority", &workflow_worklist::priority>,
          primary_key<&workflow_worklist::workflow_id, &workflow_worklist::step_id,
                      &workflow_worklist::place, &workflow_worklist::principal>,
          // Serves worklists: the open steps of a person or a group, what is due first. It has all
          // columns, so that a walk along it reads no row. The condition is always true; without it,
          // a planner that knows of no rows yet would take this index to find those of a workflow.
          index_where<"ix_workflow_worklist_ts_due", "\"place\" IS NOT NULL",
                      &workflow_worklist::principal, &workflow_worklist::place,
                      &workflow_worklist::ts_due, &workflow_worklist::workflow_id,
                      &workflow_worklist::step_id, &workflow_worklist::ts_follow_up,
                      &workflow_worklist::priority>,
          workflow_foreign_key<&workflow_worklist::workflow_id>,
          to_one<"workflow", workflow, back_populates<"worklist">>,
          fillfactor<80>,
          vacuumed_early> {};

// It names a task, and has no foreign key: a slot whose task is gone is free.
struct workflow_slot_table
    : table<
          workflow_slot, "workflow_slot",
          column<"queue", &workflow_slot::queue>,
          column<"slot", &workflow_slot::slot>,
          column<"workflow_id", &workflow_slot::workflow_id>,
          column<"task_id", &workflow_slot::task_id>,
          column<"lease_fence", &workflow_slot::lease_fence>,
          primary_key<&workflow_slot::queue, &workflow_slot::slot>,
          fillfactor<50>,
          vacuumed_early> {};

struct workflow_rate_table
    : table<
          workflow_rate, "workflow_rate",
          column<"queue", &workflow_rate::queue>,
          column<"tasks", &workflow_rate::tasks>,
          column<"period", &workflow_rate::period>,
          column<"burst", &workflow_rate::burst>,
          column<"spent_until", &workflow_rate::spent_until>,
          primary_key<&workflow_rate::queue>,
          fillfactor<50>,
          vacuumed_early> {};

// It has no foreign key: it outlives its workflow.
struct workflow_tombstone_table
    : table<
          workflow_tombstone, "workflow_tombstone",
          column<"key", &workflow_tombstone::key>,
          column<"ts_expire", &workflow_tombstone::ts_expire>,
          primary_key<&workflow_tombstone::key>,
          // Serves purges, which delete what has expired.
          index_on<"ix_workflow_tombstone_ts_expire", &workflow_tombstone::ts_expire>,
          vacuumed_early> {};

// No foreign key leads to or from it: an event may come before its workflow. A claim changes no
// indexed column, and the row that it leases is longer than before, so that pages have room for it.
struct workflow_inbox_table
    : table<
          workflow_inbox, "workflow_inbox",
          column<"seq", &workflow_inbox::seq>,
          column<"event_key", &workflow_inbox::event_key>,
          column<"event_name", &workflow_inbox::event_name>,
          column<"resource_name", &workflow_inbox::resource_name>,
          column<"resource_id", &workflow_inbox::resource_id>,
          column<"event_data", &workflow_inbox::event_data>,
          column<"event_args", &workflow_inbox::event_args>,
          column<"selector", &workflow_inbox::selector>,
          column<"at", &workflow_inbox::at>,
          column<"ts_created", &workflow_inbox::ts_created>,
          column<"status", &workflow_inbox::status>,
          column<"attempt", &workflow_inbox::attempt>,
          column<"error", &workflow_inbox::error>,
          column<"ts_due", &workflow_inbox::ts_due>,
          column<"lease_fence", &workflow_inbox::lease_fence>,
          column<"lease_until", &workflow_inbox::lease_until>,
          column<"lease_owner", &workflow_inbox::lease_owner>,
          column<"actor", &workflow_inbox::actor>,
          not_stored<&workflow_inbox::unreadable>,
          identity_column<&workflow_inbox::seq>,
          default_to<&workflow_inbox::event_data, "{}">,
          default_to<&workflow_inbox::event_args, "{}">,
          default_to<&workflow_inbox::ts_created, "now">,
          default_to<&workflow_inbox::status, "READY">,
          default_to<&workflow_inbox::attempt, "0">,
          default_to<&workflow_inbox::lease_fence, "0">,
          primary_key<&workflow_inbox::seq>,
          // Serves claims, which walk along what is READY.
          index_where<"ix_workflow_inbox_ready", "\"status\" = 'READY'", &workflow_inbox::seq>,
          // Serves claims, which ask what stands before an event of its resource.
          index_on<"ix_workflow_inbox_resource", &workflow_inbox::resource_id,
                   &workflow_inbox::resource_name, &workflow_inbox::seq>,
          // Serves claims of what came early, and people who look for what has failed.
          index_where<"ix_workflow_inbox_kept", "\"status\" <> 'READY'", &workflow_inbox::status,
                      &workflow_inbox::ts_due, &workflow_inbox::seq>,
          fillfactor<70>,
          vacuumed_early> {};

// No foreign key leads here, so that a commit on a hot table never locks a row of definitions.
struct workflow_definition_table
    : table<
          workflow_definition, "workflow_definition",
          column<"wfdef_key", &workflow_definition::wfdef_key>,
          column<"wfdef_rev", &workflow_definition::wfdef_rev>,
          column<"title", &workflow_definition::title>,
          column<"namespace", &workflow_definition::wf_namespace>,
          column<"desc", &workflow_definition::desc>,
          column<"stages", &workflow_definition::stages>,
          column<"steps", &workflow_definition::steps>,
          column<"roles", &workflow_definition::roles>,
          column<"params_schema", &workflow_definition::params_schema>,
          column<"memory_schema", &workflow_definition::memory_schema>,
          primary_key<&workflow_definition::wfdef_key, &workflow_definition::wfdef_rev>> {};

// clang-format on

}  // namespace nava::schema
