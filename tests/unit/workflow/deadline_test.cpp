// SPDX-License-Identifier: Apache-2.0
#include <nava/workflow/deadline.hpp>

#include "support/catch.hpp"

using nava::deadline;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

TEST_CASE("deadline: of any length, it is never earlier than now and never overflows") {
  for (const milliseconds timeout : {0ms, 1ms, milliseconds{10h}, milliseconds::max()}) {
    CAPTURE(timeout.count());
    const auto begin = deadline::clock::now();
    const deadline limit = deadline::in(timeout);
    CHECK(limit.is_set());
    CHECK(limit.at() >= begin);
    CHECK(limit.remaining(5ms) <= 5ms);
  }
  CHECK(deadline::in(milliseconds::max()).is_never());
  CHECK(deadline::in(milliseconds::min()).has_passed());
  CHECK(deadline::in(-1ms).has_passed());
  CHECK(deadline::in(-1ms).remaining(1h) == 0ms);
  CHECK_FALSE(deadline::in(1h).has_passed());
  CHECK(deadline::never().remaining(7ms) == 7ms);
}

TEST_CASE("deadline: the earlier of two, and the one that stands in for none") {
  const deadline soon = deadline::in(1h), late = deadline::in(2h);
  CHECK(soon.earlier(late).at() == soon.at());
  CHECK(deadline::never().earlier(soon).at() == soon.at());
  CHECK_FALSE(deadline{}.is_set());
  CHECK(deadline{}.value_or(late).at() == late.at());
  CHECK(soon.value_or(late).at() == soon.at());
}
