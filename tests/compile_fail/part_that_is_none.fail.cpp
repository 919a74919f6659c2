// SPDX-License-Identifier: Apache-2.0
// refused: is_no_part_of_a_table<int.*"receipt"
// says: a table is made of column
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table : receipt_with<primary_key<&receipt::claim_id, &receipt::id>, int> {};

constexpr auto tables = database<receipt_table>::description.tables;
