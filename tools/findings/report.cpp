// SPDX-License-Identifier: Apache-2.0
#include "tools/findings/report.hpp"

#include <fmt/format.h>

#include <ostream>

#include "tools/findings/baseline.hpp"
#include "tools/findings/findings.hpp"
#include "tools/findings/sarif.hpp"
#include "tools/terminal/text_width.hpp"

namespace nava::tools {
namespace {

// What has just been written is known from then on.
baseline known_to(const report_options& options, const std::vector<inspection::finding>& findings,
                  std::span<const inspection::lint_rule> rules, std::ostream& err) {
  if (!options.write_baseline.empty()) {
    const std::size_t written = write_baseline(options.write_baseline, findings);
    err << fmt::format("wrote {} to {}\n", written, printable(options.write_baseline));
    return read_baseline(options.write_baseline, rules);
  }
  return options.baseline.empty() ? baseline{} : read_baseline(options.baseline, rules);
}

}  // namespace

int report(std::vector<inspection::finding> findings, std::span<const inspection::lint_rule> rules,
           const report_options& options, std::ostream& out, std::ostream& err) {
  const baseline known = known_to(options, findings, rules, err);
  const findings_report rest = without_known(std::move(findings), known);
  if (options.format == report_options::output::sarif)
    print_sarif(out, rest.findings, rules, {options.version, options.sarif_file});
  else
    print_findings(out, rest, options.format == report_options::output::json);
  return exit_code(rest.findings);
}

}  // namespace nava::tools
