// SPDX-License-Identifier: Apache-2.0
// refused: table_has_no_column_to_update<.*"grant"
// says: remove the row and insert another
#include "row_tables.hpp"

using namespace rows;

auto change(nava::persistence::row_store& store, const std::vector<grant>& changed) {
  return nava::persistence::update_rows<database<grant_table>>(store, changed);
}
