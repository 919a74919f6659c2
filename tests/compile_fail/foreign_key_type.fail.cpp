// SPDX-License-Identifier: Apache-2.0
// refused: foreign_key_type_differs_from_its_target<.*"fk_receipt_claim_number".*"receipt".*"claim"
// says: give the columns of a foreign key the types of the columns they lead to
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table : receipt_with<primary_key<&receipt::claim_number>,
                                    cascading_key<&receipt::claim_number, &claim::id>> {};

constexpr auto tables = database<claim_table, receipt_table>::description.tables;
