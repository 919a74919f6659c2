// SPDX-License-Identifier: Apache-2.0
#include "persistence/connection/schema_name.hpp"

#include <fmt/format.h>

#include <nava/schema/name_rules.hpp>
#include <nava/workflow/error.hpp>

namespace nava::persistence {

void check_schema_name(const database_url& url) {
  const std::string_view schema = url.schema();
  if (!schema::rules::is_legal_identifier(schema))
    throw error{error_kind::invalid_input,
                "a database schema name is [a-z_][a-z0-9_]* and at most 63 bytes long"};
  if (url.backend() == backend::postgresql &&
      (schema.starts_with("pg_") || schema == "information_schema"))
    throw error{error_kind::invalid_input,
                fmt::format("{} is a schema of the server's own; choose another name", schema)};
}

}  // namespace nava::persistence
