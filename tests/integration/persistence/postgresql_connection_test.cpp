// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <optional>

#include "persistence/connection/connection_pool.hpp"
#include "persistence/postgresql/connection/server_connection.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

const statement select_one{"SELECT 1", {}, 1};
const statement tables_named{"SELECT count(*) FROM pg_tables WHERE tablename = :name", {"name"}, 1};
const statement echo{"SELECT cast(:first AS text), cast(:second AS text)", {"first", "second"}, 2};
const statement as_uuid{"SELECT cast(:value AS uuid)", {"value"}, 1};
const statement unknown_table{"SELECT * FROM no_such_table WHERE name = :name", {"name"}, 1};

connection_pool pool_of(std::size_t connections_max, std::chrono::milliseconds wait) {
  return connection_pool{[](deadline) {
                           return std::make_unique<persistence::postgresql::server_connection>(
                               database_url{postgresql_url()});
                         },
                         connections_max, wait};
}

std::string only_value(connection& on, const statement& what,
                       std::initializer_list<connection::argument> arguments = {}) {
  return on.execute(what, arguments).at(0).at(0).value();
}

}  // namespace

TEST_CASE("postgresql connection: a transaction left open is rolled back on return to the pool") {
  if (!postgresql_schema::available()) return;
  auto pool = pool_of(1, std::chrono::seconds{5});
  const std::string table = postgresql_schema{}.schema();
  {
    const auto lease = pool.acquire();
    lease->run_script("BEGIN; CREATE TABLE public." + table + " (id int)");
    CHECK(only_value(*lease, tables_named, {table}) == "1");
  }
  CHECK(only_value(*pool.acquire(), tables_named, {table}) == "0");
  CHECK(pool.size() == 1);
}

TEST_CASE("postgresql connection: a transaction that failed does not poison the next lease") {
  if (!postgresql_schema::available()) return;
  auto pool = pool_of(1, std::chrono::seconds{5});
  {
    const auto lease = pool.acquire();
    CHECK(only_value(*lease, select_one) == "1");
    lease->run_script("BEGIN");
    CHECK(error_of([&] { lease->execute(unknown_table, {"x"}); }).sqlstate() == "42P01");
    CHECK(error_of([&] { lease->execute(select_one); }).sqlstate() == "25P02");
  }
  CHECK(only_value(*pool.acquire(), select_one) == "1");
  CHECK(pool.size() == 1);
}

TEST_CASE("postgresql connection: timeouts are ours where nobody set one") {
  if (!postgresql_schema::available()) return;
  static const statement timeouts{
      "SELECT current_setting('statement_timeout') || ' ' || current_setting('lock_timeout') || ' "
      "' "
      "|| current_setting('TimeZone')",
      {},
      1};
  persistence::postgresql::server_connection ours{database_url{postgresql_url()}};
  CHECK(only_value(ours, timeouts) == "1min 10s UTC");

  persistence::postgresql::server_connection theirs{database_url{with_parameter(
      postgresql_url(), "options=-c%20statement_timeout%3D5s%20-c%20lock_timeout%3D0")}};
  CHECK(only_value(theirs, timeouts) == "5s 0 UTC");
}

TEST_CASE("postgresql connection: the environment of libpq holds") {
  if (!postgresql_schema::available()) return;
  static const statement read_only{"SHOW default_transaction_read_only", {}, 1};
  setenv("PGOPTIONS", "-c default_transaction_read_only=on", 1);
  persistence::postgresql::server_connection session{database_url{postgresql_url()}};
  unsetenv("PGOPTIONS");
  CHECK(only_value(session, read_only) == "on");
}

TEST_CASE("postgresql connection: a statement refuses another number of arguments") {
  if (!postgresql_schema::available()) return;
  persistence::postgresql::server_connection session{database_url{postgresql_url()}};
  CHECK_THROWS_AS(session.execute(echo, {"one"}), std::logic_error);
  CHECK_THROWS_AS(session.execute(select_one, {"one"}), std::logic_error);
  CHECK(only_value(session, select_one) == "1");
}

TEST_CASE("postgresql connection: an exhausted pool is contention once the wait is over") {
  if (!postgresql_schema::available()) return;
  auto pool = pool_of(2, std::chrono::milliseconds{20});
  const auto first = pool.acquire();
  {
    const auto second = pool.acquire();
    const auto begin = std::chrono::steady_clock::now();
    CHECK(error_of([&] { (void)pool.acquire(); }).kind() == error_kind::contention);
    CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds{20});
  }
  CHECK(only_value(*pool.acquire(), select_one) == "1");
  CHECK(pool.size() == 2);
}

TEST_CASE("postgresql connection: arguments go in and come out as they are") {
  if (!postgresql_schema::available()) return;
  persistence::postgresql::server_connection connection{database_url{postgresql_url()}};
  for (const std::string text : {"", ":name", "12:30", "a::b", ":first :second", "$1", "'", "\\"}) {
    const auto rows = connection.execute(echo, {text, std::nullopt});
    REQUIRE(rows.size() == 1);
    CHECK(rows.front().at(0) == text);
    CHECK_FALSE(rows.front().at(1));
  }
}

TEST_CASE("postgresql connection: what is prepared is known by the id of its statement") {
  if (!postgresql_schema::available()) return;
  persistence::postgresql::server_connection connection{database_url{postgresql_url()}};
  std::optional<statement> one_place;
  for (const int i : {7, 8, 9}) {
    one_place.emplace(fmt::format("SELECT {}", i), std::vector<std::string>{}, 1);
    CHECK(only_value(connection, *one_place) == std::to_string(i));
  }
  statement moved = select_one;
  const std::vector<statement> copies{select_one, moved, std::move(moved)};
  for (const statement& each : copies) CHECK(only_value(connection, each) == "1");
  const statement prepared{
      "SELECT count(*) FROM pg_prepared_statements WHERE statement = :text", {"text"}, 1};
  CHECK(only_value(connection, prepared, {"SELECT 1"}) == "1");
}

TEST_CASE("postgresql connection: the text of an error never holds a bound value") {
  if (!postgresql_schema::available()) return;
  persistence::postgresql::server_connection connection{database_url{postgresql_url()}};
  for (const statement* failing : {&as_uuid, &unknown_table}) {
    const error thrown = error_of([&] { connection.execute(*failing, {"s3cret"}); });
    CHECK_FALSE(thrown.sqlstate().empty());
    CHECK_THAT(thrown.what(), !Catch::Matchers::Contains("s3cret"));
    CHECK_THAT(thrown.what(), !Catch::Matchers::Contains("\n"));
  }
  CHECK(only_value(connection, select_one) == "1");
}

TEST_CASE("postgresql connection: every error about a table that is gone names it") {
  if (!postgresql_schema::available()) return;
  const postgresql_schema database;
  const std::string table = "public." + database.schema();
  const statement all{"SELECT n FROM " + table, {}, 1};
  const statement all_binary{"SELECT n FROM " + table, {}, 1, true};
  persistence::postgresql::server_connection connection{database_url{postgresql_url()}};
  connection.run_script("CREATE TABLE " + table + " (n text)");
  CHECK(connection.execute(all).empty());
  CHECK(connection.execute(all_binary).empty());
  connection.run_script("DROP TABLE " + table);
  for (int time = 0; time < 3; ++time)
    for (const statement* gone : {&all, &all_binary}) {
      const error thrown = error_of([&] { connection.execute(*gone); });
      CHECK(thrown.sqlstate() == "42P01");
      CHECK_THAT(thrown.what(), Catch::Matchers::Contains(table));
    }
}

TEST_CASE("postgresql connection: no error is a code alone") {
  if (!postgresql_schema::available()) return;
  persistence::postgresql::server_connection connection{database_url{postgresql_url()}};
  connection.run_script(
      "CREATE TEMPORARY TABLE t (n int NOT NULL CHECK (n > 0) UNIQUE, u uuid, v varchar(1), "
      "EXCLUDE "
      "(v WITH =)); INSERT INTO t VALUES (7, NULL, 'a')");
  for (const std::string sql :
       {"SELECT 1/0", "INSERT INTO t VALUES (NULL)", "INSERT INTO t VALUES (-1)",
        "INSERT INTO t VALUES (7)", "INSERT INTO t VALUES (8, NULL, 'a')",
        "INSERT INTO t VALUES (9, 'x')", "INSERT INTO t VALUES (9, NULL, 'xx')",
        "SELECT cast('x' AS timestamptz)", "SELECT cast('2026-13-13' AS date)",
        "SELECT cast(1e9 AS smallint)", "SELECT chr(0)", "SELECT 'x'::jsonb", "SELECT sqrt(-1)",
        "SELECT nothing", "SELEC 1", "", "SET no_such_setting = 1", "SELECT cast('{' AS int[])"}) {
    INFO(sql);
    const statement prepared{sql, {}, 1};
    if (sql.empty()) {
      CHECK_NOTHROW(connection.run_script(sql));
      CHECK_NOTHROW(connection.run_script("-- nothing to do"));
      continue;
    }
    for (const error& thrown : {error_of([&] { connection.execute(prepared); }),
                                error_of([&] { connection.run_script(sql); })}) {
      const std::string text = thrown.what();
      INFO(text);
      const std::size_t code = text.find("(SQLSTATE " + thrown.sqlstate() + "): ");
      CHECK(thrown.sqlstate().size() == 5);
      CHECK(code != std::string::npos);
      CHECK(text.size() > code + std::string{"(SQLSTATE 00000): "}.size());
    }
  }
}

TEST_CASE("postgresql connection: a script that copies from the program is refused") {
  if (!postgresql_schema::available()) return;
  for (const std::string sql :
       {"CREATE TEMPORARY TABLE t (n int); COPY t FROM STDIN", "COPY (SELECT 1) TO STDOUT"}) {
    persistence::postgresql::server_connection connection{database_url{postgresql_url()}};
    const error thrown = error_of([&] { connection.run_script(sql); });
    CHECK(thrown.kind() == error_kind::invalid_input);
    CHECK_THAT(thrown.what(), Catch::Matchers::Contains("COPY"));
    CHECK_FALSE(connection.make_idle());
  }
}

TEST_CASE("postgresql connection: a session that the server ended says why") {
  if (!postgresql_schema::available()) return;
  static const statement own_pid{"SELECT pg_backend_pid()", {}, 1};
  const postgresql_schema database;
  persistence::postgresql::server_connection connection{database_url{postgresql_url()}};
  database.raw()->run("SELECT pg_terminate_backend(" + only_value(connection, own_pid) +
                      ", 10000)");
  const error thrown = error_of([&] { connection.execute_write(own_pid, {}); });
  CHECK(thrown.kind() == error_kind::outcome_unknown);
  CHECK_THAT(thrown.what(), Catch::Matchers::Contains("administrator command"));
}

TEST_CASE("postgresql connection: every session has its bounds and speaks UTC") {
  if (!postgresql_schema::available()) return;
  persistence::postgresql::server_connection connection{database_url{postgresql_url()}};
  const statement setting{"SELECT current_setting(:name)", {"name"}, 1};
  CHECK(only_value(connection, setting, {"TimeZone"}) == "UTC");
  CHECK(only_value(connection, setting, {"client_encoding"}) == "UTF8");
  CHECK(only_value(connection, setting, {"synchronous_commit"}) == "on");
  for (const std::string name :
       {"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"})
    CHECK(only_value(connection, setting, {name}) != "0");
}
