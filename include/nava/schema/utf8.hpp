// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace nava::schema {

/// Returns whether `text` is well-formed UTF-8 by RFC 3629: without overlong forms and surrogates,
/// and at most U+10FFFF. Pure; safe to call from any thread.
[[nodiscard]] constexpr bool is_valid_utf8(std::string_view text) noexcept {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  std::size_t at = 0;
  while (at < text.size()) {
    const unsigned char first = byte(at);
    if (first < 0x80) {
      ++at;
      continue;
    }
    std::size_t more = 0;
    unsigned char low = 0x80, high = 0xBF;
    // The bounds of the second byte exclude overlong forms (E0, F0), surrogates (ED) and code
    // points above U+10FFFF (F4).
    if (first >= 0xC2 && first <= 0xDF) {
      more = 1;
    } else if (first >= 0xE0 && first <= 0xEF) {
      more = 2;
      if (first == 0xE0) low = 0xA0;
      if (first == 0xED) high = 0x9F;
    } else if (first >= 0xF0 && first <= 0xF4) {
      more = 3;
      if (first == 0xF0) low = 0x90;
      if (first == 0xF4) high = 0x8F;
    } else {
      return false;
    }
    if (text.size() - at <= more || byte(at + 1) < low || byte(at + 1) > high) return false;
    for (std::size_t i = 2; i <= more; ++i)
      if ((byte(at + i) & 0xC0) != 0x80) return false;
    at += more + 1;
  }
  return true;
}

}  // namespace nava::schema
