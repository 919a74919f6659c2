// SPDX-License-Identifier: Apache-2.0
#include "row_tables.hpp"

using namespace rows;

auto change(nava::persistence::row_store& store, const std::vector<grant>& changed) {
  return nava::persistence::remove_rows<database<grant_table>>(store, changed);
}
