// SPDX-License-Identifier: Apache-2.0
// refused:
// key_to_workflow_is_not_named_fk_table_column<.*"fk_workflow_id".*"attachment".*"fk_attachment_workflow_id"
// says: workflow_foreign_key<&row::member> names it so
#include "extension_tables.hpp"

using namespace extensions;

struct attachment_table
    : attachment_with<
          primary_key<&attachment::workflow_id, &attachment::id>,
          foreign_key<"fk_workflow_id", members<&attachment::workflow_id>, members<&workflow::id>,
                      referential_action::cascade, referential_action::cascade>> {};

constexpr auto tables = workflow_database<attachment_table>::description.tables;
