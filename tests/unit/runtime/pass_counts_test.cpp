// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/pass_counts.hpp"

#include <nava/workflow/id.hpp>

#include "support/catch.hpp"

using namespace nava;
using namespace std::chrono_literals;

TEST_CASE("pass counts: a task is left to others for longer each time, up to a minute") {
  pass_counts counts;
  auto now = pass_counts::clock::now();
  const uuid one = new_id(), other = new_id();
  CHECK(counts.next_delay(one, now) == 500ms);
  CHECK(counts.next_delay(one, now) == 1s);
  CHECK(counts.next_delay(other, now) == 500ms);
  auto delay = 0ms;
  for (int i = 0; i < 200; ++i) {
    delay = counts.next_delay(one, now);
    now += delay;
  }
  CHECK(delay == put_off);
  CHECK(counts.next_delay(one, now) == put_off);
  // It has gone, and another of its id would be new.
  now += 10 * put_off;
  CHECK(counts.next_delay(other, now) == 500ms);
  now += 3 * put_off;
  CHECK(counts.next_delay(one, now) == 500ms);
}

TEST_CASE("pass counts: of too many tasks, the last are put off at once") {
  pass_counts counts;
  const auto now = pass_counts::clock::now();
  const uuid first = new_id();
  CHECK(counts.next_delay(first, now) == 500ms);
  for (std::size_t i = 1; i < pass_counts::remembered_max; ++i)
    (void)counts.next_delay(new_id(), now);
  CHECK(counts.next_delay(new_id(), now) == put_off);
  CHECK(counts.next_delay(first, now) == 1s);
}
