// SPDX-License-Identifier: Apache-2.0
// refused: primary_key_column_is_nullable<.*"number".*"entry"
// says: take the std::optional away
#include "claim_tables.hpp"

using namespace claims;

struct entry {
  std::optional<std::int64_t> number;
};
struct entry_table
    : table<entry, "entry", column<"number", &entry::number>, primary_key<&entry::number>> {};

constexpr auto tables = database<entry_table>::description.tables;
