// SPDX-License-Identifier: Apache-2.0
#include "option_tables.hpp"

using namespace options;

struct offer_table : offer_with<check<"ck_offer_cheap", "\"price\" > 0.00 AND PRICE >= rebate">,
                                check<"ck_offer_few", "\"count\" < 100">> {};

constexpr auto tables = database<offer_table>::description.tables;
