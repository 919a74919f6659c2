// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/types.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace nava::persistence {

/// How the tables of workflows lie in a database; chosen when they are made.
enum class layout {
  plain,
  partitioned  ///< PostgreSQL: by the time in the id of the workflow; see partitions.hpp
};

[[nodiscard]] std::string_view to_text(layout layout);

inline constexpr int partition_days_max = 3650;
inline constexpr int partition_months_max = 120;

/// The time that one partition holds: whole days, counted from Monday 5 January 1970, or calendar
/// months, both in UTC.
struct partition_interval {
  enum class unit { days, months };
  int count = 1;
  unit of = unit::months;

  friend bool operator==(const partition_interval&, const partition_interval&) = default;
};

/// From the first instant, which belongs to it, to the last, which does not.
struct partition_range {
  timestamp from{};
  timestamp to{};

  friend bool operator==(const partition_range&, const partition_range&) = default;
};

/// `7d`, `1mo`
[[nodiscard]] std::string to_text(partition_interval interval);

/// Nothing where the text is none, or has more than partition_days_max or partition_months_max.
[[nodiscard]] std::optional<partition_interval> parse_partition_interval(std::string_view text);

/// The range that holds `at`.
[[nodiscard]] partition_range range_at(partition_interval interval, timestamp at);

/// The least id of version 7 that is made at `at`, cut to a millisecond: a bound of partitions.
/// Throws error (invalid_input) for a time that such an id cannot have, before 1970 or after 10889.
[[nodiscard]] uuid least_id_at(timestamp at);

/// The time that stands in the first 48 bits of an id.
[[nodiscard]] timestamp time_in(const uuid& id);

}  // namespace nava::persistence
