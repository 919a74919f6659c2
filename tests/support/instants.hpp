// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace nava::test {

/// `text` of a dump with one word for each instant: those of the database's clock differ in each
/// run.
[[nodiscard]] inline std::string without_instants(const std::string& text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  constexpr std::string_view form = "dddd-dd-dd dd:dd:dd";
  const auto is_instant = [&](std::size_t at) {
    if (text.size() - at < form.size()) return false;
    for (std::size_t i = 0; i < form.size(); ++i)
      if (form[i] == 'd' ? !is_digit(text[at + i])
                         : text[at + i] != form[i] && !(form[i] == ' ' && text[at + i] == 'T'))
        return false;
    return true;
  };
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_instant(at)) {
      result += text[at++];
      continue;
    }
    result += "an instant";
    at = std::min(text.find_first_not_of("0123456789-: .+TZ", at), text.size());
  }
  return result;
}

}  // namespace nava::test
