// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <atomic>
#include <fstream>
#include <latch>
#include <nava/schema/text.hpp>
#include <optional>
#include <sstream>
#include <thread>

#include "persistence/connection/connection_pool.hpp"
#include "persistence/sqlite/connection/file_connection.hpp"
#include "support/files.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

const statement foreign_keys{"PRAGMA foreign_keys", {}, 1};
const statement synchronous{"PRAGMA synchronous", {}, 1};
const statement journal_mode{"PRAGMA journal_mode", {}, 1};
const statement echo{"SELECT :first, :second", {"first", "second"}, 2};

std::string only_value(connection& on, const statement& what) {
  return on.execute(what).at(0).at(0).value();
}

void check_sound(raw_session& raw) {
  CHECK(raw.run("PRAGMA integrity_check") == sql_rows{{"ok"}});
  CHECK(raw.run("PRAGMA foreign_key_check").empty());
}

}  // namespace

TEST_CASE("sqlite: every session of a store keeps foreign keys and syncs fully") {
  sqlite_file database;
  const auto store = database.open();
  using sqlite::access;
  for (const auto how : {access::write, access::read, access::plain}) {
    sqlite::file_connection session{database.url(), how, std::chrono::seconds{1}};
    CHECK(only_value(session, foreign_keys) == "1");
    CHECK(only_value(session, synchronous) == "2");
    CHECK(only_value(session, journal_mode) == "wal");
  }
}

TEST_CASE("sqlite: a store that waits without end is opened at once") {
  constexpr auto endless = std::chrono::milliseconds::max();
  const sqlite_file database;
  for (const auto& url : {database.url(), database_url{"sqlite::memory:"}}) {
    const auto store = open_store(url, {.call_timeout = endless, .connection_wait = endless});
    CHECK(store->create(first_unit(1)) == commit_result::applied);
    CHECK(store->list({}).workflows.size() == 1);
  }
}

TEST_CASE("sqlite: a session that reads cannot write") {
  sqlite_file database;
  const auto store = database.open();
  sqlite::file_connection session{database.url(), sqlite::access::read, std::chrono::seconds{1}};
  CHECK_THROWS_AS(session.run_script("DELETE FROM workflow"), error);
  CHECK_THROWS_AS(session.run_script("CREATE TABLE t (i INTEGER)"), error);
}

TEST_CASE("sqlite: what is prepared is known by the id of its statement") {
  sqlite::file_connection session{database_url{"sqlite::memory:"}, sqlite::access::write,
                                  std::chrono::seconds{1}};
  std::optional<statement> one_place;
  for (const int i : {7, 8, 9}) {
    one_place.emplace(fmt::format("SELECT {}", i), std::vector<std::string>{}, 1);
    CHECK(only_value(session, *one_place) == std::to_string(i));
  }
}

TEST_CASE("sqlite: arguments go in and come out as they are") {
  sqlite::file_connection session{database_url{"sqlite::memory:"}, sqlite::access::write,
                                  std::chrono::seconds{1}};
  for (const std::string text : {"", ":name", "12:30", "a::b", ":first :second", "?1", "'", "\\"}) {
    const auto rows = session.execute(echo, {text, std::nullopt});
    REQUIRE(rows.size() == 1);
    CHECK(rows.front().at(0) == text);
    CHECK_FALSE(rows.front().at(1));
  }
}

TEST_CASE("sqlite: a transaction left open is rolled back on return to the pool") {
  sqlite_file database;
  const auto store = database.open();
  connection_pool pool{[&](deadline) {
                         return std::make_unique<sqlite::file_connection>(
                             database.url(), sqlite::access::write, std::chrono::seconds{1});
                       },
                       1, std::chrono::seconds{1}};
  pool.acquire()->run_script("BEGIN IMMEDIATE; CREATE TABLE left_open (i INTEGER)");
  CHECK(pool.size() == 1);
  CHECK(database.raw()->run("SELECT 1 FROM sqlite_master WHERE name = 'left_open'").empty());
  check_usable(*store);
}

TEST_CASE("sqlite: the ten foreign keys have their names, actions and target") {
  sqlite_file database;
  const auto store = database.open();
  const auto raw = database.raw();
  int keys = 0;
  for (const auto& table : raw->run("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    for (const auto& key : raw->run("SELECT \"table\", \"from\", \"to\", on_update, on_delete FROM "
                                    "pragma_foreign_key_list('" +
                                    table[0] + "')")) {
      CHECK(key ==
            std::vector<std::string>{"workflow", "workflow_id", "_id", "CASCADE", "CASCADE"});
      CHECK_THAT(table[1], Catch::Matchers::Contains("CONSTRAINT \"fk_" + table[0] +
                                                     "_workflow_id\" FOREIGN KEY"));
      ++keys;
    }
  CHECK(keys == 10);
}

TEST_CASE("sqlite: a delete finds the rows of each child by an index") {
  sqlite_file database;
  const auto store = database.open();
  const auto raw = database.raw();
  for (const auto& table :
       raw->run("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'workflow\\__%' "
                "ESCAPE '\\' AND name NOT IN ('workflow_definition', 'workflow_inbox', "
                "'workflow_rate', 'workflow_slot', 'workflow_tombstone')")) {
    const auto plan =
        raw->run("EXPLAIN QUERY PLAN DELETE FROM " + table[0] + " WHERE workflow_id = 'x'");
    REQUIRE(plan.size() == 1);
    CHECK_THAT(plan[0].back(), Catch::Matchers::StartsWith("SEARCH"));
  }
}

TEST_CASE("sqlite: a workflow whose id changes takes the rows of all ten tables along") {
  sqlite_file database;
  const auto store = database.open();
  const auto unit = first_unit(1);
  REQUIRE(store->create(unit) == commit_result::applied);
  const uuid other = id_of(id_kind::workflow, 2);
  database.raw()->run("UPDATE workflow SET _id = '" + schema::to_text(other) + "'");
  for (const auto& count : store->count_rows(unit.workflow.id)) CHECK(count.rows == 0);
  for (const auto& count : store->count_rows(other)) CHECK(count.rows > 0);
  check_sound(*database.raw());
}

TEST_CASE("sqlite: the file is sound after a mixed load") {
  sqlite_file database;
  const auto store = database.open();
  for (std::uint64_t number = 1; number <= 50; ++number) {
    auto unit = first_unit(number);
    REQUIRE(store->create(unit) == commit_result::applied);
    for (int i = 0; i < 3; ++i) {
      unit = next_unit(unit);
      REQUIRE(store->commit(unit) == commit_result::applied);
    }
    REQUIRE(store->load(unit.workflow.id));
    if (number % 3 == 0) REQUIRE(store->erase(unit.workflow.id));
  }
  check_sound(*database.raw());
}

TEST_CASE("sqlite: two stores share a file from two threads") {
  constexpr int decisions = 40;
  sqlite_file database;
  REQUIRE(database.open()->create(first_unit(1)) == commit_result::applied);
  std::atomic<int> applied = 0;
  std::latch start{2};
  {
    std::vector<std::jthread> running;
    for (std::uint64_t thread = 0; thread < 2; ++thread)
      running.emplace_back([&, thread] {
        const auto store = database.open();
        start.arrive_and_wait();
        auto unit = first_unit(10 + thread);
        applied += store->create(unit) == commit_result::applied ? 1 : 0;
        for (int i = 1; i < decisions; ++i) {
          unit = next_unit(unit);
          applied += store->commit(unit) == commit_result::applied ? 1 : 0;
        }
      });
  }
  CHECK(applied == 2 * decisions);
  check_sound(*database.raw());
}

TEST_CASE("sqlite: waiting for another writer ends as contention, and nothing is written",
          "[timed]") {
  sqlite_file database;
  database.options().call_timeout = std::chrono::milliseconds{300};
  const auto store = database.open();
  const auto first = first_unit(1);
  REQUIRE(store->create(first) == commit_result::applied);
  const auto blocker = database.raw();
  blocker->run("BEGIN IMMEDIATE");
  CHECK(error_of([&] { (void)store->commit(next_unit(first)); }).kind() == error_kind::contention);
  CHECK(store->load(first.workflow.id).value().state.workflow.revision == 1);
  blocker->run("ROLLBACK");
  CHECK(store->commit(next_unit(first)) == commit_result::applied);
}

TEST_CASE("sqlite: a file that is not a database is refused and left alone") {
  const temporary_directory directory;
  const auto file = directory.path() / "notes.txt";
  for (const std::string& content : {std::string{"hello"}, std::string(10'000, 'x')})
    for (const auto policy :
         {store_options::schema_policy::migrate, store_options::schema_policy::expect}) {
      write(file, content);
      const database_url url{"sqlite:" + file.string()};
      const error thrown = error_of([&] { (void)open_store(url, {.on_older = policy}); });
      CHECK(thrown.kind() == error_kind::invalid_input);
      CHECK(error_of([&] { migrate(url); }).kind() == error_kind::invalid_input);
      CHECK(content_of(file) == content);
    }
}

TEST_CASE("sqlite: a path may hold whatever a file name may") {
  for (const std::string name :
       {"with space.db", "a=b.db", "it's.db", "semi;colon.db", "back\\slash.db", "tail\\",
        "dbname=x timeout=3.db", "50%.db", "my%20file.db", "q?.db", "q?=1", "#1.db", "Zürich.db",
        "file:x.db", ":memory:", "double\"quote.db"}) {
    sqlite_file database{name};
    const auto store = database.open();
    CHECK(store->create(first_unit(1)) == commit_result::applied);
    CHECK(std::filesystem::exists(database.path()));
    CHECK(database.open()->load(first_unit(1).workflow.id));
  }
}

TEST_CASE("sqlite: a folder that does not exist is not found, and is not made") {
  const temporary_directory directory;
  const auto folder = directory.path() / "missing";
  const database_url url{"sqlite:" + (folder / "nava.db").string()};
  CHECK(error_of([&] { (void)open_store(url); }).kind() == error_kind::not_found);
  CHECK(error_of([&] { migrate(url); }).kind() == error_kind::not_found);
  CHECK_FALSE(std::filesystem::exists(folder));
}

TEST_CASE("sqlite: a folder is no database") {
  const temporary_directory directory;
  const database_url url{"sqlite:" + directory.path().string()};
  CHECK(error_of([&] { (void)open_store(url); }).kind() == error_kind::invalid_input);
}

TEST_CASE("sqlite: a database in memory is gone with its store, and is not a file") {
  const sqlite_memory database;
  REQUIRE(database.open()->create(first_unit(1)) == commit_result::applied);
  CHECK(database.open()->list({}).workflows.empty());
  CHECK_FALSE(std::filesystem::exists(":memory:"));
}
