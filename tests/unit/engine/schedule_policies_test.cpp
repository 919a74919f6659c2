// SPDX-License-Identifier: Apache-2.0
#include <nava/engine/schedule.hpp>
#include <nava/schema/text.hpp>

#include "support/catch.hpp"

using namespace nava;
using namespace std::chrono_literals;
using engine::decide_overlap;
using engine::due_ticks;
using engine::missed_ticks;
using engine::overlap;
using engine::overlap_action;
using engine::schedule_spec;

namespace {

using ticks = std::vector<timestamp>;

const timestamp noon = *schema::parse_timestamp("2026-03-01T12:00:00Z");
const schedule_spec each_minute = schedule_spec::cron("* * * * *");
const schedule_spec each_hour = schedule_spec::cron("@hourly");
constexpr std::size_t plenty = 100;

}  // namespace

TEST_CASE("missed ticks: nothing is due before the next tick, and it is due when it comes") {
  for (const auto policy : {missed_ticks::skip, missed_ticks::one, missed_ticks::all}) {
    const auto before = due_ticks(each_hour, noon, noon + 1h - 1us, policy, plenty);
    CHECK(before.run.empty());
    CHECK(before.last_tick == noon);
    CHECK_FALSE(before.some_are_skipped);
    const auto then = due_ticks(each_hour, noon, noon + 1h, policy, plenty);
    CHECK(then.run == ticks{noon + 1h});
    CHECK(then.last_tick == noon + 1h);
    CHECK_FALSE(then.some_are_skipped);
    CHECK(due_ticks(each_hour, then.last_tick, noon + 1h, policy, plenty).run.empty());
  }
}

TEST_CASE("missed ticks: skip runs what is at most the grace period late") {
  const auto due = [](std::chrono::seconds late, std::chrono::seconds grace_period) {
    return due_ticks(each_hour, noon, noon + 3h + late, missed_ticks::skip, plenty, grace_period);
  };
  CHECK(due(60s, 60s).run == ticks{noon + 3h});
  CHECK(due(60s, 60s).last_tick == noon + 3h);
  CHECK(due(60s, 60s).some_are_skipped);
  CHECK(due(61s, 60s).run.empty());
  CHECK(due(61s, 60s).last_tick == noon + 3h);
  CHECK(due(61s, 60s).some_are_skipped);
  CHECK(due(0s, 0s).run == ticks{noon + 3h});
  CHECK(due(0s, -1s).run == ticks{noon + 3h});
  CHECK(due(1s, 0s).run.empty());
  CHECK(due(0s, 1h).run == ticks{noon + 2h, noon + 3h});
  CHECK(due(0s, std::chrono::seconds::max()).run == ticks{noon + 1h, noon + 2h, noon + 3h});
  CHECK_FALSE(due(0s, std::chrono::seconds::max()).some_are_skipped);
  CHECK(due_ticks(each_hour, noon, noon + 1h + engine::grace_period_default, missed_ticks::skip,
                  plenty)
            .run == ticks{noon + 1h});
}

TEST_CASE("missed ticks: a late look runs all ticks of its grace period") {
  const auto each_second = schedule_spec::every(1s, noon);
  const auto due = due_ticks(each_second, noon, noon + 3s, missed_ticks::skip, plenty);
  CHECK(due.run == ticks{noon + 1s, noon + 2s, noon + 3s});
  CHECK_FALSE(due.some_are_skipped);
  CHECK(due_ticks(each_second, noon, noon + 3s, missed_ticks::skip, 2).run ==
        ticks{noon + 2s, noon + 3s});
}

TEST_CASE("missed ticks: one runs the newest") {
  const auto due = due_ticks(each_hour, noon, noon + 5h + 59min, missed_ticks::one, plenty);
  CHECK(due.run == ticks{noon + 5h});
  CHECK(due.last_tick == noon + 5h);
  CHECK(due.some_are_skipped);
}

TEST_CASE("missed ticks: all runs the newest up to the bound, ascending") {
  const auto due = [](std::size_t bound) {
    return due_ticks(each_hour, noon, noon + 4h + 1s, missed_ticks::all, bound);
  };
  CHECK(due(plenty).run == ticks{noon + 1h, noon + 2h, noon + 3h, noon + 4h});
  CHECK_FALSE(due(plenty).some_are_skipped);
  CHECK(due(4).run.size() == 4);
  CHECK_FALSE(due(4).some_are_skipped);
  CHECK(due(2).run == ticks{noon + 3h, noon + 4h});
  CHECK(due(2).some_are_skipped);
  CHECK(due(0).run.empty());
  CHECK(due(0).some_are_skipped);
  CHECK(due(0).last_tick == noon + 4h);
}

TEST_CASE("missed ticks: years of them cost no more than the bound") {
  const timestamp now = noon + std::chrono::days{365 * 20} + 30s;
  const auto all = due_ticks(each_minute, noon, now, missed_ticks::all, std::size_t(-1));
  REQUIRE(all.run.size() == engine::missed_ticks_max);
  CHECK(all.run.back() == now - 30s);
  for (std::size_t i = 1; i < all.run.size(); ++i) CHECK(all.run[i] == all.run[i - 1] + 1min);
  CHECK(due_ticks(each_minute, noon, now, missed_ticks::one, 1).run == ticks{now - 30s});
  CHECK(due_ticks(each_minute, noon, now, missed_ticks::skip, 1).run == ticks{now - 30s});
  // Ticks that come in bursts, the last of them years ago.
  const auto burst = schedule_spec::cron("* * 29 2 *");
  const auto rare = due_ticks(burst, noon, now, missed_ticks::all, 3);
  const timestamp last = *schema::parse_timestamp("2044-02-29T23:59:00Z");
  CHECK(rare.run == ticks{last - 2min, last - 1min, last});
}

TEST_CASE("missed ticks: any instants are taken") {
  const auto due = due_ticks(each_minute, timestamp::min(), timestamp::max(), missed_ticks::all, 1);
  CHECK(due.run == ticks{*schema::parse_timestamp("9999-12-31T23:59:00Z")});
  CHECK(due_ticks(each_minute, timestamp::min(), timestamp::max(), missed_ticks::skip, 1)
            .run.size() == 1);
  CHECK(
      due_ticks(each_minute, timestamp::max(), timestamp::min(), missed_ticks::all, 1).run.empty());
  CHECK(
      due_ticks(each_minute, timestamp::min(), timestamp::min(), missed_ticks::one, 1).run.empty());
}

TEST_CASE("missed ticks: a clock that jumps back runs no tick twice") {
  for (const auto policy : {missed_ticks::skip, missed_ticks::one, missed_ticks::all}) {
    const auto due = due_ticks(each_minute, noon, noon - 1h, policy, plenty);
    CHECK(due.run.empty());
    CHECK(due.last_tick == noon);
    CHECK_FALSE(due.some_are_skipped);
    CHECK(due_ticks(each_minute, due.last_tick, noon + 1min, policy, plenty).run ==
          ticks{noon + 1min});
  }
}

TEST_CASE("overlap: without an earlier run the tick starts") {
  for (const auto policy :
       {overlap::skip, overlap::buffer_one, overlap::allow, overlap::cancel_other})
    CHECK(decide_overlap(policy, false, false) == overlap_action::start);
}

TEST_CASE("overlap: beside a run the policy decides") {
  CHECK(decide_overlap(overlap::skip, true, false) == overlap_action::drop);
  CHECK(decide_overlap(overlap::buffer_one, true, false) == overlap_action::buffer);
  CHECK(decide_overlap(overlap::allow, true, false) == overlap_action::start);
  CHECK(decide_overlap(overlap::cancel_other, true, false) == overlap_action::cancel_then_start);
}

TEST_CASE("overlap: one tick is buffered, and it runs before those that come later") {
  CHECK(decide_overlap(overlap::buffer_one, true, true) == overlap_action::drop);
  CHECK(decide_overlap(overlap::buffer_one, false, true) == overlap_action::start_buffered);
  for (const auto policy : {overlap::skip, overlap::allow, overlap::cancel_other})
    for (const bool is_running : {false, true})
      CHECK(decide_overlap(policy, is_running, true) == decide_overlap(policy, is_running, false));
}
