// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The functions of SQL that Nava adds to SQLite.
namespace nava::persistence::sqlite {

/// Turns `\x00ff` into a BLOB, and what is not of that form into NULL. SQLite has unhex() from
/// version 3.41 on.
inline constexpr const char* octets_function = "nava_octets";

/// Turns a text into its SHA-256 as 64 hex digits, and NULL into NULL.
inline constexpr const char* sha256_function = "nava_sha256";

/// Defines them on a connection, a sqlite3*, which SOCI's header and SQLite's own declare as two
/// types.
void define_own_functions(void* connection);

}  // namespace nava::persistence::sqlite
