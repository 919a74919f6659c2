// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <nava/workflow/error.hpp>

namespace nava {

std::string_view to_text(error_kind kind) {
  constexpr std::array<std::string_view, 12> texts{
      "a unique key has the value already",
      "a foreign key holds: the row referred to is missing, or rows still refer to the one to go",
      "a constraint refused a value",
      "the database is busy; try again",
      "the connection was lost; nothing was written",
      "the connection was lost during a write, which may or may not be done; make the same call "
      "again",
      "invalid input",
      "not found",
      "the workflow was deleted, and its tombstone refuses another",
      "a legal hold keeps the workflow",
      "the database's schema does not fit this program",
      "the database refused the statement"};
  return texts[static_cast<std::size_t>(kind)];
}

bool error::may_retry() const noexcept {
  return kind_ == error_kind::contention || kind_ == error_kind::connection_lost ||
         kind_ == error_kind::outcome_unknown;
}

bool error::outcome_known() const noexcept { return kind_ != error_kind::outcome_unknown; }

fault_of error::fault() const noexcept {
  switch (kind_) {
    case error_kind::unique:
    case error_kind::foreign_key:
    case error_kind::check:
    case error_kind::invalid_input:
    case error_kind::not_found:
    case error_kind::deleted:
    case error_kind::legal_hold:
      return fault_of::caller;
    case error_kind::incompatible_schema:
      return fault_of::program;
    case error_kind::contention:
    case error_kind::connection_lost:
    case error_kind::outcome_unknown:
    case error_kind::other:
      return fault_of::environment;
  }
  return fault_of::environment;
}

}  // namespace nava
