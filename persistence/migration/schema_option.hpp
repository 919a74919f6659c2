// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/database_url.hpp>
#include <string>
#include <string_view>

namespace nava::persistence {

/// What advice to run the command says after it, so that it works on the schema it is about: empty
/// for the one that the command takes by itself, and for the one of a SQLite file.
[[nodiscard]] inline std::string schema_option(std::string_view schema) {
  if (schema == default_schema || schema == "main") return {};
  return std::string{" --schema "}.append(schema);
}

}  // namespace nava::persistence
