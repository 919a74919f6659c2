// SPDX-License-Identifier: Apache-2.0
// refused: two_columns_share_the_name<.*"number".*"numbered"
// says: a column name stands once in its table
#include "claim_tables.hpp"

using namespace claims;

struct numbered_table
    : table<claim, "numbered", column<"_id", &claim::id>, column<"number", &claim::number>,
            column<"number", &claim::title>, primary_key<&claim::id>> {};

constexpr auto tables = database<numbered_table>::description.tables;
