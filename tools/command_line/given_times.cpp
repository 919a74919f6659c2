// SPDX-License-Identifier: Apache-2.0
#include "tools/command_line/given_times.hpp"

#include <fmt/format.h>

#include <nava/schema/text.hpp>

#include "tools/command_line/duration.hpp"

namespace nava::tools {

std::chrono::seconds duration_in(const std::string& age) {
  if (const auto parsed = parse_duration(age)) return *parsed;
  throw usage_error{
      fmt::format("'{}' is no age; give a whole number and a unit, up to a thousand years: 90d, "
                  "12h, 30m or 45s",
                  age)};
}

std::optional<timestamp> time_in(const std::string& text, std::string_view option) {
  if (text.empty()) return std::nullopt;
  auto time = schema::parse_timestamp(text);
  if (!time) time = schema::parse_timestamp(text + "T00:00:00Z");
  if (time) return time;
  throw usage_error{
      fmt::format("'{}' in --{} is no time; give a day such as 2026-01-31, or 2026-01-31T12:00:00Z",
                  text, option)};
}

persistence::time_range range_in(const std::string& text, std::string_view option) {
  if (text.empty()) return {};
  const std::size_t dots = text.find("..");
  if (dots == std::string::npos || text.size() == 2)
    throw usage_error{fmt::format(
        "'{}' in --{} is no time from one instant to before another; give FROM..BEFORE, FROM.. or "
        "..BEFORE",
        text, option)};
  return {time_in(text.substr(0, dots), option), time_in(text.substr(dots + 2), option)};
}

history_point point_in(const std::string& text, std::string_view option) {
  constexpr std::size_t digits_max = 18;
  const bool is_seq =
      text.size() <= digits_max && text.find_first_not_of("0123456789") == std::string::npos;
  if (is_seq) return std::int64_t{std::stoll(text)};
  return time_in(text, option).value();
}

std::chrono::hours partition_age_in(const std::string& text) {
  const auto age = text.ends_with('d') || text.ends_with('h') ? parse_duration(text) : std::nullopt;
  if (!age)
    throw usage_error{fmt::format(
        "'{}' is no age of a partition; give a number of days or hours: 365d or 12h", text)};
  return std::chrono::floor<std::chrono::hours>(*age);
}

persistence::tombstone_policy tombstones_in(const std::string& keep_for,
                                            const std::vector<std::string>& one_per_resource) {
  if (keep_for.empty()) return {};
  const auto time = parse_duration(keep_for);
  if (!time || time->count() == 0)
    throw usage_error{fmt::format(
        "'{}' in --remember is no time; give a whole number from 1 on and a unit: 90d", keep_for)};
  return {*time, one_per_resource};
}

}  // namespace nava::tools
