// SPDX-License-Identifier: Apache-2.0
// refused: set_null_in_does_not_fit_its_key<.*"receipt"
// says: write referential_action::set_null before it
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table
    : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                   foreign_key<"", members<&receipt::claim_id>, members<&claim::id>,
                               referential_action::cascade, referential_action::cascade,
                               set_null_in<&receipt::claim_id>>> {};

constexpr auto tables = database<claim_table, receipt_table>::description.tables;
