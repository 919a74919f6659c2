// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

/// Case in ASCII, as SQL keywords and the names of SQLite have it: `A` to `Z` are the same letters
/// as `a` to `z`; no other character has a case. Pure functions; safe to call from any thread.
namespace nava::schema {

///@{
/// Returns the letter, or the whole text, with `A` to `Z` as `a` to `z`. All else stays.
[[nodiscard]] constexpr char in_lower_case(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

[[nodiscard]] inline std::string in_lower_case(std::string text) {
  for (char& letter : text) letter = in_lower_case(letter);
  return text;
}
///@}

/// Whether two texts differ at most in the case of their letters. SQLite compares names so:
/// https://www.sqlite.org/c3ref/stricmp.html
[[nodiscard]] constexpr bool are_same_but_for_case(std::string_view one,
                                                   std::string_view other) noexcept {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](char a, char b) { return in_lower_case(a) == in_lower_case(b); });
}

}  // namespace nava::schema
