// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/task_result.hpp"

#include "support/catch.hpp"

using namespace nava;
using namespace std::chrono_literals;

TEST_CASE("task result: the backoff doubles from its first to its longest") {
  const task_policy usual;
  CHECK(backoff_after(1, usual) == 1s);
  CHECK(backoff_after(2, usual) == 2s);
  CHECK(backoff_after(5, usual) == 16s);
  CHECK(backoff_after(100, usual) == 1h);
  CHECK(backoff_after(1'000'000'000, {.backoff = 1ms, .backoff_max = 8760h}) == 8760h);
  CHECK(backoff_after(3, {.backoff = 0ms, .backoff_max = 0ms}) == 0ms);
}

TEST_CASE("task result: an attempt that failed is put off by its backoff and up to a fifth") {
  persistence::task_lease lease;
  lease.attempt = 2;
  lease.attempts_max = 3;
  const task_definition definition{"t", {}, {.backoff = 10s}};
  const held_task task{lease, &definition};
  for (int i = 0; i < 50; ++i) {
    const auto again = failed(task, "no", true);
    CHECK(again.ends_as == persistence::settlement::result::postponed);
    CHECK(again.delay >= 20s);
    CHECK(again.delay <= 24s);
  }
  CHECK(failed(task, "no", false).ends_as == persistence::settlement::result::failed);
  lease.attempt = 3;
  CHECK(failed(held_task{lease, &definition}, "no", true).ends_as ==
        persistence::settlement::result::failed);
}

TEST_CASE("task result: giving back takes an attempt away, and no more than a year") {
  persistence::task_lease lease;
  lease.attempt = 2;
  const held_task task{lease, nullptr};
  CHECK(given_back(task).attempt == 1);
  CHECK(given_back(task, -1s).delay == 0ms);
  CHECK(given_back(task, std::chrono::milliseconds::max()).delay == std::chrono::hours{24 * 366});
}
