// SPDX-License-Identifier: Apache-2.0
// refused: name_is_reserved<.*"orders_migration".*"receipt"
// says: choose another
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                                    index_on<"orders_migration", &receipt::name>> {};

constexpr auto tables = database<receipt_table>::description.tables;
