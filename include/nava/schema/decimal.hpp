// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>

namespace nava {

/// A decimal number of `Precision` digits, `Scale` of them behind the point, as numeric(12, 2) of
/// SQL: `decimal<12, 2>{1999}` is 19.99. Exact, where a double is not; it counts units of
/// 10^-Scale and leaves arithmetic to whoever knows how to round.
template <int Precision, int Scale>
struct decimal {
  static_assert(Precision >= 1 && Precision <= 18 && Scale >= 0 && Scale <= Precision,
                "a decimal has 1 to 18 digits, of which 0 to all stand behind the point");

  static constexpr int precision = Precision;
  static constexpr int scale = Scale;

  std::int64_t units = 0;

  friend constexpr auto operator<=>(const decimal&, const decimal&) = default;
};

}  // namespace nava
