// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libpq-fe.h>

#include <nava/workflow/error.hpp>
#include <string>

namespace nava::persistence::postgresql {

/// Blanks in the place of line breaks and tabs, none at the end.
[[nodiscard]] std::string one_line(std::string text);

/// What the server said in a field of a result, such as PG_DIAG_SQLSTATE; empty where nothing.
[[nodiscard]] std::string field(const PGresult* result, int code);

/// What a server says of a failure.
struct server_message {
  std::string sqlstate{};  ///< five characters; empty: none was sent
  std::string text{};      ///< its primary message, else what libpq says
  std::string table{};     ///< of the column
  std::string column{};    ///< that the failure is about, if any
};

/// The error of a message. `constraint` is the one that was violated, if any. Its text is one line
/// and holds no bound value.
[[nodiscard]] error error_of(const server_message& said, bool connection_is_bad,
                             const std::string& constraint);

/// The error that `failed` tells of, or `connection` where nothing came back (null). `constraint`
/// is the one that was violated, if any. Its text holds no bound value.
[[nodiscard]] error failure_of(const PGresult* failed, const PGconn* connection,
                               const std::string& constraint);

}  // namespace nava::persistence::postgresql
