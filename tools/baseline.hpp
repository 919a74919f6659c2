// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/lint.hpp>
#include <set>
#include <span>
#include <string>

#include "tools/findings.hpp"

/// The findings that a project knows and lives with: a text file that is reviewed like code, one
/// line `RULE OBJECT` each, sorted. Empty lines, and lines that begin with `#`, say nothing.
namespace nava::tools {

using baseline = std::set<std::string>;

inline constexpr std::size_t baseline_bytes_max = 64U << 20;

/// Throws std::runtime_error with one line: there is no such file (and how to make one), it cannot
/// be read, is larger than `baseline_bytes_max`, or has a line that names none of `rules`; where
/// that is empty, any word of lower-case letters and hyphens will do.
[[nodiscard]] baseline read_baseline(const std::string& file,
                                     std::span<const schema::lint_rule> rules);

/// Puts a new file in the place of an old one at once. Throws std::runtime_error; an old file is
/// then as it was.
void write_baseline(const std::string& file, const std::vector<schema::finding>& findings);

/// Takes what `known` lists out of `findings`, and says what it lists in vain.
[[nodiscard]] findings_report without_known(std::vector<schema::finding> findings,
                                            const baseline& known);

}  // namespace nava::tools
