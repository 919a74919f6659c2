// SPDX-License-Identifier: Apache-2.0
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>

#include "persistence/connection/connection_pool.hpp"
#include "persistence/postgresql/connection/server_connection.hpp"
#include "support/eventually.hpp"
#include "support/postgresql_places.hpp"
#include "support/stopped_process.hpp"
#include "support/stores.hpp"
#include "support/units.hpp"
#include "support/wire_tap.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using postgresql::server_connection;

namespace {

constexpr auto timeout = 300ms;
constexpr auto grace = 1s;

const statement one{"SELECT 1", {}, 1};
const statement two{"SELECT 2", {}, 1};
const statement pid{"SELECT pg_backend_pid()", {}, 1};
const statement sleep_long{"SELECT pg_sleep(600)", {}, 1};
const statement echo{"SELECT cast(:text AS text)", {"text"}, 1};

connection_pool pool_at(const std::string& url) {
  return connection_pool{[url](deadline limit) {
                           return std::make_unique<server_connection>(database_url{url}, limit);
                         },
                         2, 10s};
}

std::string only_value(connection& on, const statement& what) {
  return on.execute(what).at(0).at(0).value();
}

// What `call` throws, which must come in time.
error error_in_time(const std::function<void()>& call) {
  const auto begin = deadline::clock::now();
  error thrown = error_of(call);
  CHECK(deadline::clock::now() - begin < timeout + grace);
  return thrown;
}

void check_no_answer(const error& thrown, error_kind kind) {
  INFO(thrown.what());
  CHECK(thrown.kind() == kind);
  CHECK_THAT(thrown.what(), Contains("before the deadline of the call"));
}

// A TCP address that takes no more connections: what it has no room for gets no answer at all.
class full_listener {
 public:
  full_listener() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) == 0);
    REQUIRE(::listen(listener_, 0) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) == 0);
    port_ = ntohs(address.sin_port);
    for (int& client : clients_) {
      client = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      (void)::connect(client, reinterpret_cast<sockaddr*>(&address), length);
    }
  }
  full_listener(const full_listener&) = delete;
  full_listener& operator=(const full_listener&) = delete;
  ~full_listener() {
    for (const int client : clients_) ::close(client);
    ::close(listener_);
  }

  [[nodiscard]] int port() const { return port_; }

 private:
  int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int clients_[4]{};
  int port_ = 0;
};

}  // namespace

TEST_CASE("postgresql deadline: whatever is not answered ends in time, and the pool works again",
          "[timed]") {
  if (!postgresql_schema::available()) return;
  wire_tap tap{postgresql_url()};
  auto pool = pool_at(tap.url());
  {
    const auto lease = pool.acquire(deadline::in(timeout));
    CHECK(only_value(*lease, one) == "1");
    tap.fall_silent();
    lease->bound(deadline::in(timeout));
    SECTION("a prepared statement that reads") {
      check_no_answer(error_in_time([&] { (void)lease->execute(one); }),
                      error_kind::connection_lost);
    }
    SECTION("one that writes, whose outcome nobody knows") {
      check_no_answer(error_in_time([&] { (void)lease->execute_write(one, {}); }),
                      error_kind::outcome_unknown);
    }
    SECTION("one that is to be prepared") {
      check_no_answer(error_in_time([&] { (void)lease->execute(two); }),
                      error_kind::connection_lost);
    }
    SECTION("a script") {
      check_no_answer(error_in_time([&] { lease->run_script("SELECT 1; SELECT 2"); }),
                      error_kind::connection_lost);
    }
    SECTION("an argument that no buffer on the way has room for") {
      const std::string large(64u << 20, 'x');
      check_no_answer(error_in_time([&] { (void)lease->execute(echo, {large}); }),
                      error_kind::connection_lost);
    }
    SECTION("nor is waited for what follows on the same connection") {
      (void)error_of([&] { (void)lease->execute(one); });
      lease->bound(deadline::never());
      check_no_answer(error_in_time([&] { lease->run_script("ROLLBACK"); }),
                      error_kind::connection_lost);
      CHECK_FALSE(lease->make_idle());
    }
  }
  tap.speak();
  CHECK(only_value(*pool.acquire(deadline::in(10s)), one) == "1");
  CHECK(pool.size() == 1);
}

TEST_CASE("postgresql deadline: a rollback on return to the pool is not waited for long",
          "[timed]") {
  if (!postgresql_schema::available()) return;
  wire_tap tap{postgresql_url()};
  auto pool = pool_at(tap.url());
  const auto begin = deadline::clock::now();
  {
    const auto lease = pool.acquire(deadline::in(timeout));
    lease->run_script("BEGIN");
    tap.fall_silent();
  }
  CHECK(deadline::clock::now() - begin < timeout + grace);
  CHECK(pool.size() == 0);
}

TEST_CASE("postgresql deadline: a server that says nothing is not waited for to connect",
          "[timed]") {
  if (!postgresql_schema::available()) return;
  wire_tap tap{postgresql_url()};
  auto pool = pool_at(tap.url());
  SECTION("from the first byte on") { tap.fall_silent(); }
  SECTION("from its greeting on, when the session is set up") {
    tap.fall_silent_before_next_reply();
  }
  const error thrown = error_in_time([&] { (void)pool.acquire(deadline::in(timeout)); });
  check_no_answer(thrown, error_kind::connection_lost);
  CHECK(pool.size() == 0);
  tap.speak();
  CHECK(only_value(*pool.acquire(deadline::in(10s)), one) == "1");
}

TEST_CASE("postgresql deadline: an address without an answer is given up for the next one",
          "[timed]") {
  if (!postgresql_schema::available()) return;
  const full_listener full;
  wire_tap tap{postgresql_url()};
  const database_url there{tap.url()};
  // The tap listens at the port 5432 of its directory.
  const std::string url =
      with_parameter(tap.url(), "port=" + std::to_string(full.port()) + ",5432");
  const std::string directory = url.substr(url.find("host=") + 5);
  const std::string hosts = "127.0.0.1," + directory.substr(0, directory.find('&'));
  server_connection made{
      database_url{with_parameter(with_parameter(url, "host=" + hosts) + "&hostaddr=127.0.0.1,",
                                  "connect_timeout=1")},
      deadline::in(10s)};
  CHECK(only_value(made, one) == "1");
}

TEST_CASE("postgresql deadline: an address without an answer is named when there is no other",
          "[timed]") {
  const full_listener full;
  const std::string url = "postgresql://127.0.0.1:" + std::to_string(full.port()) +
                          "/db?sslmode=disable&connect_timeout=1";
  const error thrown = error_of([&] { (void)server_connection{database_url{url}}; });
  CHECK(thrown.kind() == error_kind::connection_lost);
  CHECK_THAT(thrown.what(), Contains("no answer within connect_timeout: 127.0.0.1"));
}

TEST_CASE("postgresql deadline: a process of the server that is stopped keeps nobody", "[timed]") {
  if (!postgresql_schema::available()) return;
  auto pool = pool_at(postgresql_url());
  {
    const auto lease = pool.acquire(deadline::in(10s));
    const auto stopped = stopped_process::of(std::stoi(only_value(*lease, pid)));
    if (!stopped) return;
    lease->bound(deadline::in(timeout));
    check_no_answer(error_in_time([&] { (void)lease->execute_write(one, {}); }),
                    error_kind::outcome_unknown);
  }
  CHECK(only_value(*pool.acquire(deadline::in(10s)), one) == "1");
}

TEST_CASE("postgresql deadline: a store is opened in time or not at all", "[timed]") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  (void)database.open();
  const auto holder = database.raw();
  holder->run("BEGIN");
  holder->run("LOCK TABLE nava_migration IN ACCESS EXCLUSIVE MODE");
  // So that nothing but the client's deadline ends the wait.
  const database_url url{
      with_parameter(database.url().location(),
                     "options=-c%20lock_timeout%3D0%20-c%20statement_timeout%3D0"),
      database.schema()};
  using policy = store_options::schema_policy;
  for (const policy on_older : {policy::migrate, policy::expect})
    check_no_answer(error_in_time([&] {
                      (void)open_store(url, {.on_older = on_older, .call_timeout = timeout});
                    }),
                    error_kind::connection_lost);
  holder->run("ROLLBACK");
  CHECK(open_store(url)->list({}).workflows.empty());
}

TEST_CASE("postgresql deadline: the server gives up before the call does, unless others say when") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  migrate(database.url(), database.options());
  const auto raw = database.raw();
  raw->run("CREATE TABLE seen (number integer GENERATED ALWAYS AS IDENTITY, setting text)");
  raw->run(
      "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN EXECUTE format('INSERT "
      "INTO %I.seen (setting) VALUES ($1)', TG_TABLE_SCHEMA) USING "
      "current_setting('statement_timeout'); RETURN NEW; END$$");
  raw->run("CREATE TRIGGER look AFTER INSERT ON workflow FOR EACH ROW EXECUTE FUNCTION look()");
  std::uint64_t number = 0;
  const auto seen_within = [&](std::chrono::milliseconds call_timeout, const std::string& options) {
    const database_url url{options.empty()
                               ? database.url().location()
                               : with_parameter(database.url().location(), "options=" + options),
                           database.schema()};
    const auto store = open_store(url, {.call_timeout = call_timeout});
    CHECK(store->create(first_unit(++number)) == commit_result::applied);
    return raw->value("SELECT setting FROM seen ORDER BY number DESC LIMIT 1");
  };
  CHECK(seen_within(30s, "") == "25s");
  CHECK(seen_within(6s, "") == "5s");
  CHECK(seen_within(30s, "-c%20statement_timeout%3D7s") == "7s");
}

TEST_CASE("postgresql deadline: the server ends a statement that nobody waits for any more",
          "[timed]") {
  if (!postgresql_schema::available()) return;
  const postgresql_schema database;
  const auto raw = database.raw();
  auto pool = pool_at(postgresql_url());
  std::string backend;
  {
    const auto lease = pool.acquire(deadline::in(10s));
    backend = only_value(*lease, pid);
    lease->bound(deadline::in(timeout));
    check_no_answer(error_in_time([&] { (void)lease->execute(sleep_long); }),
                    error_kind::connection_lost);
  }
  CHECK(eventually([&] {
    return raw->value("SELECT count(*) FROM pg_stat_activity WHERE pid = " + backend) == "0";
  }));
}

TEST_CASE("postgresql deadline: a write whose answer is lost may be done, and is said to",
          "[timed]") {
  if (!postgresql_schema::available()) return;
  const postgresql_schema database;
  const auto raw = database.raw();
  const std::string table = "public." + database.schema();
  raw->run("CREATE TABLE " + table + " AS SELECT 1 AS n");
  const statement count{"UPDATE " + table + " SET n = n + 1 RETURNING n", {}, 1};
  wire_tap tap{postgresql_url()};
  server_connection on{database_url{tap.url()}};
  CHECK(only_value(on, count) == "2");
  on.bound(deadline::in(timeout));
  tap.fall_silent_before_next_reply();
  const error thrown = error_in_time([&] { (void)on.execute_write(count, {}); });
  check_no_answer(thrown, error_kind::outcome_unknown);
  CHECK_THAT(thrown.what(), Contains("may or may not be done"));
  CHECK(eventually([&] { return raw->value("SELECT n FROM " + table) == "3"; }));
  raw->run("DROP TABLE " + table);
}
