// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <nava/persistence/database_url.hpp>
#include <nava/schema/lint.hpp>
#include <string>

/// `nava schema lint`: what in the schema of any database will hurt one day.
namespace nava::tools {

struct lint_request {
  enum class output { text, json, sarif };

  persistence::database_url database_url;
  std::string schema{};  ///< empty: all but the server's own
  output format = output::text;
  std::string baseline{};        ///< file of the findings that are known; empty: none is
  std::string write_baseline{};  ///< file to make of what is found, all of which is then known
  std::string sarif_file{};      ///< file at which code-review tools show the findings
  std::string version{};         ///< of this program, for SARIF
  schema::lint_options options{};
};

/// Reads the catalog, prints what is found and not known, and returns 0 where none of that is a
/// warning or an error, else 1. Changes nothing in the database. Throws persistence::error where
/// the catalog cannot be read, and std::runtime_error for a baseline that cannot be read or
/// written: exit code 2.
int lint(const lint_request& request, std::ostream& out, std::ostream& err);

}  // namespace nava::tools
