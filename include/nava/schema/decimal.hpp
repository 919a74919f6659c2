// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>

namespace nava {

/// A decimal number of `Precision` digits, 1 to 18, with `Scale` of them behind the point, as
/// numeric(12, 2) in SQL. It is exact and counts units of 10^-Scale: `decimal<12, 2>{1999}`
/// is 19.99. It has no arithmetic, because an application must choose how to round. A plain value;
/// const use from any thread is safe.
template <int Precision, int Scale>
struct decimal {
  static_assert(Precision >= 1 && Precision <= 18 && Scale >= 0 && Scale <= Precision,
                "a decimal has 1 to 18 digits, of which 0 to all stand behind the point");

  ///@{
  /// The number of digits, and of those behind the point.
  static constexpr int precision = Precision;
  static constexpr int scale = Scale;
  ///@}

  /// Between -10^Precision and 10^Precision, both excluded. What lies beyond is refused when it is
  /// stored.
  std::int64_t units = 0;

  /// Compares the values.
  friend constexpr auto operator<=>(const decimal&, const decimal&) = default;
};

}  // namespace nava
