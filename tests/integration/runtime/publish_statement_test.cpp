// SPDX-License-Identifier: Apache-2.0
#include <libpq-fe.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <memory>
#include <nava/nava.hpp>
#include <vector>

#include "support/backends.hpp"
#include "support/eventually.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

// Each payment is noted in the memory of its loan.
definition loan() {
  definition_builder loan{"loan", revision{1}};
  loan.stage("s", "Stage");
  loan.step("paying", {.stage = "s"});
  loan.on_started([](workflow_context& on) { on.add_step("paying"); });
  loan.on("paid", [](workflow_context& on, const event& paid) {
    on.message(std::string{paid.data.at("note").as_string()});
  });
  return loan.build();
}

event paid(const std::string& note) {
  return {.name = "paid",
          .resource = {"loan", "it's 7"},
          .key = note,
          .args = {{"sender", "O'Hara"}},
          .data = {{"note", note}, {"amount", 12.5}},
          .at = timestamp{std::chrono::microseconds{1'700'000'000'000'001}}};
}

// A session of the application's, which knows nothing of Nava.
class application {
 public:
  virtual ~application() = default;
  virtual void run(const std::string& sql) = 0;
  virtual void run(const sql_statement& what) = 0;
};

class libpq_application : public application {
 public:
  explicit libpq_application(const test_database& database)
      : connection_(PQconnectdb(database.url().location().c_str()), &PQfinish) {
    REQUIRE(PQstatus(connection_.get()) == CONNECTION_OK);
  }
  void run(const std::string& sql) override { run(sql_statement{sql, {}}); }
  void run(const sql_statement& what) override {
    std::vector<const char*> values;
    for (const auto& each : what.parameters)
      values.push_back(each.value ? each.value->c_str() : nullptr);
    const std::unique_ptr<PGresult, decltype(&PQclear)> result{
        PQexecParams(connection_.get(), what.text.c_str(), static_cast<int>(values.size()), nullptr,
                     values.data(), nullptr, nullptr, 0),
        &PQclear};
    INFO(PQerrorMessage(connection_.get()));
    REQUIRE(PQresultStatus(result.get()) == PGRES_COMMAND_OK);
  }

 private:
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

class soci_application : public application {
 public:
  explicit soci_application(const test_database& database)
      : session_(
            database.url().backend() == persistence::backend::sqlite
                // Another session may be committing.
                ? soci::connection_parameters{soci::sqlite3,
                                              "dbname=" + database.url().location() + " timeout=10"}
                : soci::connection_parameters{soci::postgresql, database.url().location()}) {}
  void run(const std::string& sql) override { session_ << sql; }
  void run(const sql_statement& what) override {
    std::vector<std::string> values;
    std::vector<soci::indicator> are_there;
    for (const auto& each : what.parameters) {
      values.push_back(each.value.value_or(""));
      are_there.push_back(each.value ? soci::i_ok : soci::i_null);
    }
    soci::statement prepared{session_};
    for (std::size_t i = 0; i < values.size(); ++i)
      prepared.exchange(soci::use(values[i], are_there[i], what.parameters[i].name));
    prepared.alloc();
    prepared.prepare(what.text);
    prepared.define_and_bind();
    prepared.execute(true);
  }

 private:
  soci::session session_;
};

lines noted(persistence::store& stored, const uuid& loan) {
  lines all;
  for (const auto& message : stored.history(loan).value().messages) all.push_back(message.content);
  return all;
}

void check_publishing(const test_database& database, application& outside, sql_client client) {
  const std::shared_ptr<persistence::store> stored = database.open();
  runtime run{stored, {loan()}};
  const uuid id = run.start("loan", {"loan", "it's 7"}).workflow_id;
  const std::string schema =
      database.url().backend() == persistence::backend::sqlite ? "" : database.url().schema();
  inbox_drainer drainer{run, {.name = "d", .poll = 5ms}};
  outside.run("BEGIN");
  outside.run(publish_statement(paid("undone"), client, schema));
  outside.run("ROLLBACK");
  outside.run("BEGIN");
  outside.run(publish_statement(paid("one"), client, schema));
  outside.run(publish_statement(paid("two"), client, schema));
  outside.run("COMMIT");
  outside.run(publish_statement(paid("three \\ \" é"), client, schema));
  REQUIRE(eventually([&] { return noted(*stored, id).size() == 3; }));
  CHECK(noted(*stored, id) == lines{"one", "two", "three \\ \" é"});
  REQUIRE(eventually([&] { return stored->list_events({}).empty(); }));
  const auto event = stored->history(id).value().events.at(1);
  CHECK(event.event_name == "paid");
  CHECK(event.event_key == "one");
  CHECK(event.event_args == json::object{{"sender", "O'Hara"}});
  CHECK(event.event_data == json::object{{"note", "one"}, {"amount", 12.5}});
  CHECK(event.at == paid("").at);
}

}  // namespace

TEST_CASE("publish: by libpq, in the application's transaction", "[inbox]") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  (void)database.open();
  libpq_application outside{database};
  check_publishing(database, outside, sql_client::libpq);
}

TEST_CASE("publish: by SOCI on PostgreSQL", "[inbox]") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  (void)database.open();
  soci_application outside{database};
  check_publishing(database, outside, sql_client::soci);
}

TEST_CASE("publish: by SOCI on SQLite", "[inbox]") {
  sqlite_file database;
  (void)database.open();
  soci_application outside{database};
  check_publishing(database, outside, sql_client::soci);
}

TEST_CASE("publish: the statement of each client", "[inbox]") {
  CHECK(publish_statement(paid("x"), sql_client::libpq, "nava").text ==
        "INSERT INTO \"nava\".workflow_inbox (event_key, event_name, resource_name, resource_id, "
        "event_data, event_args, selector, at, actor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
  CHECK(publish_statement(paid("x"), sql_client::sqlite3).text ==
        "INSERT INTO workflow_inbox (event_key, event_name, resource_name, resource_id, "
        "event_data, event_args, selector, at, actor) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
  const auto soci = publish_statement(paid("x"), sql_client::soci);
  CHECK(soci.text.find(":event_key, :event_name") != std::string::npos);
  CHECK(soci.parameters.at(0).value == "x");
  CHECK_FALSE(soci.parameters.at(6).value);
  event bad = paid("x");
  bad.name = "nava.pause";
  CHECK_THROWS_AS(publish_statement(bad, sql_client::libpq), nava::error);
  bad = paid("x");
  bad.data["text"] = std::string{"a\0b", 3};
  CHECK_THROWS_AS(publish_statement(bad, sql_client::libpq), nava::error);
}

TEMPLATE_TEST_CASE("publish: by plain SQL in any language", "[inbox]", sqlite_file,
                   postgresql_schema) {
  if (!TestType::available()) return;
  TestType database;
  const std::shared_ptr<persistence::store> stored = database.open();
  runtime run{stored, {loan()}};
  const uuid id = run.start("loan", {"loan", "7"}).workflow_id;
  inbox_drainer drainer{run, {.name = "d", .poll = 5ms}};
  const auto outside = database.raw();
  for (const char* note : {"one", "two"})
    outside->run(
        "INSERT INTO workflow_inbox (event_name, resource_name, resource_id, event_data) VALUES "
        "('paid', 'loan', '7', '{\"note\": \"" +
        std::string{note} + "\"}')");
  CHECK(eventually([&] { return noted(*stored, id) == lines{"one", "two"}; }));
}

TEMPLATE_TEST_CASE("publish: a row that cannot be read fails alone", "[inbox]", sqlite_file,
                   postgresql_schema) {
  if (!TestType::available()) return;
  TestType database;
  const std::shared_ptr<persistence::store> stored = database.open();
  runtime run{stored, {loan()}};
  const uuid id = run.start("loan", {"loan", "7"}).workflow_id;
  const auto outside = database.raw();
  outside->run(
      "INSERT INTO workflow_inbox (event_name, resource_name, resource_id, event_data) VALUES "
      "('paid', 'loan', '7', '[1]'), ('paid', 'loan', '8', '\"x\"')");
  outside->run(
      "INSERT INTO workflow_inbox (event_name, resource_name, resource_id) VALUES "
      "('nava.pause', 'loan', '7')");
  (void)run.publish(
      {.name = "paid", .resource = {"loan", "7"}, .key = "k", .data = {{"note", "x"}}});
  inbox_drainer drainer{run, {.name = "d", .poll = 5ms}};
  CHECK(eventually([&] { return noted(*stored, id) == lines{"x"}; }));
  REQUIRE(eventually([&] { return stored->list_events({}).size() == 3; }));
  REQUIRE(eventually([&] {
    const auto left = stored->list_events({.status = inbox_status::failed});
    return left.size() == 3;
  }));
  const auto left = stored->list_events({});
  CHECK(left[0].unreadable.value().find("event_data") != std::string::npos);
  CHECK(left[0].resource_id == "7");
  CHECK(left[1].unreadable);
  CHECK_FALSE(left[2].unreadable);
  CHECK(left[2].error == "event 'nava.pause': names that begin with 'nava.' are the runtime's own");
  CHECK(stored->discard_events(std::vector{left[0].seq, left[1].seq, left[2].seq}) == 3);
}
