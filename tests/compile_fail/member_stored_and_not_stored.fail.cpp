// SPDX-License-Identifier: Apache-2.0
// refused: member_is_stored_and_not_stored<.*"receipt"
// says: once
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table
    : receipt_with<primary_key<&receipt::claim_id, &receipt::id>, not_stored<&receipt::name>> {};

constexpr auto tables = database<receipt_table>::description.tables;
