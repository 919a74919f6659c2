// SPDX-License-Identifier: Apache-2.0
#include "persistence/connection/connection.hpp"

#include <stdexcept>

namespace nava::persistence {

void connection::check_count(const statement& what, std::span<const argument> arguments) {
  if (arguments.size() != what.parameters().size())
    throw std::logic_error{"a statement got " + std::to_string(arguments.size()) +
                           " arguments for its " + std::to_string(what.parameters().size()) +
                           " parameters"};
}

std::vector<connection::row> connection::execute_write(const statement& what,
                                                       std::span<const argument> arguments) {
  try {
    return execute(what, arguments);
  } catch (const error& failure) {
    if (failure.kind() != error_kind::connection_lost) throw;
    // What the connection died of is the same; that nothing was written is not known.
    std::string text = failure.what();
    const std::string_view lost = to_text(error_kind::connection_lost);
    if (text.starts_with(lost)) text.replace(0, lost.size(), to_text(error_kind::outcome_unknown));
    throw error{error_kind::outcome_unknown, text, failure.sqlstate()};
  }
}

}  // namespace nava::persistence
