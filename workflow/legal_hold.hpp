// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/types.hpp>
#include <nava/workflow/legal_hold.hpp>
#include <string_view>

namespace nava {

/// The member of an element of `workflow::sys_tag` that makes it a legal hold: its name.
inline constexpr std::string_view legal_hold_member = "legal_hold";

[[nodiscard]] std::vector<std::string> legal_holds_in(const json::array& sys_tag);

/// `under legal hold 'a', 'b'`, for people. `holds` has one at least.
[[nodiscard]] std::string legal_hold_text(const std::vector<std::string>& holds);

}  // namespace nava
