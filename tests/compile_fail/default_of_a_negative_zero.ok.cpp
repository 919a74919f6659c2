// SPDX-License-Identifier: Apache-2.0
#include "option_tables.hpp"

using namespace options;

struct offer_table : offer_with<default_to<&offer::price, "-0.01">> {};

constexpr auto tables = database<offer_table>::description.tables;
