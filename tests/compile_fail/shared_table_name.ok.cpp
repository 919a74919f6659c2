// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct second {
  nava::uuid id;
};

struct second_table
    : table<second, "second_claim", column<"_id", &second::id>, primary_key<&second::id>> {};

constexpr auto tables = database<claim_table, second_table>::description.tables;
