// SPDX-License-Identifier: Apache-2.0
#include "extension_tables.hpp"

using namespace extensions;

struct attachment_table : attachment_with<primary_key<&attachment::workflow_id, &attachment::id>,
                                          workflow_foreign_key<&attachment::workflow_id>> {};
struct page_table
    : page_with<primary_key<&page::workflow_id, &page::id>,
                workflow_foreign_key<&page::workflow_id>,
                index_on<"ix_page_attachment_id", &page::workflow_id, &page::attachment_id>,
                foreign_key<"", members<&page::workflow_id, &page::attachment_id>,
                            members<&attachment::workflow_id, &attachment::id>,
                            referential_action::no_action, referential_action::cascade>> {};

constexpr auto tables = workflow_database<attachment_table, page_table>::description.tables;
