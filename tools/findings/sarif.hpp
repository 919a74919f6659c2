// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <nava/inspection/lint.hpp>
#include <string>

/// Findings for tools that show them in a code review.
namespace nava::tools {

struct sarif_options {
  std::string version;  ///< of this program
  /// A file in the reviewed tree, relative to its root, at whose first line the findings are
  /// shown, since many tools show none without a place. Empty: the findings name only objects.
  std::string file;
};

/// A SARIF 2.1.0 log of one run. Findings of rules that `rules` lacks are not printed.
void print_sarif(std::ostream& out, std::span<const inspection::finding> findings,
                 std::span<const inspection::lint_rule> rules, const sarif_options& options);

}  // namespace nava::tools
