// SPDX-License-Identifier: Apache-2.0
// refused: two_indexes_share_the_name<.*"claim".*"claim".*"receipt"
// says: constraints that have an index share one namespace; rename one
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                                    index_on<"claim", &receipt::name>> {};

constexpr auto tables = database<claim_table, receipt_table>::description.tables;
