// SPDX-License-Identifier: Apache-2.0
#pragma once

// First, so that the compiler prints the message of a refusal within a few lines.
#include <nava/schema/refusals.hpp>

#include <nava/schema/database.hpp>
#include <nava/schema/workflow_rules.hpp>
#include <nava/schema/workflow_tables.hpp>

/// The databases that have the workflow tables, and what they demand of an application's tables.
/// Types and constants; safe to use from any thread.
namespace nava::schema {

/// A database of Nava's tables, the tables of an application, and relationships between them.
/// `description` lists Nava's tables first.
template <class... Extensions>
class workflow_database
    : public database<workflow_table, workflow_step_table, workflow_stage_table,
                      workflow_participant_table, workflow_memory_table, workflow_mutation_table,
                      workflow_message_table, workflow_event_table, workflow_task_table,
                      workflow_agenda_table, workflow_worklist_table, workflow_slot_table,
                      workflow_rate_table, workflow_tombstone_table, workflow_inbox_table,
                      workflow_definition_table, Extensions...> {
  template <rules::culprits (*Search)(const database_description&)>
  static constexpr const rules::culprits& found =
      rules::found<Search, workflow_database::database::description>;

  static_assert(sizeof(rules::obeyed<rules::key_to_workflow_is_not_named_fk_table_column,
                                     found<rules::misnamed_workflow_key>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::primary_key_does_not_begin_with_the_workflow_id,
                                     found<rules::scattered_workflow_rows>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::foreign_key_keeps_a_workflow_from_being_deleted,
                                     found<rules::key_that_keeps_a_workflow>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::deferrable_key_leads_into_the_workflow_family,
                                     found<rules::late_key_into_the_family>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::foreign_key_leads_to_what_a_layout_lacks,
                                     found<rules::key_that_a_layout_lacks>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::name_is_taken_by_a_layout,
                                     found<rules::name_that_a_layout_takes>>) != 0);

 public:
  /// The application's tables alone, for the statements that create them. Empty where the
  /// application has none.
  static constexpr database_description extensions{
      workflow_database::database::description.tables.subspan(
          std::min(tables_of_nava, workflow_database::database::description.tables.size()))};
};

/// A workflow_database for a PostgreSQL that is distributed by the id of the workflow. A schema
/// that cannot be distributed does not compile.
template <class... Extensions>
class distributed_workflow_database : public workflow_database<Extensions...> {
  template <rules::culprits (*Search)(const database_description&)>
  static constexpr const rules::culprits& found =
      rules::found<Search, workflow_database<Extensions...>::description>;

  static_assert(sizeof(rules::obeyed<rules::unique_key_lacks_the_distribution_column,
                                     found<rules::undistributable_unique_key>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::foreign_key_lacks_the_distribution_column,
                                     found<rules::undistributable_foreign_key>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::reference_table_refers_to_a_distributed_table,
                                     found<rules::key_of_reference_table>>) != 0);
  static_assert(
      sizeof(rules::obeyed<rules::name_is_reserved, found<rules::table_in_place_of_a_key>>) != 0);
};

}  // namespace nava::schema
