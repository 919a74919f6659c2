// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                                    cascading_key<&receipt::claim_id, &claim::id, "fk_one">> {};

constexpr auto tables = database<claim_table, receipt_table>::description.tables;
