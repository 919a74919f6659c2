// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/schema_commands.hpp"

#include <limits>
#include <nava/inspection/schema_check.hpp>
#include <nava/schema/partitioning.hpp>
#include <nava/schema/workflow_database.hpp>
#include <ostream>

namespace nava::tools {

int print_partitioned_schema(std::ostream& out) {
  const schema::partitioned_schema layout{schema::workflow_database<>::description};
  out << create_statements(layout.description(), schema::dialect::postgresql);
  return 0;
}

int print_schema(schema::dialect dialect, std::ostream& out) {
  out << create_statements(schema::distributed_workflow_database<>::description, dialect);
  return 0;
}

int check_schema(const target& where, bool catalog_only, const report_options& options,
                 std::ostream& out, std::ostream& err) {
  inspection::check_options check;
  check.catalog_only = catalog_only;
  return report(
      inspection::check_schema(where.url, schema::workflow_database<>::description, check), {},
      options, out, err);
}

int lint_schema(const inspection::catalog& live, const inspection::lint_options& given,
                const report_options& options, std::ostream& out, std::ostream& err) {
  inspection::lint_options judge = given;
  // What is left out of a list could be neither known nor new.
  if (!options.baseline.empty() || !options.write_baseline.empty())
    judge.findings_max = std::numeric_limits<std::size_t>::max();
  return report(inspection::lint(live, judge), inspection::lint_rules(), options, out, err);
}

}  // namespace nava::tools
