// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "persistence/list/list_statement.hpp"
#include "persistence/worklist/worklist_statement.hpp"

namespace nava::persistence::sqlite {

/// What SQLite reads in place of PostgreSQL's in the statements of lists, and of worklists.
[[nodiscard]] list_dialect lists_in_file();
[[nodiscard]] worklist_dialect worklists_in_file();

}  // namespace nava::persistence::sqlite
