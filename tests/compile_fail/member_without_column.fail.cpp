// SPDX-License-Identifier: Apache-2.0
// refused: member_is_not_a_column_of_the_table<.*receipt::name.*"receipt"
// says: members that have a column in their table
#include "claim_tables.hpp"

using namespace claims;

struct short_table : table<receipt, "receipt", column<"_id", &receipt::id>,
                           not_stored<&receipt::claim_id, &receipt::claim_number, &receipt::name>,
                           primary_key<&receipt::id>, index_on<"by_name", &receipt::name>> {};

constexpr auto tables = database<short_table>::description.tables;
