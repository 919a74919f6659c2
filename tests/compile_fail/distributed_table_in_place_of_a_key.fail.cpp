// SPDX-License-Identifier: Apache-2.0
// refused: name_is_reserved<.*"workflow_resource"
// says: something of its own under this name; choose another
#include "extension_tables.hpp"

using namespace extensions;

struct page_table
    : table<page, "workflow_resource", column<"workflow_id", &page::workflow_id>,
            column<"_id", &page::id>, not_stored<&page::attachment_id, &page::parent_id>,
            primary_key<&page::workflow_id, &page::id>, workflow_foreign_key<&page::workflow_id>> {
};

constexpr auto tables = distributed_workflow_database<page_table>::description.tables;
