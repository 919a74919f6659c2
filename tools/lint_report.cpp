// SPDX-License-Identifier: Apache-2.0
#include "tools/lint_report.hpp"

#include <fmt/format.h>

#include <ostream>

#include "tools/baseline.hpp"
#include "tools/findings.hpp"
#include "tools/sarif.hpp"
#include "tools/terminal.hpp"

namespace nava::tools {
namespace {

// What has just been written is known from then on, whatever another file lists.
baseline known_to(const lint_request& request, const std::vector<schema::finding>& findings,
                  std::ostream& err) {
  if (!request.write_baseline.empty()) {
    write_baseline(request.write_baseline, findings);
    err << fmt::format("wrote {} to {}\n", findings.size(), printable(request.write_baseline));
    return read_baseline(request.write_baseline);
  }
  return request.baseline.empty() ? baseline{} : read_baseline(request.baseline);
}

}  // namespace

int report_lint(const schema::catalog& database, const lint_request& request, std::ostream& out,
                std::ostream& err) {
  std::vector<schema::finding> findings = schema::lint(database, request.options);
  const baseline known = known_to(request, findings, err);
  const findings_report report = without_known(std::move(findings), known);
  if (request.format == lint_request::output::sarif)
    print_sarif(out, report.findings, schema::lint_rules(), {request.version, request.sarif_file});
  else
    print_findings(out, report, request.format == lint_request::output::json);
  return exit_code(report.findings);
}

}  // namespace nava::tools
