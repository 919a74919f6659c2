// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace nava::schema {

/// A string that can be a template argument. Names are therefore part of a type and appear in the
/// compiler's messages. `Size` counts the closing NUL. A constant; safe to use from any thread.
template <std::size_t Size>
struct fixed_string {
  char text[Size] = {};

  constexpr fixed_string() = default;
  constexpr fixed_string(const char (&literal)[Size]) {
    for (std::size_t i = 0; i < Size; ++i) text[i] = literal[i];
  }
  constexpr explicit fixed_string(std::string_view source) {
    for (std::size_t i = 0; i + 1 < Size; ++i) text[i] = source[i];
  }

  [[nodiscard]] constexpr std::string_view view() const { return {text, Size - 1}; }
  [[nodiscard]] constexpr bool empty() const { return Size == 1; }
};

template <std::size_t Left, std::size_t Right>
consteval fixed_string<Left + Right - 1> operator+(const fixed_string<Left>& left,
                                                   const fixed_string<Right>& right) {
  fixed_string<Left + Right - 1> sum;
  for (std::size_t i = 0; i + 1 < Left; ++i) sum.text[i] = left.text[i];
  for (std::size_t i = 0; i < Right; ++i) sum.text[Left - 1 + i] = right.text[i];
  return sum;
}

}  // namespace nava::schema
