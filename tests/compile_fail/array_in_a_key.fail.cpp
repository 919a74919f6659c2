// SPDX-License-Identifier: Apache-2.0
// refused: key_has_a_column_without_one_form<.*"by_tags".*"offer".*"tags"
// says: make a key of columns of other types
#include "option_tables.hpp"

using namespace options;

struct offer_table : offer_with<unique<"by_tags", &offer::tags>> {};

constexpr auto tables = database<offer_table>::description.tables;
