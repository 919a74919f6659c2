// SPDX-License-Identifier: Apache-2.0
#include "loan_application/calendar.hpp"

#include <fmt/format.h>

#include <array>
#include <nava/schema/text.hpp>
#include <stdexcept>

namespace loan {
namespace {

using namespace std::chrono;

constexpr hours utc_offset{-7};

constexpr std::array<std::string_view, 7> weekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months_of_year{
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

std::string_view weekday_of(sys_days day) { return weekdays.at(weekday{day}.c_encoding()); }

std::string_view month_of(year_month_day date) {
  return months_of_year.at(static_cast<unsigned>(date.month()) - 1);
}

bool counts(sys_days day, business_day kind) {
  const weekday name{day};
  return name != Sunday && (name != Saturday || kind == business_day::all_but_sunday);
}

}  // namespace

sys_days day_of(nv::timestamp at) { return floor<days>(at + utc_offset); }

sys_days add_business_days(sys_days from, int count, business_day kind) {
  while (count > 0)
    if (counts(from += days{1}, kind)) --count;
  return from;
}

nv::timestamp by_end_of(sys_days day) { return day + days{1} - utc_offset - seconds{1}; }

nv::timestamp local_time(std::string_view text) {
  const auto parsed = nava::schema::parse_timestamp(fmt::format("{}:00-07:00", text));
  if (!parsed) throw std::runtime_error{fmt::format("'{}' is no date and time", text)};
  return *parsed;
}

sys_days read_day(std::string_view text) {
  return day_of(local_time(fmt::format("{} 12:00", text)));
}

std::string to_iso(sys_days day) {
  const year_month_day date{day};
  return fmt::format("{}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string to_words(sys_days day) {
  const year_month_day date{day};
  return fmt::format("{} {} {} {}", weekday_of(day), static_cast<unsigned>(date.day()),
                     month_of(date), static_cast<int>(date.year()));
}

std::string to_short_words(sys_days day) {
  const year_month_day date{day};
  return fmt::format("{} {} {}", weekday_of(day).substr(0, 3), static_cast<unsigned>(date.day()),
                     month_of(date).substr(0, 3));
}

std::string clock_time(nv::timestamp at) {
  const hh_mm_ss time{floor<minutes>(at + utc_offset - day_of(at))};
  return fmt::format("{:02}:{:02}", time.hours().count(), time.minutes().count());
}

}  // namespace loan
