// SPDX-License-Identifier: Apache-2.0
#pragma once

// First: the compiler then prints its refusal of a wrong schema within the first lines.
#include <nava/schema/refusals.hpp>

#include <boost/describe.hpp>
#include <nava/engine/verification.hpp>
#include <nava/persistence/migration.hpp>
#include <nava/persistence/partitions.hpp>
#include <nava/persistence/purge.hpp>
#include <nava/persistence/related_rows.hpp>
#include <nava/persistence/rows.hpp>
#include <nava/runtime/bulk.hpp>
#include <nava/runtime/family.hpp>
#include <nava/runtime/inbox.hpp>
#include <nava/runtime/runtime.hpp>
#include <nava/runtime/schedules.hpp>
#include <nava/runtime/worker.hpp>

/// The names that an application needs to define, start and drive workflows. It describes tables of
/// its own with nava/schema/workflow_database.hpp. The headers included here hold the contracts.
namespace nava {

using engine::action_refused;
using engine::add_step_options;
using engine::child_end;
using engine::child_fate;
using engine::child_options;
using engine::data_as;
using engine::data_refused;
using engine::definition;
using engine::definition_builder;
using engine::definition_error;
using engine::event_of;
using engine::event_refused;
using engine::from;
using engine::handler_options;
using engine::history_json;
using engine::holder_of;
using engine::link_refused;
using engine::missing_key;
using engine::not_from;
using engine::not_holder;
using engine::on_exception;
using engine::payload;
using engine::payload_error;
using engine::refused;
using engine::revision;
using engine::selection;
using engine::selector_function;
using engine::stage_options;
using engine::step_child_hook;
using engine::step_context;
using engine::step_failure;
using engine::step_handler;
using engine::step_hook;
using engine::step_options;
using engine::step_taken;
using engine::step_task_hook;
using engine::task_options;
using engine::task_priority;
using engine::transition_hook;
using engine::unknown_revision;
using engine::verify;
using engine::workflow_child_hook;
using engine::workflow_context;
using engine::workflow_handler;
using engine::workflow_hook;
using engine::workflow_json;
using engine::workflow_task_hook;
using persistence::applied_migration;
using persistence::ascending;
using persistence::data_loss;
using persistence::database_url;
using persistence::default_schema;
using persistence::descending;
using persistence::history_request;
using persistence::inbox_list;
using persistence::insert_rows;
using persistence::layout;
using persistence::list_order;
using persistence::list_page;
using persistence::list_request;
using persistence::load_related;
using persistence::loaded_workflow;
using persistence::maintain_partitions;
using persistence::migrate;
using persistence::migrate_to;
using persistence::migration_report;
using persistence::migration_set;
using persistence::migration_state;
using persistence::nava_migrations;
using persistence::open_store;
using persistence::partition_options;
using persistence::partition_report;
using persistence::place_of;
using persistence::purge_control;
using persistence::purge_cursor;
using persistence::purge_policy;
using persistence::purge_progress;
using persistence::purge_report;
using persistence::read_migrations;
using persistence::related_options;
using persistence::remove_rows;
using persistence::store;
using persistence::store_options;
using persistence::table_rows;
using persistence::time_range;
using persistence::update_rows;
using schema::inbox_status;
using schema::stage_status;
using schema::step_status;
using schema::task_status;
using schema::workflow_status;

}  // namespace nava
