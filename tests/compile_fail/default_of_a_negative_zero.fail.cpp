// SPDX-License-Identifier: Apache-2.0
// refused: default_is_no_value_of_its_column<.*"-0.00".*"price".*"offer"
// says: the text of a default is a value of its column
#include "option_tables.hpp"

using namespace options;

struct offer_table : offer_with<default_to<&offer::price, "-0.00">> {};

constexpr auto tables = database<offer_table>::description.tables;
