// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct titled_claim_table : table<claim, "claim", column<"_id", &claim::id>,
                                  column<"number", &claim::number>, column<"title", &claim::title>,
                                  primary_key<&claim::id>, index_on<"by_title", &claim::title>> {};
struct receipt_table : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                                    index_on<"by_name", &receipt::name>> {};

constexpr auto tables = database<titled_claim_table, receipt_table>::description.tables;
