// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <functional>
#include <future>
#include <latch>
#include <nava/inspection/schema_check.hpp>
#include <nava/persistence/migration.hpp>
#include <nava/persistence/partitions.hpp>
#include <nava/schema/database.hpp>
#include <nava/schema/workflow_database.hpp>

#include "persistence/migration/migrator.hpp"
#include "persistence/postgresql/connection/server_connection.hpp"
#include "support/postgresql_places.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::inspection;
using namespace nava::persistence;
using namespace nava::test;
using Catch::Matchers::Contains;

namespace {

const auto& description = schema::workflow_database<>::description;

// A database of an encoding of its own.
class encoded_database {
 public:
  explicit encoded_database(std::string_view encoding)
      : name_(beside_.schema() + "_encoded"), session_(beside_.raw()) {
    session_->run(
        fmt::format("CREATE DATABASE {} ENCODING '{}' LC_COLLATE 'C' LC_CTYPE 'C' "
                    "TEMPLATE template0",
                    name_, encoding));
  }
  encoded_database(const encoded_database&) = delete;
  encoded_database& operator=(const encoded_database&) = delete;
  ~encoded_database() {
    try {
      session_->run(fmt::format("DROP DATABASE {} WITH (FORCE)", name_));
    } catch (const std::runtime_error& failure) {
      WARN(failure.what());
    }
  }

  [[nodiscard]] database_url url() const {
    return database_url{with_parameter(postgresql_url(), "dbname=" + name_)};
  }

 private:
  postgresql_schema beside_;
  std::string name_;
  std::unique_ptr<raw_session> session_;
};

// Another program makes the type that a table has too, and is gone at the next try.
class raced_connection : public postgresql::server_connection {
 public:
  raced_connection(const database_url& url, const postgresql_schema& place)
      : server_connection(url), place_(place) {}

  void run_script(const std::string& sql) override {
    if (sql.find("LOCK TABLE") == std::string::npos || races_++ > 0)
      return server_connection::run_script(sql);
    const auto other = place_.raw();
    const std::string type = "\"" + place_.schema() + "\".nava_migration";
    other->run("CREATE TYPE " + type + " AS ENUM ()");
    try {
      server_connection::run_script(sql);
    } catch (const error& lost) {
      state = lost.sqlstate();
      server_connection::run_script("ROLLBACK");
      other->run("DROP TYPE " + type);
      throw;
    }
  }

  std::string state;

 private:
  const postgresql_schema& place_;
  int races_ = 0;
};

}  // namespace

TEST_CASE("postgresql place: a database that lacks characters is told at migrate and check") {
  if (!postgresql_schema::available()) return;
  const encoded_database database{"LATIN1"};
  for (const auto& call : std::vector<std::function<void()>>{
           [&] { (void)migrate(database.url()); },
           [&] {
             (void)open_store(database.url(), {.on_older = store_options::schema_policy::migrate});
           }}) {
    const error refused = error_of(call);
    CHECK(refused.kind() == error_kind::invalid_input);
    CHECK_THAT(refused.what(), Contains("LATIN1") && Contains("ENCODING 'UTF8'"));
  }
  const auto found = check_schema(database.url(), description);
  REQUIRE(found.size() == 2);
  CHECK(found[0].rule == "encoding");
  CHECK(found[0].how_bad == inspection::severity::error);
  CHECK(found[1].rule == "missing-schema");
}

TEST_CASE("postgresql place: a database without an encoding works, with a warning") {
  if (!postgresql_schema::available()) return;
  const encoded_database database{"SQL_ASCII"};
  CHECK(migrate(database.url()).version_before == 0);
  check_usable(*open_store(database.url()));
  const auto found = check_schema(database.url(), description);
  REQUIRE(found.size() == 1);
  CHECK(found[0].rule == "encoding");
  CHECK(found[0].how_bad == inspection::severity::warning);
}

TEST_CASE("postgresql place: the server's own schemas are refused by every call") {
  for (const std::string name :
       {"information_schema", "pg_catalog", "pg_toast", "pg_temp", "pg_x"}) {
    const database_url nowhere{"postgresql:///db?host=%2Fno%2Fsuch%2Fplace", name};
    for (const auto& call : std::vector<std::function<void()>>{
             [&] { (void)open_store(nowhere); }, [&] { (void)migrate(nowhere); },
             [&] { (void)migrate_to(nowhere, 0, data_loss::accept); },
             [&] { (void)read_migrations(nowhere); },
             [&] { (void)check_schema(nowhere, description); },
             [&] { (void)maintain_partitions(nowhere); }}) {
      const error refused = error_of(call);
      CHECK(refused.kind() == error_kind::invalid_input);
      CHECK_THAT(refused.what(), Contains(name));
    }
  }
}

TEST_CASE("postgresql place: programs that start at once all work, whatever the isolation") {
  if (!postgresql_schema::available()) return;
  constexpr int programs = 6;
  const std::string level = GENERATE("serializable", "repeatable%20read");
  const database_url url{with_parameter(
      postgresql_url(), "options=-c%20default_transaction_isolation%3D" +
                            (level == "serializable" ? level : "repeatable\\%20read"))};
  for (int round = 0; round < 5; ++round) {
    postgresql_schema database;
    std::latch start{programs};
    std::vector<std::future<commit_result>> results;
    for (std::uint64_t i = 1; i <= programs; ++i)
      results.push_back(std::async(std::launch::async, [&, i] {
        start.arrive_and_wait();
        return open_store(url.in_schema(database.schema()), database.options())
            ->create(first_unit(i));
      }));
    for (auto& result : results) CHECK(result.get() == commit_result::applied);
  }
}

TEST_CASE("postgresql place: a type that another program made first does not end a migration") {
  if (!postgresql_schema::available()) return;
  const postgresql_schema database;
  database.raw()->run("CREATE SCHEMA \"" + database.schema() + "\"");
  raced_connection on{database.url(), database};
  const migrator migrator{database.url()};
  CHECK(migrator.migrate(on, database.url()).version_before == 0);
  CHECK(on.state == "42710");
}
