// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/drill.hpp"
#include "support/eventually.hpp"
#include "support/own_server.hpp"
#include "support/server_load.hpp"
#include "support/sound_database.hpp"
#include "support/stores.hpp"
#include "support/units.hpp"

using namespace nava;
using namespace nava::test;
using Catch::Contains;

namespace {

const std::vector<std::string> none{};
constexpr const char* no_room = "No space left on device";

// How often the log of a server tells of it.
std::size_t failures_in(const own_server& server) {
  const std::string log = server.log();
  std::size_t count = 0;
  for (std::size_t at = log.find(no_room); at != std::string::npos; at = log.find(no_room, at + 1))
    ++count;
  return count;
}

}  // namespace

TEST_CASE("crash: a server whose disk was full under load has all that it has acknowledged",
          "[crash][server]") {
  if (!own_server::available()) return;
  own_server server{{"min_wal_size=32MB", "max_wal_size=32MB", "checkpoint_timeout=30s"}};
  server.use_disk_that_fills();
  server.make();
  server_load load{persistence::database_url{server.url()}};
  const int times = at_scale(2);
  for (int i = 0; i < times; ++i) {
    CAPTURE(i);
    constexpr int between = 100;
    const std::int64_t before = load.acknowledged();
    REQUIRE(eventually(
        [&] { return load.acknowledged() >= before + between || !load.refusal().empty(); }));
    REQUIRE(load.refusal() == "");
    const std::size_t failed = failures_in(server);
    server.fill_disk();
    REQUIRE(eventually([&] { return failures_in(server) >= failed + 5; }));
    server.free_disk();
    server.revive();
  }
  const std::int64_t before = load.acknowledged();
  CHECK(eventually([&] { return load.acknowledged() >= before + 100; }));
  load.stop_clients();
  CHECK(load.refusal() == "");
  const auto store = persistence::open_store(persistence::database_url{server.url()});
  CHECK(load.all_complete(*store));
  load.stop_engines();
  const comparison found = load.compared_with(*store);
  CHECK(found.lost == none);
  CHECK(found.wrong == none);
  CHECK(faults_in(persistence::database_url{server.url()}) == none);
}

TEST_CASE("crash: a call for which a server has no room says so, and may be made again",
          "[crash][server]") {
  if (!own_server::available()) return;
  own_server server;
  server.use_disk_that_fills();
  server.make();
  (void)persistence::migrate(persistence::database_url{server.url()});
  const auto store = persistence::open_store(persistence::database_url{server.url()});
  server.fill_disk();
  constexpr std::uint64_t more_than_fit = 2'000;
  const auto refused = error_of([&] {
    for (std::uint64_t number = 1; number < more_than_fit; ++number)
      (void)store->create(first_unit(number));
  });
  CAPTURE(refused.what());
  CHECK(refused.kind() == error_kind::contention);
  CHECK(refused.sqlstate() == "53100");
  CHECK(refused.may_retry());
  CHECK(refused.outcome_known());
  CHECK_THAT(refused.what(), Contains("the server's disk is full") && Contains(no_room));
  server.free_disk();
  CHECK(store->create(first_unit(1'000'000)) == commit_result::applied);
}
