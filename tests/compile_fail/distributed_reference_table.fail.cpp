// SPDX-License-Identifier: Apache-2.0
// refused: reference_table_refers_to_a_distributed_table<.*"fk_page_parent_id".*"page".*"workflow"
// says: give it a workflow_foreign_key, or drop the key
#include "extension_tables.hpp"

using namespace extensions;

struct page_table
    : page_with<primary_key<&page::id>,
                foreign_key<"fk_page_parent_id", members<&page::parent_id>, members<&workflow::id>,
                            referential_action::set_null, referential_action::cascade>,
                index_on<"ix_page_parent_id", &page::parent_id>> {};

constexpr auto tables = distributed_workflow_database<page_table>::description.tables;
