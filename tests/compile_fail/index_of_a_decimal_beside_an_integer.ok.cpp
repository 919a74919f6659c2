// SPDX-License-Identifier: Apache-2.0
#include "option_tables.hpp"

using namespace options;

struct offer_table : offer_with<index_on<"ix_offer_sum", expression("\"price\" - \"rebate\"")>> {};

constexpr auto tables = database<offer_table>::description.tables;
