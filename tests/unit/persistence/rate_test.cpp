// SPDX-License-Identifier: Apache-2.0
#include "persistence/tasks/rate.hpp"

#include <random>

#include "support/catch.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace std::chrono_literals;

namespace {

constexpr timestamp noon{std::chrono::seconds{1'700'000'000}};

}  // namespace

TEST_CASE("rate: after a rest as many as the burst may begin, then one after the other") {
  const task_rate rate{.tasks = 60, .period = 60s, .burst = 3};
  const rate_bucket rested{rate, std::nullopt, noon};
  CHECK(rested.free() == 3);
  CHECK(rested.wait() == 0s);
  const timestamp spent = rested.spent_after(3);
  CHECK(rate_bucket{rate, spent, noon}.free() == 0);
  CHECK(rate_bucket{rate, spent, noon}.wait() == 1s);
  CHECK(rate_bucket{rate, spent, noon + 999ms}.free() == 0);
  CHECK(rate_bucket{rate, spent, noon + 1s}.free() == 1);
  CHECK(rate_bucket{rate, spent, noon + 2s}.free() == 2);
  CHECK(rate_bucket{rate, spent, noon + 24h}.free() == 3);
}

// However claims fall, no time of one period sees more than the rate says.
TEST_CASE("rate: no period sees more than tasks + burst - 1") {
  std::mt19937 chance{7};
  for (const task_rate rate :
       {task_rate{1, 1s, 1}, task_rate{3, 1s, 1}, task_rate{7, 1s, 4}, task_rate{100, 10ms, 100}}) {
    std::optional<timestamp> spent;
    std::vector<timestamp> begun;
    timestamp now = noon;
    for (int i = 0; i < 3'000; ++i) {
      now += std::chrono::microseconds{chance() % (rate.period / 2).count() * 1'000 + 1};
      const rate_bucket bucket{rate, spent, now};
      const std::size_t taken = std::min<std::size_t>(bucket.free(), chance() % 8);
      if (taken == 0) continue;
      spent = bucket.spent_after(taken);
      begun.insert(begun.end(), taken, now);
    }
    REQUIRE(begun.size() > 100);
    std::size_t most = 0;
    for (std::size_t first = 0, last = 0; last < begun.size(); ++last) {
      while (begun[last] - begun[first] >= rate.period) ++first;
      most = std::max(most, last - first + 1);
    }
    CHECK(most <= rate.tasks + rate.burst - 1);
  }
}

// The hardest user: each begins as soon as it may.
TEST_CASE("rate: a wait that is over lets one begin, and no period sees more than it may") {
  for (const task_rate rate : {task_rate{3, 1s, 1}, task_rate{7, 1s, 4}, task_rate{3, 10ms, 2},
                               task_rate{99'999, 199ms, 1}}) {
    std::optional<timestamp> spent;
    std::vector<timestamp> begun;
    for (timestamp now = noon; begun.size() < 4'000;) {
      const rate_bucket bucket{rate, spent, now};
      if (bucket.free() == 0) {
        REQUIRE(bucket.wait() > 0us);
        now += bucket.wait();
        REQUIRE(rate_bucket{rate, spent, now}.free() == 1);
        continue;
      }
      spent = bucket.spent_after(1);
      begun.push_back(now);
    }
    std::size_t most = 0;
    for (std::size_t first = 0, last = 0; last < begun.size(); ++last) {
      while (begun[last] - begun[first] >= rate.period) ++first;
      most = std::max(most, last - first + 1);
    }
    CHECK(most <= rate.tasks + rate.burst - 1);
  }
}

TEST_CASE("rate: what a slower rate or a later clock has spent is bounded by the burst") {
  const task_rate rate{.tasks = 100, .period = 60s, .burst = 20};
  const rate_bucket corrected{rate, noon + 24h, noon};
  CHECK(corrected.free() == 0);
  CHECK(corrected.wait() == 600ms);
}
