// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <charconv>
#include <nava/persistence/layout.hpp>
#include <nava/workflow/error.hpp>

namespace nava::persistence {
namespace {

using namespace std::chrono;

constexpr sys_days first_monday = year{1970} / January / 5;
constexpr int id_time_bytes = 6;

sys_days first_day(int month_count) {
  return year{month_count / 12} / month{static_cast<unsigned>(month_count % 12 + 1)} / 1;
}

}  // namespace

std::string_view to_text(layout layout) {
  return layout == layout::plain ? "plain" : "partitioned";
}

std::string to_text(partition_interval interval) {
  return fmt::format("{}{}", interval.count,
                     interval.count_unit == partition_interval::unit::days ? "d" : "mo");
}

std::optional<partition_interval> parse_partition_interval(std::string_view text) {
  int count = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, count);
  const std::string_view unit{read.ptr, static_cast<std::size_t>(end - read.ptr)};
  if (read.ec != std::errc{} || count < 1) return std::nullopt;
  if (unit == "d" && count <= partition_days_max)
    return partition_interval{count, partition_interval::unit::days};
  if (unit == "mo" && count <= partition_months_max)
    return partition_interval{count, partition_interval::unit::months};
  return std::nullopt;
}

partition_range range_at(partition_interval interval, timestamp at) {
  const sys_days day = floor<days>(at);
  if (interval.count_unit == partition_interval::unit::days) {
    const auto passed = (day - first_monday).count();
    const auto into = (passed % interval.count + interval.count) % interval.count;
    const sys_days from = day - days{into};
    return {from, from + days{interval.count}};
  }
  const year_month_day date{day};
  const int month_count = static_cast<int>(date.year()) * 12 +
                          static_cast<int>(static_cast<unsigned>(date.month())) - 1;
  const int first = month_count - month_count % interval.count;
  return {first_day(first), first_day(first + interval.count)};
}

uuid least_id_at(timestamp at) {
  const auto count = floor<milliseconds>(at.time_since_epoch()).count();
  if (count < 0 || count >> (8 * id_time_bytes) != 0)
    throw error{error_kind::invalid_input,
                "no id of version 7 has a time before 1970 or after 10889; give another time"};
  uuid id{};
  for (int i = 0; i < id_time_bytes; ++i)
    id.data[i] = static_cast<std::uint8_t>(count >> (8 * (id_time_bytes - 1 - i)));
  return id;
}

timestamp time_in(const uuid& id) {
  std::int64_t count = 0;
  for (int i = 0; i < id_time_bytes; ++i) count = count << 8 | id.data[i];
  return timestamp{milliseconds{count}};
}

}  // namespace nava::persistence
