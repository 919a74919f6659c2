// SPDX-License-Identifier: Apache-2.0
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <csignal>
#include <future>
#include <sstream>

#include "support/catch.hpp"
#include "support/drill.hpp"
#include "support/eventually.hpp"
#include "support/own_server.hpp"
#include "support/server_load.hpp"
#include "support/sound_database.hpp"
#include "support/stopped_process.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::test;

namespace {

constexpr std::int64_t enough = 200;  // calls acknowledged between two failovers
const std::vector<std::string> none{};
const own_server::settings waits_for_replica{"synchronous_standby_names=" +
                                             std::string{own_server::name}};

persistence::database_url database_of(const own_server& one, const own_server& other) {
  return persistence::database_url{one.url_with(other)};
}

void await_calls(const server_load& load, std::int64_t calls) {
  const std::int64_t before = load.acknowledged();
  REQUIRE(
      eventually([&] { return load.acknowledged() >= before + calls || !load.refusal().empty(); }));
  REQUIRE(load.refusal() == "");
}

void await_synchronous(const own_server& primary) {
  REQUIRE(eventually([&] {
    return primary.raw()->value(
               "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1";
  }));
}

// The process of a replica that receives what its primary sends.
pid_t receiver_of(const own_server& replica) {
  std::string pid;
  REQUIRE(eventually([&] {
    pid = replica.raw()->value("SELECT coalesce(max(pid), 0) FROM pg_stat_wal_receiver");
    return pid != "0";
  }));
  return std::stoi(pid);
}

}  // namespace

TEST_CASE("crash: a synchronous replica that takes over under load has all that was acknowledged",
          "[crash][server]") {
  if (!own_server::available()) return;
  own_server one{waits_for_replica}, two{waits_for_replica};
  one.make();
  two.make_replica_of(one);
  own_server *primary = &one, *replica = &two;
  await_synchronous(*primary);
  server_load load{database_of(one, two)};
  const int failovers = at_scale(2);
  for (int failover = 0; failover < failovers; ++failover) {
    CAPTURE(failover);
    await_calls(load, enough);
    primary->end_at_once();
    replica->promote();
    std::swap(primary, replica);
    // Until it is there, the new primary acknowledges nothing.
    replica->make_replica_of(*primary);
    await_synchronous(*primary);
  }
  await_calls(load, enough);
  load.stop_clients();
  CHECK(load.refusal() == "");
  const auto store = persistence::open_store(database_of(one, two));
  CHECK(load.all_complete(*store));
  load.stop_engines();
  const comparison found = load.compared_with(*store);
  CHECK(found.lost == none);
  CHECK(found.wrong == none);
  CHECK(faults_in(database_of(one, two)) == none);
}

TEST_CASE("crash: an asynchronous replica that takes over lacks the last, and halves nothing",
          "[crash][server]") {
  if (!own_server::available()) return;
  own_server primary, replica;
  primary.make();
  replica.make_replica_of(primary);
  server_load load{database_of(primary, replica)};
  await_calls(load, enough);
  {
    const auto deaf = stopped_process::of(receiver_of(replica));
    REQUIRE(deaf);
    await_calls(load, enough);
    primary.end_at_once();
  }
  load.stop_clients();
  replica.promote();
  load.stop_engines();
  const auto store = persistence::open_store(database_of(primary, replica));
  const comparison found = load.compared_with(*store);
  CHECK(found.lost != none);
  CHECK(found.wrong == none);
  CHECK(faults_in(database_of(primary, replica)) == none);
}

TEST_CASE("crash: a commit that waits for its replica in vain has no known outcome",
          "[crash][server]") {
  if (!own_server::available()) return;
  own_server primary{waits_for_replica}, replica;
  primary.make();
  replica.make_replica_of(primary);
  await_synchronous(primary);
  std::ostringstream lines;
  persistence::store_options options{.on_older =
                                         persistence::store_options::schema_policy::migrate};
  options.logger = std::make_shared<spdlog::logger>(
      "commits", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines));
  const auto store = persistence::open_store(persistence::database_url{primary.url()}, options);
  const auto is_stored = [&](std::uint64_t number) {
    return store->load(first_unit(number).workflow.id).has_value();
  };
  auto deaf = stopped_process::of(receiver_of(replica));
  REQUIRE(deaf);

  SECTION("the call ends at its deadline") {
    const auto failure =
        error_of([&] { store->create(first_unit(1), deadline::in(std::chrono::seconds{1})); });
    CHECK_FALSE(failure.outcome_known());
    CHECK_FALSE(is_stored(1));
  }

  // docs/reliability.md says that this is not promised.
  SECTION("the primary is begun again, and shows what its replica lacks") {
    deaf.reset();
    replica.end_at_once();
    CHECK_FALSE(error_of([&] {
                  (void)store->create(first_unit(1), deadline::in(std::chrono::seconds{1}));
                }).outcome_known());
    primary.end_at_once();
    primary.begin();
    CHECK(store->create(first_unit(1)) == commit_result::already_applied);
    primary.end_at_once();
    replica.begin();
    replica.promote();
    const auto other = persistence::open_store(persistence::database_url{replica.url()});
    CHECK_FALSE(other->load(first_unit(1).workflow.id).has_value());
  }

  SECTION("somebody cancels the wait: the server says that it is done, and Nava warns") {
    auto created = std::async(std::launch::async, [&] { return store->create(first_unit(1)); });
    REQUIRE(eventually([&] {
      return primary.raw()->value(
                 "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = "
                 "'SyncRep'") == "1";
    }));
    CHECK(created.get() == commit_result::applied);
    CHECK(is_stored(1));
    CHECK_THAT(lines.str(),
               Catch::Matchers::Contains("the synchronous replica may lack this commit"));
  }
}
