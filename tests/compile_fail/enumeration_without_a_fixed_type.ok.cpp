// SPDX-License-Identifier: Apache-2.0
#include "enumeration_tables.hpp"

using namespace enumerations;

constexpr auto tables = database<lamp_table<right>>::description.tables;
