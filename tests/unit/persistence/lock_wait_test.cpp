// SPDX-License-Identifier: Apache-2.0
#include "persistence/connection/lock_wait.hpp"

#include <atomic>
#include <future>
#include <mutex>

#include "support/eventually.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

error refusal(const char* sqlstate = "55P03") {
  return error{error_kind::contention, "refused", sqlstate};
}

}  // namespace

TEST_CASE("lock wait: what is refused for a lock is run until it is not") {
  const auto* const sqlstate = GENERATE("55P03", "40P01", "40001");
  lock_wait waits{1};
  int tries = 0;
  const int got = waits.run(deadline::never(), [&](bool is_again) {
    CHECK(is_again == (tries > 0));
    if (++tries < 3) throw refusal(sqlstate);
    return tries;
  });
  CHECK(got == 3);
}

TEST_CASE("lock wait: at the deadline the refusal is thrown, whatever else is scarce by then") {
  lock_wait waits{1};
  int tries = 0;
  const error thrown = error_of([&] {
    waits.run(deadline::in(100ms), [&](bool) -> int {
      if (++tries % 2 == 0) throw error{error_kind::contention, "no connection"};
      throw refusal();
    });
  });
  CHECK(thrown.sqlstate() == "55P03");
  CHECK(tries > 1);
}

TEST_CASE("lock wait: other errors are thrown at once, a lack of connections too") {
  lock_wait waits{1};
  for (const auto kind :
       {error_kind::contention, error_kind::unique, error_kind::outcome_unknown}) {
    int tries = 0;
    CHECK(error_of([&] {
            waits.run(deadline::never(), [&](bool) -> int {
              ++tries;
              throw error{kind, "on purpose"};
            });
          }).kind() == kind);
    CHECK(tries == 1);
  }
}

TEST_CASE("lock wait: of those that were refused often, a bounded number tries at a time") {
  constexpr std::size_t places = 2, callers = 6;
  constexpr int tried_freely = 3;
  lock_wait waits{places};
  std::atomic<std::size_t> trying = 0, most = 0, refused = 0;
  std::atomic<bool> is_free = false;
  const auto attempt = [&](int& tries) {
    if (++tries > tried_freely) {
      const std::size_t now = ++trying;
      std::size_t seen = most;
      while (now > seen && !most.compare_exchange_weak(seen, now)) {
      }
      std::this_thread::yield();
      --trying;
    }
    if (is_free) return 0;
    ++refused;
    throw refusal();
  };
  std::vector<std::future<int>> calls;
  for (std::size_t i = 0; i < callers; ++i)
    calls.push_back(std::async(std::launch::async, [&, tries = 0]() mutable {
      return waits.run(deadline::never(), [&](bool) { return attempt(tries); });
    }));
  CHECK(eventually([&] { return refused >= 6 * callers; }));
  is_free = true;
  for (auto& call : calls) CHECK(call.get() == 0);
  CHECK(most <= places);
  CHECK(most > 0);
}
