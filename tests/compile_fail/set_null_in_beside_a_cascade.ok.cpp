// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table
    : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                   foreign_key<"", members<&receipt::claim_id>, members<&claim::id>,
                               referential_action::cascade, referential_action::cascade>> {};

constexpr auto tables = database<claim_table, receipt_table>::description.tables;
