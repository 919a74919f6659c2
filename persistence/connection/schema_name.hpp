// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/database_url.hpp>
#include <string_view>

namespace nava::persistence {

/// Throws error (invalid_input) for the name of a database schema that Nava's tables cannot lie in:
/// one that is no identifier, and on PostgreSQL those of the server itself.
void check_schema_name(backend where, std::string_view schema);

}  // namespace nava::persistence
