// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <nava/workflow/workflow_history.hpp>
#include <vector>

#include "tools/commands/commands.hpp"
#include "tools/commands/own_tables.hpp"

namespace nava::tools {

/// Prints a workflow and its past, for people or as JSON.
void print_workflow(std::ostream& out, nava::workflow_history history,
                    std::vector<own_tables::rows> own_rows, const show_options& options);

}  // namespace nava::tools
