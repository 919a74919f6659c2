// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <nava/workflow/error.hpp>

namespace nava {

std::string_view to_text(error_kind kind) {
  constexpr std::array<std::string_view, 10> texts{
      "a unique key has the value already",
      "a foreign key holds: the row referred to is missing, or rows still refer to the one to go",
      "a constraint refused a value",
      "the database is busy; try again",
      "the connection was lost; nothing was written",
      "the connection was lost during a write, which may or may not be done; make the same call "
      "again",
      "invalid input",
      "not found",
      "the database's schema does not fit this program",
      "the database refused the statement"};
  return texts[static_cast<std::size_t>(kind)];
}

}  // namespace nava
