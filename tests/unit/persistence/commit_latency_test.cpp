// SPDX-License-Identifier: Apache-2.0
#include "persistence/purge/commit_latency.hpp"

#include "support/catch.hpp"

using nava::commit_result;
using nava::persistence::commit_latency;
using namespace std::chrono_literals;

namespace {

constexpr int enough = commit_latency::commits_min;

void add(commit_latency& latency, int commits, commit_latency::duration took, bool beside_purge) {
  for (int i = 0; i < commits; ++i) latency.add(took, beside_purge);
}

}  // namespace

TEST_CASE("commit latency: a few commits say nothing") {
  commit_latency latency;
  CHECK_FALSE(latency.slowdown());
  add(latency, enough, 1ms, false);
  add(latency, enough - 1, 8ms, true);
  CHECK_FALSE(latency.slowdown());
}

TEST_CASE("commit latency: tells how many times as long the slower commits take") {
  commit_latency latency;
  add(latency, 90, 1ms, false);
  add(latency, 10, 2ms, false);
  add(latency, 90, 2ms, true);
  add(latency, 10, 16ms, true);
  CHECK(latency.slowdown().value() == Approx(8));
}

TEST_CASE("commit latency: without a commit alone there is nothing to compare with") {
  commit_latency latency;
  add(latency, enough, 1ms, true);
  CHECK(latency.slowdown() == commit_latency::slowdown_assumed);
}

TEST_CASE("commit latency: forgets") {
  commit_latency latency;
  add(latency, enough, 1ms, false);
  add(latency, enough, 8ms, true);
  CHECK(latency.slowdown().value() > 7);
  CHECK_FALSE(latency.slowdown());
  add(latency, 20 * static_cast<int>(commit_latency::commits_kept), 8ms, false);
  add(latency, enough, 8ms, true);
  CHECK(latency.slowdown().value() == Approx(1));
}

TEST_CASE("commit latency: a batch counts the commits that run beside it, however they end") {
  commit_latency latency;
  { const commit_latency::timer before{latency}; }
  const commit_latency::purge_mark first{latency};
  CHECK(first.commits() == 0);
  {
    commit_latency::timer applied{latency};
    const commit_latency::timer failed{latency};
    applied.ended(commit_result::applied);
    CHECK(first.commits() == 2);
    const commit_latency::purge_mark second{latency};
    CHECK(second.commits() == 2);
  }
  CHECK(first.commits() == 2);
  CHECK(commit_latency::purge_mark{latency}.commits() == 0);
}

TEST_CASE("commit latency: durations beyond any bound are counted") {
  commit_latency latency;
  add(latency, enough, -1ns, false);
  add(latency, enough, 10'000h, true);
  CHECK(latency.slowdown().value() > 1e6);
}

TEST_CASE("commit latency: a commit beside a batch for a moment is beside it") {
  commit_latency latency;
  for (int i = 0; i < enough; ++i) commit_latency::timer{latency}.ended(commit_result::applied);
  CHECK_FALSE(latency.slowdown());
  for (int i = 0; i < enough; ++i) {
    commit_latency::timer commit{latency};
    commit.ended(commit_result::applied);
    const commit_latency::purge_mark within{latency};
  }
  CHECK(latency.slowdown());
  {
    const commit_latency::purge_mark batch{latency};
    for (int i = 0; i < enough; ++i) commit_latency::timer{latency}.ended(commit_result::applied);
  }
  CHECK(latency.slowdown());
  for (int i = 0; i < enough; ++i) commit_latency::timer{latency}.ended(commit_result::applied);
  CHECK_FALSE(latency.slowdown());
}
