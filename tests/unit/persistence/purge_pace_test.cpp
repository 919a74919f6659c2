// SPDX-License-Identifier: Apache-2.0
#include "persistence/purge/purge_pace.hpp"

#include <algorithm>
#include <vector>

#include "support/catch.hpp"

using nava::persistence::purge_pace;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::nanoseconds usual{400'000};  // for one workflow

// What the next batch takes at so long for each workflow, fed back.
void run(purge_pace& pace, std::chrono::nanoseconds each,
         std::optional<double> commit_slowdown = std::nullopt) {
  const std::size_t all = pace.batch();
  const std::size_t commits = commit_slowdown ? 50 : 0;
  pace.after({all, all, 0, each * static_cast<std::int64_t>(all), commits, commit_slowdown});
}

purge_pace settled(std::optional<double> commit_slowdown = std::nullopt) {
  purge_pace pace{1000};
  for (int i = 0; i < 60; ++i) run(pace, usual, commit_slowdown);
  return pace;
}

const std::size_t fitting = static_cast<std::size_t>(purge_pace::batch_target / usual);

}  // namespace

TEST_CASE("purge pace: batches multiply until one takes as long as it should") {
  purge_pace pace{1000};
  std::vector<std::size_t> batches;
  for (int i = 0; i < 5; ++i) {
    batches.push_back(pace.batch());
    run(pace, usual);
    CHECK(pace.pause() == 0ns);
  }
  CHECK(batches == std::vector<std::size_t>{4, 64, fitting, fitting, fitting});
}

TEST_CASE("purge pace: what a flush takes is not counted as the cost of workflows") {
  const auto batches_with = [](std::chrono::milliseconds flush) {
    purge_pace pace{10'000};
    std::vector<std::size_t> batches;
    for (int i = 0; i < 4; ++i) {
      const std::size_t size = pace.batch();
      batches.push_back(size);
      pace.after({size, size, 0, flush + usual * static_cast<std::int64_t>(size), 0, std::nullopt});
    }
    return batches;
  };
  CHECK(batches_with(0ms) == std::vector<std::size_t>{4, 64, 500, 500});
  CHECK(batches_with(8ms) == std::vector<std::size_t>{4, 64, 480, 480});
  CHECK(batches_with(40ms) == std::vector<std::size_t>{4, 19, 159, 400});
}

TEST_CASE("purge pace: times that are as good as equal do not make a batch far too long") {
  const auto third_batch = [](std::chrono::microseconds first, std::chrono::microseconds second) {
    purge_pace pace{100'000};
    for (const auto took : {first, second})
      pace.after({pace.batch(), pace.batch(), 0, took, 0, std::nullopt});
    return pace.batch();
  };
  // Batches of 4 and 19: twice what the second says by itself, and no more.
  CHECK(third_batch(41'600us, 42ms) == 2 * 19 * 200 / 42);
  // Batches of 4 and 5, whose sizes say nothing.
  CHECK(third_batch(160ms, 160'100us) == 5 * 200 * 1000 / 160'100);
}

TEST_CASE("purge pace: beside commits it stays short until their slowness is known") {
  purge_pace pace{1000};
  for (int i = 0; i < 10; ++i) {
    pace.after({pace.batch(), pace.batch(), 0, 2ms, 6, std::nullopt});
    CHECK(pace.batch() == purge_pace::first_batch);
    CHECK(pace.pause() == 2ms);
  }
  // By small steps then, also when a batch meets no commit.
  for (const auto& slowdown : {std::optional{1.0}, std::optional<double>{}}) {
    const std::size_t before = pace.batch();
    run(pace, usual, slowdown);
    CHECK(pace.batch() == before + 1);
  }
}

TEST_CASE("purge pace: commits that never say how slow they are do not hold it for good") {
  purge_pace pace{1000};
  const auto run_unanswered = [&](int times) {
    for (int i = 0; i < times; ++i)
      pace.after({pace.batch(), pace.batch(), 0, usual, 1, std::nullopt});
    return pace.batch();
  };
  CHECK(run_unanswered(purge_pace::unanswered_max - 1) == purge_pace::first_batch);
  CHECK(run_unanswered(1) == purge_pace::first_batch + 1);
  CHECK(run_unanswered(purge_pace::unanswered_max - 1) == purge_pace::first_batch + 1);
  run(pace, usual, 1.4);
  CHECK(run_unanswered(purge_pace::unanswered_max - 1) == purge_pace::first_batch + 1);
  CHECK(run_unanswered(1) == purge_pace::first_batch + 2);
}

TEST_CASE("purge pace: beside commits that are somewhat slower it stays as it is") {
  purge_pace pace{1000};
  run(pace, usual, 1);
  const std::size_t before = pace.batch();
  REQUIRE(before > purge_pace::first_batch);
  for (const double slowdown : {purge_pace::slowdown_usual, purge_pace::slowdown_max}) {
    run(pace, usual, slowdown);
    CHECK(pace.batch() == before);
  }
  run(pace, usual, purge_pace::slowdown_usual - 0.1);
  CHECK(pace.batch() == before + 1);
}

TEST_CASE("purge pace: beside commits that are as usual, half of the time is still theirs") {
  purge_pace pace = settled(1.0);
  CHECK(pace.batch() == fitting);
  CHECK(pace.pause() == usual * static_cast<std::int64_t>(fitting));
  while (pace.pause() > 0ns) run(pace, usual);
  CHECK(pace.batch() == fitting);
}

TEST_CASE("purge pace: a batch is never larger than it may be, nor empty") {
  for (const std::size_t batch_max : {std::size_t{1}, std::size_t{3}, std::size_t{20}}) {
    purge_pace pace{batch_max};
    for (int i = 0; i < 10; ++i) {
      CHECK(pace.batch() >= 1);
      CHECK(pace.batch() <= batch_max);
      run(pace, i < 5 ? 1ns : 10s, i < 5 ? 1 : 9);
    }
  }
}

TEST_CASE("purge pace: while commits are slower than usual, batches halve, then pauses grow") {
  purge_pace pace = settled();
  run(pace, usual, purge_pace::slowdown_max);
  CHECK(pace.batch() == fitting);
  const auto took = usual * static_cast<std::int64_t>(pace.batch());
  CHECK(pace.pause() == took);
  run(pace, usual, purge_pace::slowdown_max + 0.1);
  CHECK(pace.batch() == fitting / 2);
  CHECK(pace.pause() == took);
  run(pace, usual, purge_pace::slowdown_pausing);
  CHECK(pace.batch() == fitting / 4);
  CHECK(pace.pause() == took / 2);
  run(pace, usual, purge_pace::slowdown_pausing + 0.1);
  CHECK(pace.batch() == fitting / 8);
  CHECK(pace.pause() == took / 4 * 2);
}

TEST_CASE("purge pace: beside any load there are batches, and a tenth of the time is theirs") {
  purge_pace pace = settled();
  for (int i = 0; i < 100; ++i) {
    const auto took = usual * static_cast<std::int64_t>(pace.batch());
    run(pace, usual, 100);
    CHECK(pace.batch() >= purge_pace::batch_min);
    CHECK(pace.pause() <= took * 9);
    CHECK(pace.pause() <= purge_pace::pause_max);
  }
  CHECK(pace.batch() == purge_pace::batch_min);
  run(pace, 1h, 100);
  CHECK(pace.pause() == purge_pace::pause_max);
}

TEST_CASE("purge pace: when commits are as usual again, it recovers by steps") {
  purge_pace pace = settled();
  for (int i = 0; i < 20; ++i) run(pace, usual, 3);
  REQUIRE(pace.batch() == purge_pace::batch_min);
  REQUIRE(pace.pause() > 0ns);
  int steps = 0;
  for (; pace.batch() < fitting && steps < 1000; ++steps) {
    const std::size_t before = pace.batch();
    run(pace, usual);
    CHECK(pace.batch() > before);
    CHECK(pace.batch() - before <= std::max<std::size_t>(before / 8, 1));
  }
  CHECK(pace.pause() == 0ns);
  CHECK(pace.batch() == fitting);
}

TEST_CASE("purge pace: its own batches tell of others where no commit is known") {
  purge_pace pace = settled(std::nullopt);
  run(pace, usual * 2);
  CHECK(pace.pause() == 0ns);
  pace = settled(std::nullopt);
  run(pace, usual * 4);
  CHECK(pace.pause() == 0ns);
  const std::size_t before = pace.batch();
  run(pace, usual * 4);
  CHECK(pace.pause() > 0ns);
  CHECK(pace.batch() == before / 2);
}

TEST_CASE("purge pace: what stays slow becomes usual") {
  purge_pace pace = settled(std::nullopt);
  run(pace, usual * 5);
  run(pace, usual * 5);
  REQUIRE(pace.pause() > 0ns);
  int batches = 0;
  while (pace.pause() > 0ns && batches++ < 1000) run(pace, usual * 5);
  CHECK(batches < 1000);
}

TEST_CASE("purge pace: a batch that found nothing changes nothing, and nobody pauses for it") {
  purge_pace pace = settled();
  run(pace, usual, 9);
  REQUIRE(pace.pause() > 0ns);
  const std::size_t before = pace.batch();
  pace.after({before, 0, 0, 10s, 50, 9.0});
  CHECK(pace.batch() == before);
  CHECK(pace.pause() == 0ns);
  run(pace, usual, 9);
  CHECK(pace.pause() > 0ns);
}

TEST_CASE("purge pace: a batch that found few says nothing of the next") {
  purge_pace pace = settled(std::nullopt);
  const std::size_t before = pace.batch();
  for (int i = 0; i < 5; ++i) pace.after({before, 3, 0, 150ms, 0, std::nullopt});
  CHECK(pace.batch() == before);
  CHECK(pace.pause() == 0ns);
  pace.after({before, 3, 0, 150ms, 50, 9.0});
  CHECK(pace.batch() == before / 2);
  CHECK(pace.pause() > 0ns);
}

TEST_CASE("purge pace: what others hold counts as found, and tells of no slowness") {
  purge_pace pace{1000};
  run(pace, usual);
  const std::size_t before = pace.batch();
  for (int i = 0; i < 2; ++i) {
    const std::size_t all = pace.batch();
    pace.after({all, 1, all - 1, 20ms, 0, std::nullopt});
  }
  CHECK(pace.batch() > before);
  CHECK(pace.pause() == 0ns);
}

TEST_CASE("purge pace: batches that fail halve down to one, and grow again when they do not") {
  purge_pace pace{1000};
  run(pace, usual);
  std::vector<std::size_t> asked;
  do asked.push_back(pace.batch());
  while (pace.after_failure(pace.batch(), 60s));
  CHECK(asked == std::vector<std::size_t>{64, 32, 16, 8, 4, 2, 1});
  CHECK(pace.pause() == purge_pace::pause_max);

  // Each so long that two take longer than a batch should.
  for (int i = 0; i < 5; ++i) run(pace, 1s);
  CHECK(pace.batch() == 1);
  run(pace, usual);
  CHECK(pace.batch() == 2);
}

TEST_CASE("purge pace: no more retries than it says, however large batches may be") {
  purge_pace pace = settled();
  std::size_t asked = 1000;
  int failures = 0;
  for (; pace.after_failure(asked, 1ms); ++failures) asked = pace.batch();
  CHECK(failures <= 10);
  CHECK(asked == 1);
}

TEST_CASE("purge pace: a store can ask for smaller batches") {
  purge_pace pace = settled();
  REQUIRE(pace.batch() > 100);
  pace.limit_to(100);
  CHECK(pace.batch() == 100);
  pace.limit_to(200);
  for (int i = 0; i < 5; ++i) run(pace, 1ns);
  CHECK(pace.batch() == 100);
}
