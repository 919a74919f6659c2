// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/refusals/basics.hpp>

/// Refusals of tables that join the workflow family, and of distributed databases.
namespace nava::schema::rules {

template <fixed_string... KeyTableAndExpectedName>
struct key_to_workflow_is_not_named_fk_table_column {
  static_assert(sizeof...(KeyTableAndExpectedName) == 0,
                "a foreign key to workflow is named fk_{table}_{column}, the last name shown; "
                "workflow_foreign_key<&row::member> names it so");
};
template <fixed_string... TableAndKey>
struct primary_key_does_not_begin_with_the_workflow_id {
  static_assert(sizeof...(TableAndKey) == 0,
                "the primary key of a table whose rows are deleted with a workflow begins with the "
                "column of that foreign key, so that the rows of a workflow lie together");
};
template <fixed_string... KeyTableAndTarget>
struct foreign_key_keeps_a_workflow_from_being_deleted {
  static_assert(sizeof...(KeyTableAndTarget) == 0,
                "one row would stop erase and a whole batch of a purge: let the key cascade or set "
                "NULL, or, between rows that are deleted with one workflow, lead from the "
                "workflow's id to the workflow's id");
};
template <fixed_string... KeyTableAndTarget>
struct deferrable_key_leads_into_the_workflow_family {
  static_assert(sizeof...(KeyTableAndTarget) == 0,
                "a commit would find a missing row only at its end, and fail the commits joined to "
                "it: let a key into the tables of a workflow be checked at once");
};
template <fixed_string... KeyTableAndTarget>
struct foreign_key_leads_to_what_a_layout_lacks {
  static_assert(sizeof...(KeyTableAndTarget) == 0,
                "in the partitioned layout no table has a unique key without the workflow's id: "
                "let a key to workflow lead to its id");
};
template <fixed_string... NameTableAndPrefix>
struct name_is_taken_by_a_layout {
  static_assert(sizeof...(NameTableAndPrefix) == 0,
                "in the partitioned layout the table shown last, or a partition of it, has this "
                "name: choose another");
};

// Distributed by workflow.

template <fixed_string... UniqueKeyTableAndColumn>
struct unique_key_lacks_the_distribution_column {
  static_assert(sizeof...(UniqueKeyTableAndColumn) == 0,
                "no node sees all rows: let every unique key of a distributed table have the last "
                "column shown");
};
template <fixed_string... KeyTableAndTarget>
struct foreign_key_lacks_the_distribution_column {
  static_assert(sizeof...(KeyTableAndTarget) == 0,
                "the two rows may be on different nodes: let a foreign key between distributed "
                "tables lead from the workflow's id to the workflow's id");
};
template <fixed_string... KeyTableAndTarget>
struct reference_table_refers_to_a_distributed_table {
  static_assert(sizeof...(KeyTableAndTarget) == 0,
                "a table outside the workflow family is on every node, its target's rows on one: "
                "give it a workflow_foreign_key, or drop the key");
};

}  // namespace nava::schema::rules
