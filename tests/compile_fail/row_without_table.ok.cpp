// SPDX-License-Identifier: Apache-2.0
#include <nava/persistence/rows.hpp>

#include "crm_tables.hpp"

using namespace crm;

struct user_table : user_with<> {};

void insert(nava::persistence::row_store& store, const std::vector<user>& rows) {
  nava::persistence::insert_rows<database<user_table>>(store, rows);
}
