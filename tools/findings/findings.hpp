// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <iosfwd>
#include <nava/inspection/finding.hpp>
#include <span>
#include <string>
#include <vector>

/// What `schema lint` and `schema check` say about a schema.
namespace nava::tools {

struct findings_report {
  std::vector<inspection::finding> findings;  ///< those that are not known
  std::size_t known = 0;                      ///< how many others a baseline lists
  std::vector<std::string> stale{};  ///< lines of the baseline that no finding of this run has
};

/// For people, and for grep: a line for each finding, `SEVERITY RULE OBJECT: MESSAGE; run:
/// STATEMENT`, the last part where there is one, and a line that counts. Where a name holds
/// `; run: ` or a control character, `; see --json` stands for the statement. As JSON, one object:
/// `{"findings": [{"rule", "object", "severity", "message", "statement"}], "known": 0,
/// "stale": []}`.
void print_findings(std::ostream& out, const findings_report& report, bool json);

/// 1 where a finding is a warning or an error, else 0: notes fail no build.
[[nodiscard]] int exit_code(std::span<const inspection::finding> findings);

/// `RULE OBJECT` on one line with no blank at its end, which tells findings apart.
[[nodiscard]] std::string identity(const inspection::finding& found);

/// `text` as UTF-8, which JSON demands; bytes of anything else become `?`.
[[nodiscard]] std::string utf8(const std::string& text);

}  // namespace nava::tools
