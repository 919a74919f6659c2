// SPDX-License-Identifier: Apache-2.0
#include <nava/engine/schedule.hpp>
#include <nava/schema/text.hpp>
#include <set>

#include "support/catch.hpp"

using namespace nava;
using namespace std::chrono_literals;
using engine::schedule_spec;

namespace {

using texts = std::vector<std::string>;
using std::chrono::minutes;

timestamp at(const std::string& minute) { return *schema::parse_timestamp(minute + ":00Z"); }

// The ticks of `zone` after an instant, as instants of UTC to the minute.
struct ticks_in {
  std::string zone;

  texts operator()(const std::string& expression, const std::string& after,
                   std::size_t count) const {
    texts all;
    for (const timestamp tick :
         schedule_spec::cron(expression, zone).ticks_between(at(after), timestamp::max(), count))
      all.push_back(schema::to_text(tick).substr(0, 16));
    return all;
  }
};

const ticks_in berlin{"Europe/Berlin"};
const ticks_in new_york{"America/New_York"};
const ticks_in lord_howe{"Australia/Lord_Howe"};
const ticks_in apia{"Pacific/Apia"};

// What the clocks of a zone show in 2026, written down by hand.
struct clock_of_2026 {
  std::string zone;
  minutes offset_at_ends;
  timestamp first_change;
  minutes offset_between;
  timestamp second_change;

  timestamp shown(timestamp instant) const {
    const bool is_between = instant >= first_change && instant < second_change;
    return instant + (is_between ? offset_between : offset_at_ends);
  }
};

const std::vector<clock_of_2026> clocks{
    {"Europe/Berlin", 1h, at("2026-03-29T01:00"), 2h, at("2026-10-25T01:00")},
    {"America/New_York", -5h, at("2026-03-08T07:00"), -4h, at("2026-11-01T06:00")},
    {"Australia/Lord_Howe", 11h, at("2026-04-04T15:00"), 10h + 30min, at("2026-10-03T15:30")}};

constexpr auto watch_before = 30h, watch_after = 42h;

// The local minutes that match, which are the ticks in a zone without changes.
std::set<timestamp> matching_minutes(const std::string& expression, timestamp from, timestamp to) {
  std::set<timestamp> found;
  for (const timestamp tick :
       schedule_spec::cron(expression).ticks_between(from, to, engine::ticks_per_call_max))
    found.insert(tick);
  return found;
}

// The ticks around a change, found by a look at the clock each minute. In real time each minute
// that it shows counts. A fixed time comes when the clock shows it, or more, for the first time.
std::vector<timestamp> watched(const clock_of_2026& clock, const std::string& expression,
                               bool in_real_time, timestamp change) {
  const auto matching = matching_minutes(expression, change - 96h, change + 96h);
  std::vector<timestamp> ticks;
  timestamp latest = clock.shown(change - watch_before);
  for (timestamp now = change - watch_before + 1min; now <= change + watch_after; now += 1min) {
    const timestamp shown = clock.shown(now);
    const auto fixed = matching.upper_bound(latest);
    if (in_real_time ? matching.contains(shown) : fixed != matching.end() && *fixed <= shown)
      ticks.push_back(now);
    latest = std::max(latest, shown);
  }
  return ticks;
}

}  // namespace

TEST_CASE("clock change: a fixed time in the gap runs at the first instant after it") {
  // 02:00 becomes 03:00 at 01:00 UTC.
  CHECK(berlin("30 2 * * *", "2026-03-28T00:00", 3) ==
        texts{"2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"});
  // At 07:00 UTC.
  CHECK(new_york("30 2 * * *", "2026-03-07T00:00", 3) ==
        texts{"2026-03-07T07:30", "2026-03-08T07:00", "2026-03-09T06:30"});
  // 02:00 becomes 02:30 at 15:30 UTC of the day before.
  CHECK(lord_howe("15 2 * * *", "2026-10-02T00:00", 3) ==
        texts{"2026-10-02T15:45", "2026-10-03T15:30", "2026-10-04T15:15"});
  CHECK(lord_howe("45 2 * * *", "2026-10-02T17:00", 1) == texts{"2026-10-03T15:45"});
}

TEST_CASE("clock change: a fixed time that comes twice runs the first time") {
  // 03:00 becomes 02:00 at 01:00 UTC.
  CHECK(berlin("30 2 * * *", "2026-10-24T00:00", 3) ==
        texts{"2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"});
  CHECK(berlin("30 2 * * *", "2026-10-25T01:10", 1) == texts{"2026-10-26T01:30"});
  CHECK(berlin("0 3 25 10 *", "2026-01-01T00:00", 1) == texts{"2026-10-25T02:00"});
  // 02:00 becomes 01:00 at 06:00 UTC.
  CHECK(new_york("30 1 * * *", "2026-10-31T00:00", 3) ==
        texts{"2026-10-31T05:30", "2026-11-01T05:30", "2026-11-02T06:30"});
  // 02:00 becomes 01:30 at 15:00 UTC of the day before.
  CHECK(lord_howe("45 1 * * *", "2026-04-03T00:00", 3) ==
        texts{"2026-04-03T14:45", "2026-04-04T14:45", "2026-04-05T15:15"});
}

TEST_CASE("clock change: fixed times that fall on one instant are one tick") {
  CHECK(berlin("0,30 2 * * *", "2026-03-29T00:00", 2) ==
        texts{"2026-03-29T01:00", "2026-03-30T00:00"});
  CHECK(berlin("0,30 1-3 29 3 *", "2026-03-28T23:00", 4) ==
        texts{"2026-03-29T00:00", "2026-03-29T00:30", "2026-03-29T01:00", "2026-03-29T01:30"});
}

TEST_CASE("clock change: wildcards follow real time") {
  CHECK(berlin("30 * * * *", "2026-03-29T00:00", 3) ==
        texts{"2026-03-29T00:30", "2026-03-29T01:30", "2026-03-29T02:30"});
  CHECK(berlin("*/30 2 * * *", "2026-03-28T12:00", 1) == texts{"2026-03-30T00:00"});
  CHECK(berlin("*/30 2 * * *", "2026-10-24T12:00", 5) ==
        texts{"2026-10-25T00:00", "2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30",
              "2026-10-26T01:00"});
  CHECK(new_york("0 */2 * * *", "2026-03-08T04:00", 3) ==
        texts{"2026-03-08T05:00", "2026-03-08T08:00", "2026-03-08T10:00"});
  CHECK(new_york("0 */1 * * *", "2026-11-01T04:30", 4) ==
        texts{"2026-11-01T05:00", "2026-11-01T06:00", "2026-11-01T07:00", "2026-11-01T08:00"});
  // Half an hour: 01:30 is shown twice, and 02:00 once, an hour and a half after 01:00.
  CHECK(lord_howe("@hourly", "2026-04-04T13:30", 3) ==
        texts{"2026-04-04T14:00", "2026-04-04T15:30", "2026-04-04T16:30"});
  CHECK(lord_howe("30 * * * *", "2026-04-04T14:00", 3) ==
        texts{"2026-04-04T14:30", "2026-04-04T15:00", "2026-04-04T16:00"});
  CHECK(lord_howe("*/15 * * * *", "2026-10-03T15:10", 3) ==
        texts{"2026-10-03T15:15", "2026-10-03T15:30", "2026-10-03T15:45"});
}

TEST_CASE("clock change: the ticks are those of a clock that is watched each minute") {
  const std::vector<std::string> fixed{"30 2 * * *", "0 0 * * *",      "0,30 0-3 * * *",
                                       "0 3 * * *",  "0-59 1-2 * * *", "0 1,2 * * SUN"};
  const std::vector<std::string> real{"*/15 * * * *", "30 * * * *",    "*/20 2 * * *",
                                      "0 */6 * * *",  "*/7 1-3 * * *", "* * * * SUN"};
  for (const auto& clock : clocks)
    for (const timestamp change : {clock.first_change, clock.second_change})
      for (const bool in_real_time : {false, true})
        for (const auto& expression : in_real_time ? real : fixed) {
          INFO(expression << " in " << clock.zone << " at " << schema::to_text(change));
          const auto ticks = schedule_spec::cron(expression, clock.zone)
                                 .ticks_between(change - watch_before, change + watch_after,
                                                engine::ticks_per_call_max);
          CHECK(ticks == watched(clock, expression, in_real_time, change));
          CHECK_FALSE(ticks.empty());
        }
}

TEST_CASE("clock change: a day that a zone skips ends neither kind of schedule") {
  // 30 December 2011 did not come: the instant after 29 December, 24:00, is 31 December, 00:00.
  CHECK(apia("0 12 * * *", "2011-12-29T00:00", 4) ==
        texts{"2011-12-29T22:00", "2011-12-30T10:00", "2011-12-30T22:00", "2011-12-31T22:00"});
  CHECK(apia("0 0 * * *", "2011-12-29T00:00", 3) ==
        texts{"2011-12-29T10:00", "2011-12-30T10:00", "2011-12-31T10:00"});
  CHECK(apia("0 9 30 12 *", "2011-01-01T00:00", 2) ==
        texts{"2011-12-30T10:00", "2012-12-29T19:00"});
  CHECK(apia("0 */12 * * *", "2011-12-30T00:00", 2) ==
        texts{"2011-12-30T10:00", "2011-12-30T22:00"});
  CHECK(apia("* * 30 12 *", "2011-01-01T00:00", 1) == texts{"2012-12-29T10:00"});
}

TEST_CASE("clock change: an interval knows none") {
  const auto spec = schedule_spec::every(1h, at("2026-03-29T00:30"));
  CHECK(spec.ticks_between(at("2026-03-29T00:00"), at("2026-03-29T02:30"), 9).size() == 3);
}

TEST_CASE("clock change: the rule of a zone goes on beyond the database's list of changes") {
  CHECK(berlin("0 12 1 7 *", "2040-01-01T00:00", 1) == texts{"2040-07-01T10:00"});
  CHECK(berlin("30 2 31 3 *", "2824-01-01T00:00", 1) == texts{"2824-03-31T01:00"});
  // 31 March and 27 October 2824 are Sundays.
  CHECK(berlin("30 * 31 3 *", "2824-03-31T00:00", 2) ==
        texts{"2824-03-31T00:30", "2824-03-31T01:30"});
  CHECK(berlin("*/30 2 27 10 *", "2824-01-01T00:00", 5) ==
        texts{"2824-10-27T00:00", "2824-10-27T00:30", "2824-10-27T01:00", "2824-10-27T01:30",
              "2825-10-27T01:00"});
  CHECK(new_york("30 1 L 10 *", "9998-01-01T00:00", 3) ==
        texts{"9998-10-31T05:30", "9999-10-31T05:30"});
}
