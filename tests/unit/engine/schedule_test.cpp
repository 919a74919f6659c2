// SPDX-License-Identifier: Apache-2.0
#include <nava/engine/schedule.hpp>
#include <nava/schema/text.hpp>

#include "support/catch.hpp"

using namespace nava;
using namespace std::chrono_literals;
using engine::schedule_spec;

namespace {

using texts = std::vector<std::string>;

timestamp at(const std::string& minute) { return *schema::parse_timestamp(minute + ":00Z"); }

std::string minute_text(timestamp tick) {
  const std::string text = schema::to_text(tick);
  REQUIRE(text.substr(16) == ":00.000000Z");
  return text.substr(0, 16);
}

// The first ticks after an instant, to the minute.
texts next(const schedule_spec& spec, const std::string& after, std::size_t count) {
  texts all;
  for (const timestamp tick : spec.ticks_between(at(after), timestamp::max(), count))
    all.push_back(minute_text(tick));
  return all;
}

texts next(const std::string& expression, const std::string& after, std::size_t count) {
  return next(schedule_spec::cron(expression), after, count);
}

template <class Act>
std::string refusal_of(const Act& act) {
  try {
    act();
  } catch (const engine::definition_error& refused) {
    return refused.what();
  }
  return "none";
}

std::string refusal(const std::string& expression, const std::string& zone = "UTC") {
  return refusal_of([&] { (void)schedule_spec::cron(expression, zone); });
}

}  // namespace

TEST_CASE("schedule: the fields of an expression are values, lists, ranges and steps") {
  CHECK(next("30 9 * * *", "2026-03-01T09:30", 2) == texts{"2026-03-02T09:30", "2026-03-03T09:30"});
  CHECK(next("5,50 9 1 * *", "2026-03-01T00:00", 3) ==
        texts{"2026-03-01T09:05", "2026-03-01T09:50", "2026-04-01T09:05"});
  CHECK(next("0 9-10 2 1 *", "2026-03-01T00:00", 2) ==
        texts{"2027-01-02T09:00", "2027-01-02T10:00"});
  CHECK(next("*/25 * * * *", "2026-03-01T00:00", 3) ==
        texts{"2026-03-01T00:25", "2026-03-01T00:50", "2026-03-01T01:00"});
  CHECK(next("1-30/15 0 * * *", "2026-03-01T00:00", 3) ==
        texts{"2026-03-01T00:01", "2026-03-01T00:16", "2026-03-02T00:01"});
  CHECK(next("059 23 31 12 *", "2026-12-31T23:58", 2) ==
        texts{"2026-12-31T23:59", "2027-12-31T23:59"});
  CHECK(next(" \t0  0 1 1\t* ", "2026-12-31T23:59", 1) == texts{"2027-01-01T00:00"});
}

TEST_CASE("schedule: months and weekdays have names in any case, and Sunday is 0 and 7") {
  const auto same = [](const std::string& one, const std::string& other) {
    return next(one, "2026-03-01T00:00", 60) == next(other, "2026-03-01T00:00", 60);
  };
  CHECK(same("0 0 1 JAN,feb,Mar-MAY *", "0 0 1 1-5 *"));
  CHECK(same("0 0 1 JUN-DEC/2 *", "0 0 1 6,8,10,12 *"));
  CHECK(same("0 0 * * mon-Fri", "0 0 * * 1-5"));
  CHECK(same("0 0 * * SUN", "0 0 * * 0"));
  CHECK(same("0 0 * * 7", "0 0 * * 0"));
  CHECK(same("0 0 * * SAT-SUN", "0 0 * * 0,6"));
  CHECK(same("0 0 * * 5-7", "0 0 * * 0,5,6"));
  CHECK(same("0 0 * * 7-2", "0 0 * * 0-2"));
  CHECK(same("0 0 * * 0-7", "0 0 * * *"));
  CHECK(same("0 0 * * SUN-SUN", "0 0 * * 0"));
  CHECK(next("0 0 * * 0", "2026-03-01T00:00", 1) == texts{"2026-03-08T00:00"});
}

TEST_CASE("schedule: L is the last day of the month") {
  CHECK(next("0 0 L * *", "2026-01-01T00:00", 4) ==
        texts{"2026-01-31T00:00", "2026-02-28T00:00", "2026-03-31T00:00", "2026-04-30T00:00"});
  CHECK(next("0 0 l 2 *", "2027-01-01T00:00", 3) ==
        texts{"2027-02-28T00:00", "2028-02-29T00:00", "2029-02-28T00:00"});
  CHECK(next("0 0 15,L 2 *", "2026-01-01T00:00", 2) ==
        texts{"2026-02-15T00:00", "2026-02-28T00:00"});
}

TEST_CASE("schedule: of two restricted fields of days either matches, with a star both must") {
  CHECK(next("0 0 13 * FRI", "2026-03-05T12:00", 4) ==
        texts{"2026-03-06T00:00", "2026-03-13T00:00", "2026-03-20T00:00", "2026-03-27T00:00"});
  CHECK(next("0 0 13 * FRI", "2026-04-11T00:00", 2) ==
        texts{"2026-04-13T00:00", "2026-04-17T00:00"});
  // Odd days that are Mondays.
  CHECK(next("0 0 */2 * MON", "2026-03-01T00:00", 3) ==
        texts{"2026-03-09T00:00", "2026-03-23T00:00", "2026-04-13T00:00"});
  CHECK(next("0 0 13 * */7", "2026-03-01T00:00", 2) ==
        texts{"2026-09-13T00:00", "2026-12-13T00:00"});
  // A list that begins with another value is restricted, whatever follows.
  CHECK(next("0 0 1,* * MON", "2026-03-02T12:00", 1) == texts{"2026-03-03T00:00"});
}

TEST_CASE("schedule: the nicknames stand for five fields") {
  const std::string start = "2026-12-31T00:00";
  CHECK(next("@hourly", start, 2) == texts{"2026-12-31T01:00", "2026-12-31T02:00"});
  CHECK(next("@daily", start, 2) == texts{"2027-01-01T00:00", "2027-01-02T00:00"});
  CHECK(next("@Midnight", start, 2) == texts{"2027-01-01T00:00", "2027-01-02T00:00"});
  CHECK(next("@weekly", start, 2) == texts{"2027-01-03T00:00", "2027-01-10T00:00"});
  CHECK(next("@monthly", start, 2) == texts{"2027-01-01T00:00", "2027-02-01T00:00"});
  CHECK(next("@yearly", start, 2) == texts{"2027-01-01T00:00", "2028-01-01T00:00"});
  CHECK(next(" @ANNUALLY ", start, 2) == texts{"2027-01-01T00:00", "2028-01-01T00:00"});
}

TEST_CASE("schedule: 29 February comes in leap years, and not in 2100") {
  CHECK(next("0 0 29 2 *", "2024-01-01T00:00", 3) ==
        texts{"2024-02-29T00:00", "2028-02-29T00:00", "2032-02-29T00:00"});
  CHECK(next("0 0 29 2 *", "2096-01-01T00:00", 2) == texts{"2096-02-29T00:00", "2104-02-29T00:00"});
  // 40 years lie between the two that are Sundays, since 2100 has no 29 February.
  CHECK(next("0 0 29 2 */7", "2088-01-01T00:00", 2) ==
        texts{"2088-02-29T00:00", "2128-02-29T00:00"});
}

TEST_CASE("schedule: a value outside its field is refused") {
  CHECK(refusal("61 * * * *") == "cron '61 * * * *': minute 61 is not in 0-59");
  CHECK(refusal("0 24 * * *") == "cron '0 24 * * *': hour 24 is not in 0-23");
  CHECK(refusal("0 0 0 * *") == "cron '0 0 0 * *': day-of-month 0 is not in 1-31");
  CHECK(refusal("0 0 1 13 *") == "cron '0 0 1 13 *': month 13 is not in 1-12");
  CHECK(refusal("0 0 * * 8") == "cron '0 0 * * 8': day-of-week 8 is not in 0-7");
  CHECK(refusal("9999999999999 * * * *") ==
        "cron '9999999999999 * * * *': minute 9999999999999 is not in 0-59");
  CHECK(refusal("x * * * *") == "cron 'x * * * *': minute 'x' is no number in 0-59");
  CHECK(refusal("0 0 ? * *") ==
        "cron '0 0 ? * *': day-of-month '?' is no number in 1-31 and not L");
  CHECK(refusal("0 0 L-3 * *") ==
        "cron '0 0 L-3 * *': day-of-month 'L' is no number in 1-31 and not L");
  CHECK(refusal("0 0 1 JANUARY *") ==
        "cron '0 0 1 JANUARY *': month 'JANUARY' is no number in 1-12 and no name in JAN-DEC");
  CHECK(refusal("0 0 * * 5#2") ==
        "cron '0 0 * * 5#2': day-of-week '5#2' is no number in 0-7 and no name in SUN-SAT");
}

TEST_CASE("schedule: a list, a range or a step that is not whole is refused") {
  CHECK(refusal("1,,2 * * * *") == "cron '1,,2 * * * *': minute '1,,2' lacks a value");
  CHECK(refusal("1, * * * *") == "cron '1, * * * *': minute '1,' lacks a value");
  CHECK(refusal("/5 * * * *") == "cron '/5 * * * *': minute '/5' lacks a value");
  CHECK(refusal("5- * * * *") == "cron '5- * * * *': minute '5-' lacks a value");
  CHECK(refusal("-5 * * * *") == "cron '-5 * * * *': minute '-5' lacks a value");
  CHECK(refusal("1-2-3 * * * *") == "cron '1-2-3 * * * *': minute '2-3' is no number in 0-59");
  CHECK(refusal("0 22-2 * * *") ==
        "cron '0 22-2 * * *': hour 22-2 runs backwards; write 22-23,0-2");
  CHECK(refusal("0 0 * * FRI-MON") ==
        "cron '0 0 * * FRI-MON': day-of-week FRI-MON runs backwards; write 5-6,0-1");
  CHECK(refusal("*/0 * * * *") == "cron '*/0 * * * *': minute */0 has a step that is not in 1-59");
  CHECK(refusal("*/90 * * * *") ==
        "cron '*/90 * * * *': minute */90 has a step that is not in 1-59");
  CHECK(refusal("*/ * * * *") == "cron '*/ * * * *': minute */ has a step that is not in 1-59");
  CHECK(refusal("5/10 * * * *") ==
        "cron '5/10 * * * *': minute 5/10 has a step and no range; write 5-59/10");
  CHECK(refusal("0 0 L/2 * *") == "cron '0 0 L/2 * *': day-of-month L/2: L takes no step");
}

TEST_CASE("schedule: an expression that is not five fields, or never runs, is refused") {
  const std::string fields = "write 5: minute hour day-of-month month day-of-week";
  CHECK(refusal("") == "cron '': it has 0 fields; " + fields);
  CHECK(refusal("0 9 * *") == "cron '0 9 * *': it has 4 fields; " + fields);
  CHECK(refusal("0 0 9 * * *") == "cron '0 0 9 * * *': it has 6 fields; " + fields);
  CHECK(refusal("@reboot") ==
        "cron '@reboot': take one of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, "
        "@annually");
  CHECK(refusal("0 0 31 2 *") == "cron '0 0 31 2 *': day-of-month 31 never comes in month 2");
  CHECK(refusal("0 0 30-31 FEB */2") ==
        "cron '0 0 30-31 FEB */2': day-of-month 30-31 never comes in month FEB");
  CHECK(refusal("0 0 31 2,4,6,9,11 *") ==
        "cron '0 0 31 2,4,6,9,11 *': day-of-month 31 never comes in month 2,4,6,9,11");
  CHECK(refusal("0 0 31 2 MON") == "none");
  CHECK(refusal("0 0 31 2-3 *") == "none");
  CHECK(refusal(std::string(501, '*')) == "a cron expression has 501 bytes; write at most 500");
  for (const char* odd : {"0 0 * * \n", "0 0 * * \xff", "0 0 * * ü"})
    CHECK(refusal(odd) == "a cron expression has a character that is not printable ASCII");
  CHECK(refusal(std::string("0 0 * *\0*", 9)) ==
        "a cron expression has a character that is not printable ASCII");
}

TEST_CASE("schedule: a zone that the machine does not have is refused") {
  CHECK(refusal("@daily", "Europe/Berln") ==
        "there is no time zone 'Europe/Berln'; take a name of the IANA database such as "
        "Europe/Berlin");
  for (const char* name : {"", "localtime", "europe/berlin", "../UTC", "/etc/localtime",
                           "right/Europe/Berlin", "libc:localtime", "Fixed/UTC+01:00:00"})
    CHECK(refusal("@daily", name) != "none");
  CHECK(refusal("@daily", "A\nB") == refusal("@daily", std::string(101, 'A')));
  for (const char* name : {"UTC", "Etc/GMT+5", "EST5EDT", "America/Port-au-Prince"})
    CHECK(refusal("@daily", name) == "none");
}

TEST_CASE("schedule: an interval ticks from its anchor on") {
  const auto spec = schedule_spec::every(90min, at("2026-01-01T10:00"));
  CHECK(next(spec, "2025-01-01T00:00", 2) == texts{"2026-01-01T10:00", "2026-01-01T11:30"});
  CHECK(next(spec, "2026-01-01T10:00", 1) == texts{"2026-01-01T11:30"});
  CHECK(spec.next_after(at("2026-01-01T10:00") - 1us) == at("2026-01-01T10:00"));
  CHECK(spec.next_after(at("2026-01-01T11:30") - 1us) == at("2026-01-01T11:30"));
  const auto odd = schedule_spec::every(1s, at("2026-01-01T10:00") + 7us);
  CHECK(odd.next_after(at("2026-01-01T10:01")) == at("2026-01-01T10:01") + 7us);
}

TEST_CASE("schedule: an interval or an anchor out of bounds is refused") {
  const auto every = [](std::chrono::seconds interval, timestamp anchor) {
    return refusal_of([&] { (void)schedule_spec::every(interval, anchor); });
  };
  const timestamp anchor = at("2026-01-01T10:00");
  CHECK(every(0s, anchor) == "a schedule every 0 s: its interval is not in 1-3155760000 s");
  CHECK(every(-1s, anchor) == "a schedule every -1 s: its interval is not in 1-3155760000 s");
  CHECK(every(engine::interval_max + 1s, anchor) != "none");
  CHECK(every(1s, timestamp::max()) ==
        "a schedule every 1 s: its anchor is not in the years 1 to 9999");
  CHECK(every(engine::interval_max, anchor) == "none");
}

TEST_CASE("schedule: the text is read back") {
  const texts stored{"cron 0 9 * * MON-FRI in Europe/Berlin", "cron @daily in UTC",
                     "every 90 s from 2026-01-01T00:00:00.000001Z"};
  for (const std::string& text : stored) CHECK(schedule_spec::parse(text).text() == text);
  CHECK(schedule_spec::cron(" 0 \t9 * * MON-FRI ", "Europe/Berlin").text() == stored[0]);
  CHECK(schedule_spec::cron("@daily") == schedule_spec::parse(stored[1]));
  CHECK_FALSE(schedule_spec::cron("@daily") == schedule_spec::cron("0 0 * * *"));
  CHECK(next(schedule_spec::parse(stored[0]), "2026-03-01T00:00", 1) == texts{"2026-03-02T08:00"});
}

TEST_CASE("schedule: another text is refused") {
  const auto parse = [](const std::string& text) {
    return refusal_of([&] { (void)schedule_spec::parse(text); });
  };
  for (const char* text :
       {"", "cron", "cron * * * * *", "@daily", "every 90 s", "every s from 2026-01-01T00:00:00Z",
        "every 90 m from 2026-01-01T00:00:00Z", "every 90 s from today",
        "every 99999999999999999999 s from 2026-01-01T00:00:00Z"})
    CHECK(parse(text) ==
          "a stored schedule does not read 'cron 0 9 * * MON-FRI in Europe/Berlin' or "
          "'every 90 s from 2026-01-01T00:00:00.000000Z'");
  CHECK(parse("cron 61 * * * * in UTC") == "cron '61 * * * *': minute 61 is not in 0-59");
  CHECK(parse("every 0 s from 2026-01-01T00:00:00Z") ==
        "a schedule every 0 s: its interval is not in 1-3155760000 s");
}

TEST_CASE("schedule: the next tick is after the instant, however little") {
  const auto spec = schedule_spec::cron("*/10 * * * *");
  const timestamp tick = at("2026-03-01T10:10");
  CHECK(spec.next_after(tick - 1us) == tick);
  CHECK(spec.next_after(tick) == tick + 10min);
  CHECK(spec.next_after(tick + 1us) == tick + 10min);
  const auto fixed = schedule_spec::cron("10 10 * * *");
  CHECK(fixed.next_after(tick - 1us) == tick);
  CHECK(fixed.next_after(tick) == tick + 24h);
}

TEST_CASE("schedule: ticks lie in the years 1 to 9999") {
  const auto every_minute = schedule_spec::cron("* * * * *");
  for (const auto& spec : {every_minute, schedule_spec::cron("59 23 31 12 *"),
                           schedule_spec::cron("59 * * * *", "America/New_York")}) {
    CHECK_FALSE(spec.next_after(timestamp::max()));
    CHECK_FALSE(spec.next_after(at("9999-12-31T23:59")));
    CHECK(spec.next_after(at("9999-12-31T23:59") - 1us) == at("9999-12-31T23:59"));
    CHECK(schema::to_text(*spec.next_after(timestamp::min())).starts_with("0001-"));
  }
  CHECK(every_minute.next_after(timestamp::min()) == at("0001-01-01T00:00"));
  CHECK_FALSE(schedule_spec::every(engine::interval_max, at("9998-01-01T00:00"))
                  .next_after(at("9998-01-01T00:00")));
}

TEST_CASE("schedule: the ticks of a time are bounded, whatever is asked") {
  const auto spec = schedule_spec::cron("* * * * *");
  const timestamp start = at("2026-03-01T00:00");
  const auto whole = spec.ticks_between(timestamp::min(), timestamp::max(), std::size_t(-1));
  CHECK(whole.size() == engine::ticks_per_call_max);
  CHECK(spec.ticks_between(start, timestamp::max(), 3) ==
        std::vector{start + 1min, start + 2min, start + 3min});
  CHECK(spec.ticks_between(start, start + 2min, 100) == std::vector{start + 1min, start + 2min});
  CHECK(spec.ticks_between(start, start + 2min - 1us, 100) == std::vector{start + 1min});
  CHECK(spec.ticks_between(start, start, 100).empty());
  CHECK(spec.ticks_between(start, start - 1h, 100).empty());
  CHECK(spec.ticks_between(start, start + 1h, 0).empty());
}
