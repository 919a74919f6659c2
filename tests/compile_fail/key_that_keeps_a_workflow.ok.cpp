// SPDX-License-Identifier: Apache-2.0
#include "extension_tables.hpp"

using namespace extensions;

struct invoice {
  nava::uuid id;
  nava::uuid workflow_id;
};
struct invoice_table
    : table<invoice, "invoice", column<"_id", &invoice::id>,
            column<"workflow_id", &invoice::workflow_id>,
            primary_key<&invoice::workflow_id, &invoice::id>,
            foreign_key<"", members<&invoice::workflow_id>, members<&workflow::id>,
                        referential_action::cascade, referential_action::cascade>> {};

constexpr auto tables = workflow_database<invoice_table>::description.tables;
