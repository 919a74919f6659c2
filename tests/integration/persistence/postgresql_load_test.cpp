// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/connection/server_connection.hpp"
#include "persistence/postgresql/statements/server_statements.hpp"
#include "persistence/rows/state_rows.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

// A workflow with a past, in a store that has loaded it, so that its statements are prepared.
struct stored_workflow {
  stored_workflow() {
    database.options().connections_max = 1;
    store = database.open();
    auto first = first_unit(1);
    first.workflow.progress = 1.0 / 3;
    const auto second = next_unit(first);
    REQUIRE(store->create(first) == commit_result::applied);
    REQUIRE(store->commit(second) == commit_result::applied);
    const auto whole = expected_workflow{}.apply(first).apply(second);
    id = first.workflow.id;
    state = workflow_json(whole.state());
    history = history_json(whole.history());
    check_loads();
  }

  void check_loads() {
    CHECK(workflow_json(store->load(id).value().state) == state);
    CHECK(workflow_json(store->load({"claim", "claim-1"}).at(0).state) == state);
    CHECK(history_json(store->history(id).value()) == history);
  }

  void change(const std::string& table, const std::string& how) {
    database.raw()->run("ALTER TABLE " + table + " " + how);
  }

  postgresql_schema database;
  std::unique_ptr<persistence::store> store;
  uuid id{};
  json::value state, history;
};

// Where times, numbers and bytes as text would come in other forms.
constexpr const char* foreign_settings =
    "SET DateStyle = 'German, DMY'; SET TimeZone = 'Asia/Kathmandu'; SET IntervalStyle = "
    "'sql_standard'; SET extra_float_digits = -15; SET bytea_output = 'escape'";

}  // namespace

TEST_CASE("postgresql load: the settings of a session do not matter") {
  if (!postgresql_schema::available()) return;
  const stored_workflow stored;
  const auto queries =
      persistence::postgresql::queries(stored.database.schema(), persistence::layout::plain);
  persistence::postgresql::server_connection session{stored.database.url()};
  session.run_script(foreign_settings);
  static const statement as_text{"SELECT cast(cast(1 AS float8) / 3 AS text)", {}, 1};
  REQUIRE(session.execute(as_text).at(0).at(0) == "0.3");

  const std::string id = schema::to_text(stored.id);
  const auto loaded =
      loaded_from(session.execute(queries.load_by_id, {std::nullopt, id}), stored_form::record);
  CHECK(workflow_json(loaded.at(0).state) == stored.state);
  const auto past =
      history_from(session.execute(queries.history, {id, "0", "1000"}), stored_form::record);
  CHECK(history_json(past.value()) == stored.history);
}

TEST_CASE("postgresql load: columns that were added, moved or widened do not matter") {
  if (!postgresql_schema::available()) return;
  stored_workflow stored;
  stored.change("workflow", "ADD COLUMN later text DEFAULT 'x'");
  stored.change("workflow_event", "ADD COLUMN later bigint DEFAULT 1");
  stored.change("workflow_step", "DROP COLUMN stm_label");
  stored.change("workflow_step", "ADD COLUMN stm_label text");
  stored.change("workflow_step", "ALTER COLUMN title TYPE varchar(200)");
  stored.check_loads();
}

TEST_CASE("postgresql load: a column that is missing is an error that names it") {
  if (!postgresql_schema::available()) return;
  stored_workflow stored;
  stored.change("workflow_step", "RENAME COLUMN stm_label TO label");
  const auto load = [&] { (void)stored.store->load(stored.id); };
  // Prepared before and afterwards.
  for (int i = 0; i < 2; ++i) {
    const error thrown = error_of(load);
    CHECK(thrown.sqlstate() == "42703");
    CHECK_THAT(thrown.what(), Catch::Matchers::Contains("stm_label"));
  }
  stored.change("workflow_step", "RENAME COLUMN label TO stm_label");
  stored.check_loads();
}

TEST_CASE("postgresql load: a time without a date is an error that names its column") {
  if (!postgresql_schema::available()) return;
  stored_workflow stored;
  stored.database.raw()->run("UPDATE workflow SET ts_expire = 'infinity'");
  const error thrown = error_of([&] { (void)stored.store->load(stored.id); });
  CHECK(thrown.kind() == error_kind::other);
  CHECK_THAT(thrown.what(), Catch::Matchers::Contains("workflow.ts_expire"));
}

TEST_CASE("postgresql load: a binary statement takes arguments and fails as others do") {
  if (!postgresql_schema::available()) return;
  static const statement echo{"SELECT cast($1 AS text), cast($2 AS bigint)", {"a", "b"}, 2, true};
  static const statement unknown{"SELECT $1 FROM no_such_table", {"a"}, 1, true};
  persistence::postgresql::server_connection session{database_url{postgresql_url()}};
  CHECK_THROWS_AS(session.execute(echo, {"one"}), std::logic_error);
  const auto rows = session.execute(echo, {"it's", "258"});
  REQUIRE(rows.size() == 1);
  CHECK(rows.front().at(0) == "it's");
  CHECK(rows.front().at(1) == std::string{"\0\0\0\0\0\0\1\2", 8});
  CHECK_FALSE(session.execute(echo, {std::nullopt, std::nullopt}).at(0).at(1));

  const error refused = error_of([&] { session.execute(echo, {"a", "s3cret"}); });
  CHECK(refused.sqlstate() == "22P02");
  CHECK_THAT(refused.what(), !Catch::Matchers::Contains("s3cret"));
  CHECK(error_of([&] { session.execute(unknown, {"a"}); }).sqlstate() == "42P01");
  CHECK(session.execute(echo, {"a", "1"}).at(0).at(0) == "a");
}
