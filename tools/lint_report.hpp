// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <nava/schema/catalog.hpp>

#include "tools/schema_lint.hpp"

namespace nava::tools {

/// lint() of schema_lint.hpp, for a catalog that has been read.
int report_lint(const schema::catalog& database, const lint_request& request, std::ostream& out,
                std::ostream& err);

}  // namespace nava::tools
