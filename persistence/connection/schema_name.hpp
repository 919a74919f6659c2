// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/database_url.hpp>

namespace nava::persistence {

/// Throws error (invalid_input) for a database schema that Nava's tables cannot lie in: one whose
/// name is no identifier, and on PostgreSQL those of the server itself.
void check_schema_name(const database_url& url);

}  // namespace nava::persistence
