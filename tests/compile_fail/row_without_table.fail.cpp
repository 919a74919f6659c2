// SPDX-License-Identifier: Apache-2.0
// refused: row_has_no_table_in_this_database<
// says: list the table of this row
#include <nava/persistence/rows.hpp>

#include "crm_tables.hpp"

using namespace crm;

struct user_table : user_with<> {};

void insert(nava::persistence::row_store& store, const std::vector<category>& rows) {
  nava::persistence::insert_rows<database<user_table>>(store, rows);
}
