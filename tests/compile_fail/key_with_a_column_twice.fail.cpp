// SPDX-License-Identifier: Apache-2.0
// refused: key_names_a_column_twice<.*"uq_receipt_name".*"receipt".*"name"
// says: a column stands once in a key, foreign key or index
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                                    unique<"uq_receipt_name", &receipt::name, &receipt::name>> {};

constexpr auto tables = database<claim_table, receipt_table>::description.tables;
