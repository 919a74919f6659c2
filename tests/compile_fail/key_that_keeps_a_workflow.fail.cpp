// SPDX-License-Identifier: Apache-2.0
// refused:
// foreign_key_keeps_a_workflow_from_being_deleted<.*"fk_invoice_workflow_id".*"invoice".*"workflow"
// says: let the key cascade or set NULL
#include "extension_tables.hpp"

using namespace extensions;

struct invoice {
  nava::uuid id;
  nava::uuid workflow_id;
};
struct invoice_table
    : table<invoice, "invoice", column<"_id", &invoice::id>,
            column<"workflow_id", &invoice::workflow_id>, primary_key<&invoice::id>,
            index_on<"ix_invoice_workflow_id", &invoice::workflow_id>,
            foreign_key<"", members<&invoice::workflow_id>, members<&workflow::id>,
                        referential_action::restrict, referential_action::cascade>> {};

constexpr auto tables = workflow_database<invoice_table>::description.tables;
