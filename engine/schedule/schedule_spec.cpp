// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nava/engine/schedule.hpp>
#include <nava/schema/text.hpp>
#include <variant>

#include "engine/schedule/cron_expression.hpp"
#include "engine/schedule/instants.hpp"
#include "engine/schedule/time_zone.hpp"

namespace nava::engine {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;

struct cron_schedule {
  cron_rule rule;
  time_zone zone;
};

struct interval_schedule {
  seconds interval;
  timestamp anchor;
};

// The first tick is the first local minute that matches and whose first instant is after `instant`.
// While clocks repeat, the first instants of what they show again have passed.
std::optional<timestamp> next_fixed(const cron_schedule& schedule, timestamp instant) {
  const auto shown = schedule.zone.local(std::chrono::floor<seconds>(instant));
  auto minute = schedule.rule.first_match(std::chrono::ceil<minutes>(shown));
  while (minute) {
    const timestamp tick = schedule.zone.first_instant(*minute);
    if (tick > instant) return tick;
    minute = schedule.rule.first_match(*minute + minutes{1});
  }
  return {};
}

// Looks at one stretch of equal offset after the other, in which local minutes are those of UTC.
std::optional<timestamp> next_in_real_time(const cron_schedule& schedule, timestamp instant) {
  sys_seconds from = std::chrono::floor<seconds>(instant) + seconds{1};
  for (;;) {
    const auto shown = schedule.zone.local(from);
    const auto minute = schedule.rule.first_match(std::chrono::ceil<minutes>(shown));
    if (!minute) return {};
    const sys_seconds tick = from + (*minute - shown);
    const auto end = schedule.zone.steady_until(from);
    if (!end || tick < *end) return tick;
    from = *end;
  }
}

std::optional<timestamp> next_tick(const cron_schedule& schedule, timestamp instant) {
  return schedule.rule.follows_real_time() ? next_in_real_time(schedule, instant)
                                           : next_fixed(schedule, instant);
}

std::optional<timestamp> next_tick(const interval_schedule& schedule, timestamp instant) {
  if (instant < schedule.anchor) return schedule.anchor;
  const auto passed = (instant - schedule.anchor) / schedule.interval;
  return schedule.anchor + (passed + 1) * schedule.interval;
}

[[noreturn]] void refuse_zone(std::string_view name) {
  constexpr std::size_t shown_max = 100;
  const bool is_shown =
      name.size() <= shown_max &&
      std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; });
  throw definition_error{
      fmt::format("there is no time zone{}; take a name of the IANA database such as Europe/Berlin",
                  is_shown ? fmt::format(" '{}'", name) : " of the given name")};
}

// Takes `prefix` off the text where it begins with it.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

struct schedule_data {
  std::string text;
  std::variant<cron_schedule, interval_schedule> rule;
};

schedule_spec schedule_spec::cron(std::string_view expression, std::string_view zone) {
  auto parsed = parse_cron(expression);
  const auto found = time_zone::find(zone);
  if (!found) refuse_zone(zone);
  return schedule_spec{std::make_shared<const schedule_data>(schedule_data{
      fmt::format("cron {} in {}", parsed.text, zone), cron_schedule{parsed.rule, *found}})};
}

schedule_spec schedule_spec::every(std::chrono::seconds interval, timestamp anchor) {
  if (interval < interval_min || interval > interval_max)
    throw definition_error{fmt::format("a schedule every {} s: its interval is not in {}-{} s",
                                       interval.count(), interval_min.count(),
                                       interval_max.count())};
  if (!schema::has_text(anchor))
    throw definition_error{fmt::format(
        "a schedule every {} s: its anchor is not in the years 1 to 9999", interval.count())};
  return schedule_spec{std::make_shared<const schedule_data>(
      schedule_data{fmt::format("every {} s from {}", interval.count(), schema::to_text(anchor)),
                    interval_schedule{interval, anchor}})};
}

schedule_spec schedule_spec::parse(std::string_view text) {
  std::string_view rest = text;
  if (take(rest, "cron ")) {
    constexpr std::string_view before_zone = " in ";
    const std::size_t end = rest.rfind(before_zone);
    if (end != std::string_view::npos)
      return cron(rest.substr(0, end), rest.substr(end + before_zone.size()));
  } else if (take(rest, "every ")) {
    seconds::rep count = 0;
    const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    rest.remove_prefix(static_cast<std::size_t>(read.ptr - rest.data()));
    if (read.ec == std::errc{} && take(rest, " s from "))
      if (const auto anchor = schema::parse_timestamp(rest)) return every(seconds{count}, *anchor);
  }
  throw definition_error{
      "a stored schedule does not read 'cron 0 9 * * MON-FRI in Europe/Berlin' or "
      "'every 90 s from 2026-01-01T00:00:00.000000Z'"};
}

const std::string& schedule_spec::text() const { return data_->text; }

std::optional<timestamp> schedule_spec::next_after(timestamp instant) const {
  if (instant > last_stored_instant) return {};
  const auto tick = std::visit(
      [&](const auto& rule) { return next_tick(rule, near_stored(instant)); }, data_->rule);
  return tick && schema::has_text(*tick) ? tick : std::nullopt;
}

std::vector<timestamp> schedule_spec::ticks_between(timestamp after, timestamp until,
                                                    std::size_t at_most) const {
  const std::size_t count_max = std::min(at_most, ticks_per_call_max);
  std::vector<timestamp> ticks;
  while (ticks.size() < count_max) {
    const auto tick = next_after(ticks.empty() ? after : ticks.back());
    if (!tick || *tick > until) break;
    ticks.push_back(*tick);
  }
  return ticks;
}

}  // namespace nava::engine
