// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tools/commands/commands.hpp"
#include "tools/findings/report.hpp"

/// `nava schema …`: the tables as described, as they are, and those of any database. None of it
/// writes to a database.
namespace nava::tools {

/// Nava's tables as SQL, to read and to compare: the table of versions, by which a program knows
/// them again, is made by persistence::migrate() alone. Returns 0.
int print_schema(schema::dialect dialect, std::ostream& out);

/// The same in the partitioned layout on PostgreSQL, with the default partitions alone: the others
/// have bounds in time, and are made by persistence::maintain_partitions().
int print_partitioned_schema(std::ostream& out);

/// How a live database differs from what this program expects; see inspection::check_schema() and
/// report(). Throws nava::error where it cannot look.
int check_schema(const target& where, bool catalog_only, const report_options& options,
                 std::ostream& out, std::ostream& err);

/// What in the schema of any database will hurt one day; see inspection::lint() and report().
int lint_schema(const inspection::catalog& live, const inspection::lint_options& given,
                const report_options& options, std::ostream& out, std::ostream& err);

}  // namespace nava::tools
