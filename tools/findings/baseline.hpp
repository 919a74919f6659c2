// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/inspection/lint.hpp>
#include <set>
#include <span>
#include <string>

#include "tools/findings/findings.hpp"

/// The findings that a project knows and lives with: a text file that is reviewed like code, one
/// line `RULE OBJECT` each, sorted. Empty lines, lines that begin with `#`, and blanks at the end
/// of a line say nothing. What says that a program must not start on a database (missing-schema,
/// migrations-not-applied, migrations-newer, migration-name) can never be known.
namespace nava::tools {

using baseline = std::set<std::string>;

inline constexpr std::size_t baseline_bytes_max = 64U << 20;

/// Throws std::runtime_error with one line: there is no such file (and how to make one), it is no
/// regular file, cannot be read, is larger than `baseline_bytes_max`, or has a line that names none
/// of `rules` or one that can never be known. Where `rules` is empty, any word of lower-case
/// letters and hyphens will do.
[[nodiscard]] baseline read_baseline(const std::string& file,
                                     std::span<const inspection::lint_rule> rules);

/// Puts a new file in the place of an old one at once, and returns how many lines it lists; a link
/// stays, and the file to which it leads is replaced. Throws std::runtime_error where it cannot be
/// written, or is there and no regular file; all is then as it was.
std::size_t write_baseline(const std::string& file,
                           const std::vector<inspection::finding>& findings);

/// Takes what `known` lists and can be known out of `findings`, and says what it lists in vain.
[[nodiscard]] findings_report without_known(std::vector<inspection::finding> findings,
                                            const baseline& known);

}  // namespace nava::tools
