// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/database_url.hpp>

#include "persistence/log.hpp"
#include "persistence/postgresql/connection/waiting.hpp"

namespace nava::persistence::postgresql {

/// A connection to the server that `url` names, which does not block. Every value that a URL can
/// carry arrives as it is. Throws error: connection_lost with libpq's reason where there is no
/// server to talk to before `limit`, or within connect_timeout for each of its addresses;
/// invalid_input for a connect_timeout that is no number. Names of hosts are looked up by the
/// system, which keeps no deadline. The server's notices go to `log`, which outlives the
/// connection.
[[nodiscard]] owned_connection connect(const database_url& url, deadline limit,
                                       spdlog::logger& log);

}  // namespace nava::persistence::postgresql
