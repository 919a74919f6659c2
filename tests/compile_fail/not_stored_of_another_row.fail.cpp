// SPDX-License-Identifier: Apache-2.0
// refused: not_stored_names_no_member<.*"stamp"
// says: members of the table
#include "claim_tables.hpp"

using namespace claims;

struct stamp {
  nava::uuid id;
  std::string text;
};
struct stamp_table : table<stamp, "stamp", column<"_id", &stamp::id>, not_stored<&claim::title>,
                           primary_key<&stamp::id>> {};

constexpr auto tables = database<stamp_table>::description.tables;
