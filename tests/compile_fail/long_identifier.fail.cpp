// SPDX-License-Identifier: Apache-2.0
// refused: identifier_is_not_legal_or_longer_than_63_bytes<.*"aaaaaaaaa.*"receipt"
// says: shorten or rename it
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table
    : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                   index_on<"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
                            &receipt::name>> {};

constexpr auto tables = database<receipt_table>::description.tables;
