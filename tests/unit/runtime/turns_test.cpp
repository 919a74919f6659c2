// SPDX-License-Identifier: Apache-2.0
#include "runtime/turns.hpp"

#include <future>
#include <vector>

#include "support/catch.hpp"
#include "support/eventually.hpp"

using namespace nava;
using namespace nava::engine;
using nava::deadline;
using nava::test::eventually;
using namespace std::chrono_literals;

namespace {

const resource here{"claim", "1"}, elsewhere{"claim", "2"};

}  // namespace

TEST_CASE("turns: calls on one resource have their turn in the order in which they came") {
  turns queue;
  std::vector<int> order;  // guarded by the turn
  std::vector<std::future<void>> calls;
  {
    const auto first = queue.take(here, deadline::never());
    REQUIRE(first);
    for (int i = 0; i < 5; ++i) {
      calls.push_back(std::async(std::launch::async, [&, i] {
        const auto mine = queue.take(here, deadline::never());
        order.push_back(i);
      }));
      REQUIRE(eventually([&] { return queue.waiting() == static_cast<std::size_t>(i) + 1; }));
    }
    CHECK(order.empty());
  }
  for (auto& call : calls) call.get();
  CHECK(order == std::vector{0, 1, 2, 3, 4});
}

TEST_CASE("turns: a call on another resource does not wait") {
  turns queue;
  const auto first = queue.take(here, deadline::never());
  std::async(std::launch::async, [&] { CHECK(queue.take(elsewhere, deadline::never())); }).get();
}

TEST_CASE("turns: who gives up at the deadline leaves the turn to those behind") {
  turns queue;
  auto first = queue.take(here, deadline::never());
  std::async(std::launch::async, [&] { CHECK_FALSE(queue.take(here, deadline::in(1ms))); }).get();
  CHECK(queue.waiting() == 0);
  auto behind = std::async(std::launch::async,
                           [&] { return queue.take(here, deadline::never()).has_value(); });
  REQUIRE(eventually([&] { return queue.waiting() == 1; }));
  first.reset();
  CHECK(behind.get());
}

TEST_CASE("turns: a thread that has a turn waits for no other, and keeps it until its call ends") {
  turns queue;
  auto outer = queue.take(here, deadline::never());
  { CHECK(queue.take(here, deadline::never())); }
  std::async(std::launch::async, [&] {
    const auto other = queue.take(elsewhere, deadline::never());
    CHECK(queue.take(here, deadline::in(1ms)));
  }).get();
  std::async(std::launch::async, [&] { CHECK_FALSE(queue.take(here, deadline::in(1ms))); }).get();
  outer.reset();
  std::async(std::launch::async, [&] { CHECK(queue.take(here, deadline::never())); }).get();
}

TEST_CASE("turns: a turn that is exchanged for another ends with it") {
  turns queue;
  auto mine = queue.take(here, deadline::never());
  auto others = std::async(std::launch::async, [&] {
    const auto turn = queue.take(here, deadline::never());
    return turn.has_value();
  });
  REQUIRE(eventually([&] { return queue.waiting() == 1; }));
  {
    // A thread that has a turn gets another at once.
    auto second = queue.take(elsewhere, deadline::never());
    REQUIRE(second);
    *mine = *std::move(second);
  }
  CHECK(others.get());
}
