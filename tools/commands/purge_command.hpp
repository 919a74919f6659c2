// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/purge.hpp>

#include "tools/commands/commands.hpp"

namespace nava::tools {

struct purge_options {
  persistence::purge_policy policy{};
  std::optional<persistence::purge_cursor> after{};
  std::optional<std::chrono::seconds> call_timeout{};  ///< of a batch; none: the store's default
  bool dry_run = false;
  bool json = false;
};

/// Purges until done or interrupted. Returns 0 where all that was asked for is done, 1 where it was
/// interrupted; says on `err` how to go on.
int purge(const target& where, const purge_options& options, std::ostream& out, std::ostream& err);

}  // namespace nava::tools
