// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/server_store.hpp"
#include "support/eventually.hpp"
#include "support/stores.hpp"
#include "support/wire_tap.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

// A store of one connection behind a tap, on which each statement has run once.
class tapped_store {
 public:
  tapped_store() : tap(postgresql_url()) {
    migrate(database.url(), database.options());
    database.options().connections_max = 1;
    database.options().on_older = store_options::schema_policy::expect;
    store = open_store(database_url{tap.url(), database.url().schema()}, database.options());
    const auto warm = first_unit(100);
    REQUIRE(store->create(warm) == commit_result::applied);
    REQUIRE(store->commit(next_unit(warm)) == commit_result::applied);
    REQUIRE(store->commit(next_unit(warm)) == commit_result::already_applied);
    REQUIRE(store->load(warm.workflow.id));
    REQUIRE(store->load({"claim", "claim-100"}).size() == 1);
    REQUIRE(store->erase(warm.workflow.id));
    tap.reset();
  }

  template <class Call>
  std::size_t round_trips(Call call) {
    tap.reset();
    call();
    return tap.round_trips();
  }

  postgresql_schema database;
  wire_tap tap;
  std::unique_ptr<persistence::store> store;
};

void terminate(raw_session& raw, const std::string& application) {
  const std::string sessions =
      " FROM pg_stat_activity WHERE application_name = '" + application + "'";
  REQUIRE(raw.value("SELECT count(pg_terminate_backend(pid))" + sessions) != "0");
  REQUIRE(eventually([&] { return raw.value("SELECT count(*)" + sessions) == "0"; }));
}

database_url named(const postgresql_schema& database, const std::string& application) {
  return database_url{with_parameter(database.url().location(), "application_name=" + application),
                      database.schema()};
}

}  // namespace

TEST_CASE("postgresql: create, commit, load and erase are one round trip each") {
  if (!postgresql_schema::available()) return;
  tapped_store tapped;
  auto& store = *tapped.store;
  const auto first = first_unit(1);
  const auto second = next_unit(first);
  const uuid id = first.workflow.id;
  CHECK(tapped.round_trips([&] { CHECK(store.create(first) == commit_result::applied); }) == 1);
  CHECK(tapped.round_trips([&] { CHECK(store.commit(second) == commit_result::applied); }) == 1);
  CHECK(tapped.round_trips([&] { CHECK(store.load(id, "event-2").value().event_applied); }) == 1);
  CHECK(tapped.round_trips([&] { CHECK(store.load({"claim", "claim-1"}).size() == 1); }) == 1);
  CHECK(tapped.round_trips([&] { CHECK(store.erase(id)); }) == 1);
  CHECK(tapped.tap.connections() == 0);
}

TEST_CASE("postgresql: what does not apply costs a second round trip, bad input none") {
  if (!postgresql_schema::available()) return;
  tapped_store tapped;
  auto& store = *tapped.store;
  const auto first = first_unit(1);
  REQUIRE(store.create(first) == commit_result::applied);
  CHECK(tapped.round_trips([&] { CHECK(store.create(first) == commit_result::already_applied); }) ==
        2);
  const auto ahead = next_unit(next_unit(first));
  CHECK(tapped.round_trips([&] { CHECK(store.commit(ahead) == commit_result::conflict); }) == 2);
  auto bad = next_unit(first);
  bad.workflow.title = std::string{'\0'};
  CHECK(tapped.round_trips([&] { CHECK_THROWS_AS(store.commit(bad), error); }) == 0);
}

TEST_CASE("postgresql: a commit whose reply is lost is already applied when run again") {
  if (!postgresql_schema::available()) return;
  tapped_store tapped;
  auto& store = *tapped.store;
  const auto first = first_unit(1);
  const auto second = next_unit(first);

  tapped.tap.cut_before_next_reply();
  CHECK(error_of([&] { (void)store.create(first); }).kind() == error_kind::outcome_unknown);
  CHECK(store.create(first) == commit_result::already_applied);

  REQUIRE(store.commit(second) == commit_result::applied);
  const auto third = next_unit(second);
  tapped.tap.cut_before_next_reply();
  CHECK(error_of([&] { (void)store.commit(third); }).kind() == error_kind::outcome_unknown);
  CHECK(store.commit(third) == commit_result::already_applied);
  const auto expected = expected_workflow{}.apply(first).apply(second).apply(third);
  CHECK(workflow_json(store.load(first.workflow.id).value().state) ==
        workflow_json(expected.state()));
}

TEST_CASE("postgresql: a commit whose request is lost is applied when run again") {
  if (!postgresql_schema::available()) return;
  tapped_store tapped;
  auto& store = *tapped.store;
  const auto first = first_unit(1);

  tapped.tap.cut_before_next_request();
  CHECK(error_of([&] { (void)store.create(first); }).kind() == error_kind::outcome_unknown);
  CHECK(store.create(first) == commit_result::applied);

  // The connection is new, so the statement must be prepared before its execution can be cut.
  const auto second = next_unit(first);
  REQUIRE(store.commit(second) == commit_result::applied);
  const auto third = next_unit(second);
  tapped.tap.cut_before_next_request();
  CHECK(error_of([&] { (void)store.commit(third); }).kind() == error_kind::outcome_unknown);
  CHECK(store.commit(third) == commit_result::applied);
  const auto expected = expected_workflow{}.apply(first).apply(second).apply(third);
  CHECK(workflow_json(store.load(first.workflow.id).value().state) ==
        workflow_json(expected.state()));
}

TEST_CASE("postgresql: an erase whose reply is lost may have been done, and says so") {
  if (!postgresql_schema::available()) return;
  tapped_store tapped;
  const auto first = first_unit(1);
  REQUIRE(tapped.store->create(first) == commit_result::applied);
  tapped.tap.cut_before_next_reply();
  CHECK(error_of([&] { tapped.store->erase(first.workflow.id); }).kind() ==
        error_kind::outcome_unknown);
  CHECK_FALSE(tapped.store->erase(first.workflow.id));
}

TEST_CASE("postgresql: a load whose reply is lost says so, and the next one works") {
  if (!postgresql_schema::available()) return;
  tapped_store tapped;
  const auto first = first_unit(1);
  REQUIRE(tapped.store->create(first) == commit_result::applied);
  tapped.tap.cut_before_next_reply();
  CHECK(error_of([&] { (void)tapped.store->load(first.workflow.id); }).kind() ==
        error_kind::connection_lost);
  CHECK(tapped.store->load(first.workflow.id));
}

TEST_CASE("postgresql: the pool drops a connection that the server has ended") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = database.raw();
  const auto store = open_store(named(database, database.schema()), database.options());
  const auto first = first_unit(1);
  REQUIRE(store->create(first) == commit_result::applied);

  terminate(*raw, database.schema());
  CHECK(error_of([&] { (void)store->load(first.workflow.id); }).kind() ==
        error_kind::connection_lost);
  CHECK(store->load(first.workflow.id));

  terminate(*raw, database.schema());
  CHECK(error_of([&] { (void)store->commit(next_unit(first)); }).kind() ==
        error_kind::outcome_unknown);
  CHECK(store->commit(next_unit(first)) == commit_result::applied);
}

TEST_CASE("postgresql: waiting for a lock ends as contention, and nothing is written", "[timed]") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  database.options().call_timeout = std::chrono::milliseconds{300};
  const auto store = open_store(
      database_url{with_parameter(database.url().location(), "options=-c%20lock_timeout%3D1h"),
                   database.schema()},
      database.options());
  const auto first = first_unit(1);
  REQUIRE(store->create(first) == commit_result::applied);
  const auto blocker = database.raw();
  blocker->run("BEGIN");
  blocker->run("SELECT FROM workflow FOR UPDATE");
  const error thrown = error_of([&] { (void)store->commit(next_unit(first)); });
  CHECK(thrown.kind() == error_kind::contention);
  CHECK(thrown.sqlstate() == "55P03");
  blocker->run("ROLLBACK");
  CHECK(store->commit(next_unit(first)) == commit_result::applied);
}

TEST_CASE("postgresql: a server that cannot be reached is a lost connection, without password") {
  const temporary_directory nowhere;
  const error thrown = error_of([&] {
    (void)open_store(database_url{"postgresql://me:s3cret@/db?host=" + nowhere.path().string()});
  });
  CHECK(thrown.kind() == error_kind::connection_lost);
  CHECK_THAT(thrown.what(), Catch::Matchers::Contains("me:***@"));
  CHECK_THAT(thrown.what(), !Catch::Matchers::Contains("s3cret"));
  CHECK_THAT(thrown.what(), !Catch::Matchers::Contains("\n"));
}

TEST_CASE("postgresql: a clock for a server is refused") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  database.options().clock = [] { return timestamp{}; };
  const auto refused = error_of([&] { (void)database.open(); });
  CHECK(refused.kind() == error_kind::invalid_input);
  CHECK(std::string{refused.what()} ==
        "a server has a clock of its own; leave store_options::clock out");
}
