// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/nava.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace loan {

/// What happens to one loan. `name` is that of an event, or hold_loan or release_loan.
struct happening {
  std::string when;  ///< in Arizona, as `2026-03-02 09:05`
  std::string who;
  std::string name;
  std::string key;  ///< stable: the same key again is the same event again; none for a hold
  nava::json::object data{};
  std::string step_key{};  ///< of a step that occurs several times
  unsigned ordinal = 1;    ///< which of them, in the order they were added
};

inline constexpr std::string_view hold_loan = "hold";
inline constexpr std::string_view release_loan = "release";

inline constexpr std::string_view first_contact = "2026-03-02 09:05";

[[nodiscard]] nava::json::object terms_of_lender();
[[nodiscard]] const std::vector<happening>& story();

}  // namespace loan
