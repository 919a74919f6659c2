// SPDX-License-Identifier: Apache-2.0
// refused: name_is_reserved<.*"nava_migration".*"nava_migration"
// says: something of its own under this name; choose another
#include "claim_tables.hpp"

using namespace claims;

struct entry {
  nava::uuid id;
};
struct entry_table
    : table<entry, "nava_migration", column<"_id", &entry::id>, primary_key<&entry::id>> {};

constexpr auto tables = database<entry_table>::description.tables;
