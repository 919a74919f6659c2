// SPDX-License-Identifier: Apache-2.0
#include "tools/schema_lint.hpp"

#include <nava/persistence/catalog.hpp>

#include "tools/lint_report.hpp"

namespace nava::tools {

int lint(const lint_request& request, std::ostream& out, std::ostream& err) {
  return report_lint(persistence::read_catalog(request.database_url, request.schema), request, out,
                     err);
}

}  // namespace nava::tools
