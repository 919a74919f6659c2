// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <nava/inspection/lint.hpp>
#include <span>
#include <string>
#include <vector>

/// Findings for people, for programs and for code reviews, less those that a project knows.
namespace nava::tools {

struct report_options {
  enum class output { text, json, sarif };

  output format = output::text;
  std::string baseline{};        ///< file of the findings that are known; empty: none is
  std::string write_baseline{};  ///< file to make of what is found and can be known
  std::string sarif_file{};      ///< file at which code-review tools show the findings
  std::string version{};         ///< of this program, for SARIF
};

/// Prints what is found and not known; `rules` are those that a baseline may name and SARIF
/// describes, any where it is empty. Returns 0 where none of what is printed is a warning or an
/// error, else 1. Throws std::runtime_error for a baseline that cannot be read or written.
int report(std::vector<inspection::finding> findings, std::span<const inspection::lint_rule> rules,
           const report_options& options, std::ostream& out, std::ostream& err);

}  // namespace nava::tools
