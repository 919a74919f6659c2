// SPDX-License-Identifier: Apache-2.0
// refused: foreign_key_lacks_the_distribution_column<.*"fk_page_parent_id".*"page".*"workflow"
// says: lead from the workflow's id to the workflow's id
#include "extension_tables.hpp"

using namespace extensions;

struct attachment_table
    : attachment_with<primary_key<&attachment::workflow_id, &attachment::id>,
                      unique<"uq_attachment_number", &attachment::workflow_id, &attachment::number>,
                      workflow_foreign_key<&attachment::workflow_id>> {};
struct page_table
    : page_with<primary_key<&page::workflow_id, &page::id>,
                workflow_foreign_key<&page::workflow_id>,
                index_on<"ix_page_parent_id", &page::parent_id>,
                foreign_key<"fk_page_parent_id", members<&page::parent_id>, members<&workflow::id>,
                            referential_action::set_null, referential_action::cascade>> {};

constexpr auto tables =
    distributed_workflow_database<attachment_table, page_table>::description.tables;
