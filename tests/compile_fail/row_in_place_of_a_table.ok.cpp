// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

constexpr auto tables = database<claim_table>::description.tables;
