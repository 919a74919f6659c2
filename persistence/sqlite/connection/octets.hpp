// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace nava::persistence::sqlite {

/// The function by which statements turn `\x00ff` into a BLOB; SQLite has unhex() from version
/// 3.41 on.
inline constexpr const char* octets_function = "nava_octets";

/// Defines it on a connection, a sqlite3*, which SOCI's header and SQLite's own declare as two
/// types. It answers NULL for what is not of that form.
void define_octets(void* connection);

}  // namespace nava::persistence::sqlite
