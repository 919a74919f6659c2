// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tools/commands/commands.hpp"
#include "tools/event_log/event_log.hpp"

namespace nava::tools {

struct replay_options {
  std::string file;
  log_columns columns{};
  std::string wfdef_key{};  ///< empty: the file's name without its ending
  bool json = false;
};

/// `nava replay`: a workflow per case of a log, an event per row, at the times of the log. The
/// whole log is checked before the database is touched, and what has been applied by an
/// earlier run is not applied again. Returns the exit code.
int replay(const target& where, const replay_options& options, std::ostream& out,
           std::ostream& err);

}  // namespace nava::tools
