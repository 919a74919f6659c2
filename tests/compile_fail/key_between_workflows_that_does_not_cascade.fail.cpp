// SPDX-License-Identifier: Apache-2.0
// refused:
// foreign_key_keeps_a_workflow_from_being_deleted<.*"fk_page_attachment_id".*"page".*"attachment"
// says: lead from the workflow's id to the workflow's id
#include "extension_tables.hpp"

using namespace extensions;

struct attachment_table : attachment_with<primary_key<&attachment::workflow_id, &attachment::id>,
                                          workflow_foreign_key<&attachment::workflow_id>,
                                          unique<"uq_attachment_id", &attachment::id>> {};
struct page_table
    : page_with<primary_key<&page::workflow_id, &page::id>,
                workflow_foreign_key<&page::workflow_id>,
                index_on<"ix_page_attachment_id", &page::attachment_id>,
                foreign_key<"", members<&page::attachment_id>, members<&attachment::id>,
                            referential_action::no_action, referential_action::cascade>> {};

constexpr auto tables = workflow_database<attachment_table, page_table>::description.tables;
