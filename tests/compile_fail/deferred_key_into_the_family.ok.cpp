// SPDX-License-Identifier: Apache-2.0
#include "extension_tables.hpp"

using namespace extensions;

struct invoice {
  nava::uuid workflow_id;
  nava::uuid id;
};

struct invoice_table
    : table<invoice, "invoice", column<"workflow_id", &invoice::workflow_id>,
            column<"_id", &invoice::id>, primary_key<&invoice::workflow_id, &invoice::id>,
            foreign_key<"", members<&invoice::workflow_id>, members<&workflow::id>,
                        referential_action::cascade, referential_action::cascade>> {};

constexpr auto tables = workflow_database<invoice_table>::description.tables;
