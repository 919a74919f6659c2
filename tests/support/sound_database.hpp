// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/database_url.hpp>
#include <string>
#include <vector>

namespace nava::test {

/// What is wrong with the file of a SQLite database, or with the indexes of Nava's tables in a
/// PostgreSQL one, a line each. The checks of indexes want a superuser, and are left out for
/// another.
[[nodiscard]] std::vector<std::string> damage_in(const persistence::database_url& url);

/// The same, with the workflows that `nava verify` names, and with orphans.
[[nodiscard]] std::vector<std::string> faults_in(const persistence::database_url& url);

}  // namespace nava::test
