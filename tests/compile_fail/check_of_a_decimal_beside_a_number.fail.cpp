// SPDX-License-Identifier: Apache-2.0
// refused: expression_takes_a_decimal_for_a_number<.*"ck_offer_cheap".*"offer".*"price"
// says: SQLite counts a decimal in units of its last digit
#include "option_tables.hpp"

using namespace options;

struct offer_table : offer_with<check<"ck_offer_cheap", "\"price\" <= 100">> {};

constexpr auto tables = database<offer_table>::description.tables;
