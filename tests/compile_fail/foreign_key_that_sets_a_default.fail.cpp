// SPDX-License-Identifier: Apache-2.0
// refused: foreign_key_sets_a_default<
// says: choose another action
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table
    : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                   foreign_key<"", members<&receipt::claim_id>, members<&claim::id>,
                               referential_action::cascade, referential_action::set_default>> {};

constexpr auto tables = database<claim_table, receipt_table>::description.tables;
