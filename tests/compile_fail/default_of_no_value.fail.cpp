// SPDX-License-Identifier: Apache-2.0
// refused: default_is_no_value_of_its_column<.*"one".*"claim_number".*"receipt"
// says: the text of a default is a value of its column
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                                    default_to<&receipt::claim_number, "one">> {};

constexpr auto tables = database<receipt_table>::description.tables;
