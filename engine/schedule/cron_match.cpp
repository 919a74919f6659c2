// SPDX-License-Identifier: Apache-2.0
#include "engine/schedule/cron_expression.hpp"

namespace nava::engine {
namespace {

using std::chrono::local_days;
using std::chrono::minutes;

constexpr std::chrono::year last_year{9999};

bool day_matches(const cron_rule& rule, const std::chrono::year_month_day& date) {
  const bool is_last =
      date == std::chrono::year_month_day{date.year() / date.month() / std::chrono::last};
  const bool in_month = rule.day_of_month.has(static_cast<unsigned>(date.day())) ||
                        (is_last && rule.day_of_month.has(cron_rule::last_day));
  const std::chrono::weekday weekday{local_days{date}};
  const bool in_week = rule.day_of_week.has(weekday.c_encoding());
  if (rule.day_of_month.begins_with_star || rule.day_of_week.begins_with_star)
    return in_month && in_week;
  return in_month || in_week;
}

std::optional<local_days> first_matching_day(const cron_rule& rule, local_days from) {
  for (local_days day = from;;) {
    const std::chrono::year_month_day date{day};
    if (date.year() > last_year) return {};
    if (!rule.month.has(static_cast<unsigned>(date.month()))) {
      day = local_days{(date.year() / date.month() + std::chrono::months{1}) / 1};
      continue;
    }
    if (day_matches(rule, date)) return day;
    day += std::chrono::days{1};
  }
}

std::optional<minutes> first_time_of_day(const cron_rule& rule, minutes from) {
  const auto first_hour = static_cast<unsigned>(from / std::chrono::hours{1});
  for (unsigned hour = first_hour; hour < 24; ++hour) {
    if (!rule.hour.has(hour)) continue;
    const auto first_minute =
        hour == first_hour ? static_cast<unsigned>((from % std::chrono::hours{1}).count()) : 0;
    for (unsigned minute = first_minute; minute < 60; ++minute)
      if (rule.minute.has(minute)) return std::chrono::hours{hour} + minutes{minute};
  }
  return {};
}

}  // namespace

std::optional<local_minutes> cron_rule::first_match(local_minutes from) const {
  const auto today = std::chrono::floor<std::chrono::days>(from);
  auto day = first_matching_day(*this, today);
  if (day == today) {
    if (const auto time = first_time_of_day(*this, from - today)) return *day + *time;
    day = first_matching_day(*this, today + std::chrono::days{1});
  }
  if (!day) return {};
  // Every field has a value, so that every day has a time.
  return *day + *first_time_of_day(*this, minutes{0});
}

}  // namespace nava::engine
