// SPDX-License-Identifier: Apache-2.0
// refused: foreign_key_has_an_option_twice<.*"receipt"
// says: a foreign key has one set_null_in<…>
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table
    : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                   foreign_key<"", members<&receipt::claim_id>, members<&claim::id>,
                               referential_action::cascade, referential_action::cascade, deferred,
                               deferrable>> {};

constexpr auto tables = database<claim_table, receipt_table>::description.tables;
