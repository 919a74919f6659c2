// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <optional>
#include <random>

#include "support/catch.hpp"
#include "support/drill.hpp"
#include "support/eventually.hpp"
#include "support/files.hpp"
#include "support/own_server.hpp"
#include "support/server_load.hpp"
#include "support/sound_database.hpp"
#include "support/stopped_process.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

const std::vector<std::string> none{};

// A server whose processes are killed, or end their sessions, or that is begun anew.
class monkey {
 public:
  explicit monkey(own_server& server) : server_(server) {}

  void strike(int blow) {
    switch (blow % 4) {
      case 0:
        return begin_after([&] { server_.end_at_once(); });
      case 1:
        return kill_session();
      case 2:
        return begin_after([&] { server_.end(); });
      default:
        return end_sessions();
    }
  }

 private:
  void begin_after(const std::function<void()>& end) {
    end();
    server_.begin();
  }

  void end_sessions() {
    REQUIRE(eventually([&] {
      return server_.raw()->value(
                 "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE backend_type "
                 "= 'client backend' AND pid <> pg_backend_pid()") != "0";
    }));
  }

  // The others lose their sessions too: the server holds its memory for damaged, and recovers.
  void kill_session() {
    const auto other = server_.raw();
    const auto is_lost = [&] {
      try {
        // A session that has ended meanwhile cannot be killed: then another.
        const auto sessions = other->run(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = "
            "'nava_test' AND pid <> pg_backend_pid()");
        if (sessions.empty()) return false;
        const std::string& pid = sessions.at(random_() % sessions.size()).at(0);
        if (content_of("/proc/" + pid + "/comm").starts_with("postgres"))
          ::kill(std::stoi(pid), SIGKILL);
        return false;
      } catch (const std::runtime_error&) {
        return true;
      }
    };
    REQUIRE(eventually(is_lost));
    server_.await();
  }

  own_server& server_;
  std::mt19937 random_{1};
};

// How long clients need to be as fast as before the blow, once the server is up. Too slow for every
// day, and no test: a busy machine would fail it.
class recovery {
 public:
  recovery(const server_load& load, own_server& server) : load_(load), server_(server) {}

  // Before each blow: tables grow meanwhile, and calls become slower.
  void note_usual() {
    usual_ = calls_within(3s) / 3;
    if (times_.empty()) first_ = usual_;
  }

  void measure() {
    constexpr auto patience = 10s, longest = 60s, window = 1s;
    const auto begin = std::chrono::steady_clock::now();
    auto last = begin;
    std::string beside;
    while (calls_within(window) * 100 < usual_ * 95) {
      last = std::chrono::steady_clock::now();
      if (last - begin > patience && beside.empty()) beside = "beside " + upkeep();
      if (last - begin > longest) break;
    }
    times_.push_back(last - begin);
    if (beside.empty()) return;
    ++slow_;
    fmt::print("server: blow {} needs {:.1f} s, {}\n", times_.size(),
               std::chrono::duration<double>{last - begin}.count(), beside);
  }

  [[nodiscard]] std::string text() {
    std::sort(times_.begin(), times_.end());
    const auto seconds = [&](std::size_t percent) {
      return std::chrono::duration<double>{times_.at((times_.size() - 1) * percent / 100)}.count();
    };
    return fmt::format(
        "server: {} blows, {} calls/s before the first and {} before the last; 95 % of those "
        "before "
        "it again after {:.1f} s (p50), {:.1f} s (p99), in {} cases not within 10 s\n",
        times_.size(), first_, usual_, seconds(50), seconds(99), slow_);
  }

 private:
  // What the server does for itself.
  std::string upkeep() {
    return server_.raw()->value(
        "SELECT coalesce(string_agg(coalesce(nullif(query, ''), backend_type), ', '), 'nothing') "
        "FROM pg_stat_activity WHERE backend_type = 'autovacuum worker' OR backend_type = "
        "'checkpointer' AND wait_event_type IS DISTINCT FROM 'Activity'");
  }

  [[nodiscard]] std::int64_t calls_within(std::chrono::seconds window) const {
    const std::int64_t before = load_.acknowledged();
    std::this_thread::sleep_for(window);
    return load_.acknowledged() - before;
  }

  const server_load& load_;
  own_server& server_;
  std::int64_t first_ = 0, usual_ = 0;  // calls a second
  std::vector<std::chrono::nanoseconds> times_;
  std::size_t slow_ = 0;
};

}  // namespace

TEST_CASE("crash: a server that is killed under load has all that it has acknowledged",
          "[crash][server]") {
  if (!own_server::available()) return;
  own_server server;
  server.make();
  server_load load{persistence::database_url{server.url()}};
  const int blows = at_scale(10);
  monkey one{server};
  std::optional<recovery> recovers;
  if (at_scale(1) > 1) recovers.emplace(load, server);
  for (int blow = 0; blow < blows; ++blow) {
    CAPTURE(blow);
    constexpr int between = 100;
    const std::int64_t before = load.acknowledged();
    REQUIRE(eventually(
        [&] { return load.acknowledged() >= before + between || !load.refusal().empty(); }));
    REQUIRE(load.refusal() == "");
    if (recovers) recovers->note_usual();
    one.strike(blow);
    if (recovers) recovers->measure();
  }
  if (recovers) fmt::print("{}", recovers->text());
  std::fflush(stdout);
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

// Two clients, a worker and a drainer of two threads each wait for the one connection.
TEST_CASE("crash: engines with one connection each, for which all threads wait, lose nothing",
          "[crash][server]") {
  if (!postgresql_kept::available()) return;
  postgresql_kept database;
  const auto store = database.open();
  server_load load{database.url(), 1};
  REQUIRE(eventually([&] { return load.acknowledged() >= 500 || !load.refusal().empty(); }));
  // Beside them, as `nava verify` looks at a database in service.
  CHECK(faults_in(database.url()) == none);
  load.stop_clients();
  CHECK(load.refusal() == "");
  CHECK(load.all_complete(*store));
  load.stop_engines();
  const comparison found = load.compared_with(*store);
  CHECK(found.lost == none);
  CHECK(found.wrong == none);
  CHECK(faults_in(database.url()) == none);
}

// So that the ledger is believed where it finds nothing.
TEST_CASE("crash: the ledger names what a server has lost that does not wait for its disk",
          "[crash][server]") {
  if (!own_server::available()) return;
  own_server server{{"synchronous_commit=off", "wal_buffers=64MB"}};
  server.make();
  server_load load{persistence::database_url{server.url()}};
  constexpr int enough = 100;
  const auto await_calls = [&] {
    const std::int64_t before = load.acknowledged();
    REQUIRE(eventually([&] { return load.acknowledged() >= before + enough; }));
  };
  await_calls();
  {
    const auto writer = stopped_process::of(std::stoi(
        server.raw()->value("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'")));
    REQUIRE(writer);
    await_calls();
    server.end_at_once();
  }
  load.stop_clients();
  server.begin();
  load.stop_engines();
  const auto store = persistence::open_store(persistence::database_url{server.url()});
  const comparison found = load.compared_with(*store);
  CHECK(found.lost != none);
  CHECK(found.wrong == none);
}

TEST_CASE("crash: the ledger names what is there twice, in part, or was not asked for",
          "[crash][server]") {
  if (!postgresql_kept::available()) return;
  postgresql_kept database;
  const auto store = database.open();
  server_load load{database.url()};
  REQUIRE(eventually([&] { return load.acknowledged() >= 50; }));
  load.stop_clients();
  std::vector<std::string> done;
  for (const auto& order : load.orders())
    if (order.is_done) done.push_back(order.number);
  REQUIRE(done.size() >= 4);
  REQUIRE(load.all_complete(*store));
  load.stop_engines();
  REQUIRE(load.compared_with(*store).wrong == none);
  const auto session = raw_of(database);
  const auto names = [&](const std::string& sql, const std::string& text) {
    session->run("BEGIN");
    session->run(sql);
    session->run("COMMIT");
    const auto wrong = load.compared_with(*store).wrong;
    CAPTURE(wrong);
    CHECK(std::ranges::any_of(
        wrong, [&](const auto& line) { return line.find(text) != std::string::npos; }));
  };
  const auto of = [](const std::string& number) {
    return " WHERE workflow_id = (SELECT _id FROM workflow WHERE resource_id = '" + number + "')";
  };
  names("DELETE FROM workflow_mutation" + of(done[0]) + " AND seq = 2", "order " + done[0]);
  names("UPDATE workflow_step SET memory = '{\"answers\": [1, 1]}'" + of(done[1]) +
            " AND step_key = 'talk'",
        "order " + done[1] + ": answer 1 twice");
  names("UPDATE workflow_event SET event_name = 'letter'" + of(done[2]),
        "order " + done[2] + ": the letter twice");
  names("UPDATE workflow SET resource_id = 'x' WHERE resource_id = '" + done[3] + "'",
        "order x was not asked for");
}
