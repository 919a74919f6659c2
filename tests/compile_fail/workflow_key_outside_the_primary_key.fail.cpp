// SPDX-License-Identifier: Apache-2.0
// refused:
// primary_key_does_not_begin_with_the_workflow_id<.*"attachment".*"fk_attachment_workflow_id"
// says: begins with the column of that foreign key
#include "extension_tables.hpp"

using namespace extensions;

struct attachment_table
    : attachment_with<primary_key<&attachment::id>,
                      index_on<"ix_attachment_workflow_id", &attachment::workflow_id>,
                      workflow_foreign_key<&attachment::workflow_id>> {};

constexpr auto tables = workflow_database<attachment_table>::description.tables;
