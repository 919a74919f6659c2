// SPDX-License-Identifier: Apache-2.0
// refused: expression_takes_a_decimal_for_a_number<.*"ix_offer_sum".*"offer".*"price".*"count"
// says: SQLite counts a decimal in units of its last digit
#include "option_tables.hpp"

using namespace options;

struct offer_table : offer_with<index_on<"ix_offer_sum", expression("\"price\" * \"count\"")>> {};

constexpr auto tables = database<offer_table>::description.tables;
