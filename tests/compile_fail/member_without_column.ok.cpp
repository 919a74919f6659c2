// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct short_table
    : table<receipt, "receipt", column<"_id", &receipt::id>, column<"name", &receipt::name>,
            not_stored<&receipt::claim_id, &receipt::claim_number>, primary_key<&receipt::id>,
            index_on<"by_name", &receipt::name>> {};

constexpr auto tables = database<short_table>::description.tables;
