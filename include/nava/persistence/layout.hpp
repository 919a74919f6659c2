// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/export.hpp>
#include <nava/schema/types.hpp>
#include <optional>
#include <string>
#include <string_view>

/// The layouts of the workflow tables. Values and pure functions; thread-safe.
namespace nava::persistence {

/// How the tables of workflows lie in a database; chosen when they are made.
enum class layout {
  plain,
  partitioned  ///< PostgreSQL: by the time in the id of the workflow; see partitions.hpp
};

/// Returns `plain` or `partitioned`.
[[nodiscard]] NAVA_EXPORT std::string_view to_text(layout layout);

///@{
/// The most days or months of one partition: some ten years.
inline constexpr int partition_days_max = 3650;
inline constexpr int partition_months_max = 120;
///@}

/// The time that one partition holds: whole days, counted from Monday 5 January 1970, or calendar
/// months from January of the year 0, both in UTC.
struct partition_interval {
  /// What `count` counts.
  enum class unit { days, months };
  int count = 1;                   ///< 1 to partition_days_max or partition_months_max
  unit count_unit = unit::months;  ///< `months`: of the calendar, 28 to 31 days each

  /// Compares count and unit, not lengths of time.
  friend bool operator==(const partition_interval&, const partition_interval&) = default;
};

/// A time that includes `from` and excludes `to`.
struct partition_range {
  timestamp from{};  ///< in UTC; range_at() returns the beginning of a day
  timestamp to{};    ///< likewise; the `from` of the range that follows

  /// Compares both ends.
  friend bool operator==(const partition_range&, const partition_range&) = default;
};

/// Returns `7d`, `1mo` …
[[nodiscard]] NAVA_EXPORT std::string to_text(partition_interval interval);

/// Returns nothing for another text and for a count out of range.
[[nodiscard]] NAVA_EXPORT std::optional<partition_interval> parse_partition_interval(
    std::string_view text);

/// Returns the range that holds `at`.
[[nodiscard]] NAVA_EXPORT partition_range range_at(partition_interval interval, timestamp at);

/// Returns the least version 7 uuid of the millisecond of `at`: a bound of partitions. Throws error
/// (invalid_input) before 1970 and after 10889, where there is none.
[[nodiscard]] NAVA_EXPORT uuid least_id_at(timestamp at);

/// Returns the milliseconds since 1970 in the first 48 bits of `id`.
[[nodiscard]] NAVA_EXPORT timestamp time_in(const uuid& id);

}  // namespace nava::persistence
