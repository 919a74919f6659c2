// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nava::engine {

/// A point of a clock and calendar without a zone.
using local_minutes = std::chrono::local_time<std::chrono::minutes>;

struct cron_field {
  std::uint64_t values = 0;  ///< a bit for each value that matches
  bool begins_with_star = false;

  [[nodiscard]] bool has(unsigned value) const { return ((values >> value) & 1) != 0; }
};

/// The meaning of a cron expression. A value; thread-safe.
struct cron_rule {
  /// The value of day-of-month that is the last day of any month.
  static constexpr unsigned last_day = 32;

  cron_field minute;
  cron_field hour;
  cron_field day_of_month;
  cron_field month;
  cron_field day_of_week;  ///< 0 is Sunday; 7 is never set

  [[nodiscard]] bool follows_real_time() const {
    return minute.begins_with_star || hour.begins_with_star;
  }

  /// Returns the first minute from `from` on that matches, `from` itself included. Empty where
  /// there is none up to the end of 9999.
  [[nodiscard]] std::optional<local_minutes> first_match(local_minutes from) const;
};

struct cron_expression {
  std::string text;  ///< as given, with one blank between fields
  cron_rule rule;
};

/// Throws definition_error.
[[nodiscard]] cron_expression parse_cron(std::string_view expression);

}  // namespace nava::engine
