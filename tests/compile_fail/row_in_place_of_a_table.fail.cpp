// SPDX-License-Identifier: Apache-2.0
// refused: is_no_part_of_a_database<.*claim>
// says: where a row is shown, write its table
#include "claim_tables.hpp"

using namespace claims;

constexpr auto tables = database<claim>::description.tables;
