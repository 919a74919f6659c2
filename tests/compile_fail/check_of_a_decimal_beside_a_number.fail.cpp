// SPDX-License-Identifier: Apache-2.0
// refused: expression_takes_a_decimal_for_a_number<.*"ck_offer_cheap".*"offer".*"price"
// says: SQLite counts a decimal in units of its last digit
#include "claim_tables.hpp"

using namespace claims;

struct offer {
  nava::uuid id;
  nava::decimal<12, 2> price;
  nava::decimal<9, 2> rebate;
  std::int32_t count;
};

struct offer_table
    : table<offer, "offer", column<"_id", &offer::id>, column<"price", &offer::price>,
            column<"rebate", &offer::rebate>, column<"count", &offer::count>,
            primary_key<&offer::id>, check<"ck_offer_cheap", "\"price\" <= 100">> {};

constexpr auto tables = database<offer_table>::description.tables;
