// SPDX-License-Identifier: Apache-2.0
// refused: table_has_no_primary_key_in_first_place<.*"receipt"
// says: before the table's other keys and indexes
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table : receipt_with<unique<"uq_receipt", &receipt::claim_id, &receipt::name>> {};

constexpr auto tables = database<receipt_table>::description.tables;
