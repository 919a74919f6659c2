// SPDX-License-Identifier: Apache-2.0
#include "persistence/connection/connection_pool.hpp"

#include <atomic>
#include <future>

#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace std::chrono_literals;
using nava::test::error_of;

namespace {

// What the connections of one test did and are to do.
struct script {
  std::atomic<int> connected = 0;
  std::atomic<int> made_idle = 0;
  std::atomic<bool> broken = false;
  std::atomic<bool> refuses = false;
};

class fake_connection : public connection {
 public:
  explicit fake_connection(script& script) : script_(script), number(++script.connected) {}

  void run_script(const std::string&) override {}
  bool make_idle() noexcept override {
    ++script_.made_idle;
    return !script_.broken;
  }

  using connection::execute;
  std::vector<row> execute(const statement&, std::span<const argument>) override { return {}; }

 private:
  script& script_;

 public:
  const int number;
};

connection_pool pool_of(script& script, std::size_t connections_max,
                        std::chrono::milliseconds wait = 10s) {
  return connection_pool{[&script](deadline) -> std::unique_ptr<connection> {
                           if (script.refuses) throw error{error_kind::connection_lost, "refused"};
                           return std::make_unique<fake_connection>(script);
                         },
                         connections_max, wait};
}

int number_of(const connection_pool::lease& lease) {
  return dynamic_cast<const fake_connection&>(*lease).number;
}

}  // namespace

TEST_CASE("connection_pool: a connection is made when it is needed, and used again") {
  script script;
  auto pool = pool_of(script, 3);
  CHECK(pool.size() == 0);
  CHECK(number_of(pool.acquire()) == 1);
  CHECK(number_of(pool.acquire()) == 1);
  {
    const auto first = pool.acquire();
    const auto second = pool.acquire();
    CHECK(number_of(second) == 2);
  }
  CHECK(script.connected == 2);
  CHECK(pool.size() == 2);
}

TEST_CASE("connection_pool: every return makes the connection idle, a moved lease returns once") {
  script script;
  auto pool = pool_of(script, 1);
  {
    auto lease = pool.acquire();
    const auto moved = std::move(lease);
    CHECK(number_of(moved) == 1);
  }
  CHECK(script.made_idle == 1);
}

TEST_CASE("connection_pool: a broken connection is dropped, and the idle ones with it") {
  script script;
  auto pool = pool_of(script, 3);
  {
    const auto first = pool.acquire();
    { const auto second = pool.acquire(); }
    CHECK(pool.size() == 2);
    script.broken = true;
  }
  CHECK(pool.size() == 0);
  script.broken = false;
  CHECK(number_of(pool.acquire()) == 3);
}

TEST_CASE("connection_pool: when none becomes free in time it is contention") {
  script script;
  auto pool = pool_of(script, 1, 20ms);
  const auto held = pool.acquire();
  const auto begin = std::chrono::steady_clock::now();
  const error thrown = error_of([&] { (void)pool.acquire(); });
  CHECK(thrown.kind() == error_kind::contention);
  CHECK(std::chrono::steady_clock::now() - begin >= 20ms);
  CHECK(script.connected == 1);
}

TEST_CASE("connection_pool: nobody waits for longer than their deadline") {
  script script;
  auto pool = pool_of(script, 1, std::chrono::milliseconds::max());
  const auto held = pool.acquire();
  CHECK(error_of([&] { (void)pool.acquire(deadline::in(20ms)); }).kind() == error_kind::contention);
  CHECK(error_of([&] { (void)pool.acquire(deadline::in(-1ms)); }).kind() == error_kind::contention);
}

TEST_CASE("connection_pool: a wait without end ends with the connection that is returned") {
  script script;
  auto pool = pool_of(script, 1, std::chrono::milliseconds::max());
  auto held = std::make_unique<connection_pool::lease>(pool.acquire());
  auto waiting = std::async(std::launch::async, [&] { return number_of(pool.acquire()); });
  held.reset();
  CHECK(waiting.get() == 1);
}

TEST_CASE("connection_pool: who waits gets the connection that is returned") {
  script script;
  auto pool = pool_of(script, 1);
  auto held = std::make_unique<connection_pool::lease>(pool.acquire());
  auto waiting = std::async(std::launch::async, [&] { return number_of(pool.acquire()); });
  held.reset();
  CHECK(waiting.get() == 1);
}

TEST_CASE("connection_pool: a connect that fails leaves room for the next") {
  script script;
  auto pool = pool_of(script, 1);
  script.refuses = true;
  for (int i = 0; i < 3; ++i)
    CHECK(error_of([&] { (void)pool.acquire(); }).kind() == error_kind::connection_lost);
  CHECK(pool.size() == 0);
  script.refuses = false;
  CHECK(number_of(pool.acquire()) == 1);
}

TEST_CASE("connection_pool: a pool of no connections is refused") {
  script script;
  CHECK(error_of([&] { (void)pool_of(script, 0); }).kind() == error_kind::invalid_input);
}

TEST_CASE("connection_pool: threads never hold more connections than the bound") {
  constexpr int threads = 8;
  constexpr std::size_t bound = 3;
  script script;
  auto pool = pool_of(script, bound);
  std::atomic<int> held = 0;
  std::atomic<int> most = 0;
  std::vector<std::future<void>> running;
  for (int i = 0; i < threads; ++i)
    running.push_back(std::async(std::launch::async, [&] {
      for (int n = 0; n < 500; ++n) {
        const auto lease = pool.acquire();
        const int now = ++held;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        --held;
      }
    }));
  for (auto& done : running) done.get();
  CHECK(most <= static_cast<int>(bound));
  CHECK(pool.size() <= bound);
  CHECK(script.connected <= static_cast<int>(bound));
}
