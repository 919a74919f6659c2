// SPDX-License-Identifier: Apache-2.0
#include "engine/schedule/time_zone.hpp"

#include <algorithm>
#include <string>

namespace nava::engine {
namespace {

using cctz_seconds = cctz::time_point<cctz::seconds>;

// The calendar of 400 years has whole weeks, so that dates, weekdays and rules repeat.
constexpr std::chrono::days calendar_cycle{146'097};
constexpr std::chrono::sys_seconds before_all_changes =
    std::chrono::sys_days{std::chrono::year{0} / 1 / 1};

// A name of the IANA database begins with a capital. Others are files beside the zones, such as
// `localtime` and those with leap seconds below `right/`, paths, and names of cctz's own.
bool has_form_of_zone(std::string_view name) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  return !name.empty() && is_upper(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return is_upper(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' ||
                  c == '_' || c == '+' || c == '-';
         });
}

cctz::civil_second civil(std::chrono::local_seconds local) {
  return cctz::civil_second{} + local.time_since_epoch().count();
}

std::chrono::sys_seconds instant_of(cctz_seconds point) {
  return std::chrono::sys_seconds{point.time_since_epoch()};
}

}  // namespace

std::optional<time_zone> time_zone::find(std::string_view name) {
  cctz::time_zone zone;
  if (!has_form_of_zone(name) || !cctz::load_time_zone(std::string{name}, &zone)) return {};
  return time_zone{zone};
}

std::chrono::local_seconds time_zone::local(std::chrono::sys_seconds instant) const {
  const std::chrono::seconds offset{zone_.lookup(cctz_seconds{instant.time_since_epoch()}).offset};
  return std::chrono::local_seconds{instant.time_since_epoch() + offset};
}

std::chrono::sys_seconds time_zone::first_instant(std::chrono::local_seconds local) const {
  return instant_of(cctz::convert(civil(local), zone_));
}

std::optional<std::chrono::sys_seconds> time_zone::steady_until(
    std::chrono::sys_seconds instant) const {
  // cctz lists the changes of one cycle beyond those of the database, and follows the rule without
  // a list from there. For an instant beyond the list the cycle before is looked at. In a zone that
  // has no rule its changes are none; the caller then looks at one more stretch of equal offset.
  for (auto earlier = instant; earlier > before_all_changes; earlier -= calendar_cycle) {
    cctz::time_zone::civil_transition change;
    if (zone_.next_transition(cctz_seconds{earlier.time_since_epoch()}, &change))
      return instant_of(zone_.lookup(change.to).post) + (instant - earlier);
  }
  return {};
}

}  // namespace nava::engine
