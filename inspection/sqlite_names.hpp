// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace nava::inspection {

/// Whether SQLite takes them for one name: it does not tell upper case from lower in ASCII.
/// As sqlite3_stricmp() compares, https://www.sqlite.org/c3ref/stricmp.html
[[nodiscard]] bool same_on_sqlite(std::string_view one, std::string_view other);

}  // namespace nava::inspection
