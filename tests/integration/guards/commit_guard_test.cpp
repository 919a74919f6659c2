// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>
#include <nava/schema/workflow_database.hpp>
#include <numeric>

#include "integration/guards/guard_counts.hpp"
#include "support/postgresql_places.hpp"
#include "support/skip.hpp"
#include "support/wire_tap.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

constexpr double hot_share_min = 0.95;

// Of the updates of a table, the part that stayed on its page and touched no index.
double hot_share(const table_counts& of) {
  REQUIRE(of.updates > 0);
  return static_cast<double>(of.hot_updates) / static_cast<double>(of.updates);
}

// Ten decisions on each of `workflows` workflows, each time in an order that goes from page to page
// of what the time before wrote. A server takes dead rows off a page when it next comes there,
// unless a session of whatever database is in a transaction that writes: beside one the share of
// HOT updates fell to 63 %. VACUUM knows its own database alone, so here it does that work, before
// a page fills.
void decide_in_turn(store& on, raw_session& raw, std::size_t workflows) {
  constexpr int each = 10;
  constexpr std::size_t stride = 37, between_vacuums = 30;
  REQUIRE(std::gcd(workflows, stride) == 1);
  std::vector<unit_of_work> last;
  for (std::size_t i = 0; i < workflows; ++i) {
    last.push_back(first_unit(i + 1));
    REQUIRE(on.create(last.back()) == commit_result::applied);
  }
  for (int time = 0; time < each; ++time) {
    std::vector<unit_of_work> next;
    for (std::size_t i = 0; i < workflows; ++i) {
      next.push_back(next_unit(last[i * stride % workflows]));
      REQUIRE(on.commit(next.back()) == commit_result::applied);
      if (i % between_vacuums == 0) raw.run("VACUUM workflow, workflow_step");
    }
    last = std::move(next);
  }
}

// What a database writes into the log of its server, which holds that of the others too.
class logged_database {
 public:
  logged_database() : raw_(database_.raw()) {
    raw_->run("CREATE EXTENSION pg_walinspect");
    migrate(url(), options_);
    options_.connections_max = 1;
    store_ = open_store(url(), options_);
    inside_ = database_.raw(schema());
    for (const auto& table : schema::workflow_database<>::description.tables)
      inside_->run(fmt::format("ALTER TABLE {} SET (autovacuum_enabled = off)", table.name));
  }

  /// pg_walinspect came with version 15, and some packages leave it out.
  [[nodiscard]] static bool available() {
    const bool has = !raw_postgresql(postgresql_url(), "public")
                          ->run("SELECT FROM pg_available_extensions WHERE name = 'pg_walinspect'")
                          .empty();
    if (!has) skip("NAVA_TEST_POSTGRES is not a server with pg_walinspect");
    return has;
  }

  [[nodiscard]] persistence::store& store() { return *store_; }
  [[nodiscard]] static std::string schema() { return std::string{persistence::default_schema}; }
  [[nodiscard]] raw_session& raw() { return *inside_; }

  /// Bytes that `work` writes on the pages of this database. Without full-page images: how many
  /// there are depends on when the server makes its checkpoints.
  template <class Work>
  std::int64_t bytes_of(Work work) {
    const std::string from = raw_->value("SELECT pg_current_wal_flush_lsn()");
    work();
    const std::string to = raw_->value("SELECT pg_current_wal_flush_lsn()");
    return std::stoll(raw_->value(fmt::format(
        "SELECT coalesce(sum(record_length - fpi_length), 0) FROM pg_get_wal_records_info('{}', "
        "'{}') WHERE block_ref LIKE '%/' || (SELECT oid FROM pg_database WHERE datname = "
        "current_database()) || '/%'",
        from, to)));
  }

 private:
  [[nodiscard]] database_url url() const { return database_url{database_.url()}; }

  postgresql_database database_;
  std::unique_ptr<raw_session> raw_;
  std::unique_ptr<raw_session> inside_;
  store_options options_;
  std::unique_ptr<persistence::store> store_;
};

constexpr int measured_decisions = 100;

struct log_bytes {
  std::int64_t per_decision = 0;
  std::int64_t per_delete = 0;
};

// One workflow after the other gets a decision, in turn, and then all are deleted.
log_bytes bytes_written(logged_database& database, std::uint64_t first_number) {
  constexpr std::uint64_t workflows = 20;
  std::vector<unit_of_work> last;
  for (std::uint64_t number = first_number; number < first_number + workflows; ++number) {
    const auto first = first_unit(number);
    REQUIRE(database.store().create(first) == commit_result::applied);
    last.push_back(decision_of_14_rows(first));
    REQUIRE(database.store().commit(last.back()) == commit_result::applied);
  }
  log_bytes bytes;
  bytes.per_decision = database.bytes_of([&] {
    for (std::size_t i = 0; i < measured_decisions; ++i) {
      auto& unit = last[i % workflows];
      unit = decision_of_14_rows(unit);
      REQUIRE(database.store().commit(unit) == commit_result::applied);
    }
  }) / measured_decisions;
  bytes.per_delete = database.bytes_of([&] {
    for (const auto& unit : last) REQUIRE(database.store().erase(unit.workflow.id));
  }) / static_cast<std::int64_t>(workflows);
  return bytes;
}

// Measured: 4,993 bytes for a decision of 14 rows, 5,375 with one index more on the six mutations;
// 5,525 for the delete of a workflow with 98 rows, 6,606 with 20 rows more.
constexpr std::int64_t decision_log_bytes_max = 5'200;
constexpr std::int64_t delete_log_bytes_max = 6'000;

definition claim_definition() {
  definition_builder claim{"claim", revision{1}};
  claim.title("Claim").stage("review", "Review");
  claim.step("approval", {.stage = "review", .states = {"ASKED"}})
      .on("answered", [](step_context& step, const event&) {
        step.memorize({{"yes", true}});
      });
  claim.on_started([](workflow_context& workflow) { workflow.add_step("approval"); });
  return claim.build();
}

}  // namespace

TEST_CASE("guard: postgresql updates workflows in place, without touching an index") {
  if (!counted_database::available()) return;
  counted_database database;
  const auto made =
      database.counts_of([&](const auto& on) { decide_in_turn(*on, database.raw(), 300); });
  CHECK(made.at("workflow").updates == 3'000);
  CHECK(hot_share(made.at("workflow")) > hot_share_min);
  CHECK(hot_share(made.at("workflow_step")) > hot_share_min);

  counted_database indexed;
  indexed.raw().run("CREATE INDEX ON workflow (_updated)");
  const auto with_index =
      indexed.counts_of([&](const auto& on) { decide_in_turn(*on, indexed.raw(), 30); });
  CHECK(hot_share(with_index.at("workflow")) < hot_share_min);
}

TEST_CASE("guard: postgresql logs a decision and a delete in few bytes") {
  if (!postgresql_schema::available() || !needs_superuser() || !logged_database::available())
    return;
  logged_database database;
  const log_bytes bytes = bytes_written(database, 1);
  INFO(bytes.per_decision << " bytes for a decision, " << bytes.per_delete << " for a delete");
  CHECK(bytes.per_decision <= decision_log_bytes_max);
  CHECK(bytes.per_delete <= delete_log_bytes_max);

  database.raw().run("CREATE INDEX ON workflow_mutation (at)");
  database.raw().run(
      "CREATE TABLE claim_note (workflow_id uuid REFERENCES workflow ON DELETE CASCADE, number "
      "int, "
      "PRIMARY KEY (workflow_id, number))");
  database.raw().run(
      "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO " +
      database.schema() + ".claim_note SELECT NEW._id, generate_series(1, 20); RETURN NULL; END'");
  database.raw().run(
      "CREATE TRIGGER note AFTER INSERT ON workflow FOR EACH ROW EXECUTE FUNCTION note()");
  const log_bytes more = bytes_written(database, 21);
  INFO(more.per_decision << " with an index more, " << more.per_delete << " with 20 rows more");
  CHECK(more.per_decision > decision_log_bytes_max);
  CHECK(more.per_delete > delete_log_bytes_max);
}

TEST_CASE("guard: postgresql starts a workflow in one round trip and takes an event in two") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  wire_tap tap{postgresql_url()};
  database.options().connections_max = 1;
  const auto kept = std::shared_ptr{
      open_store(database_url{tap.url(), database.url().schema()}, database.options())};
  runtime engine{kept, {claim_definition()}};
  const auto round_trips = [&](auto call) {
    tap.reset();
    call();
    return tap.round_trips();
  };
  const auto life = [&](int number) {
    const resource about{"claim", std::to_string(number)};
    const event answered{.name = "answered", .resource = about, .key = "mail"};
    uuid id;
    std::vector<std::size_t> trips;
    trips.push_back(round_trips([&] { id = engine.start("claim", about).workflow_id; }));
    trips.push_back(round_trips([&] { engine.deliver(answered); }));
    trips.push_back(round_trips([&] { engine.deliver(answered); }));
    trips.push_back(round_trips([&] { (void)engine.store().load(id); }));
    trips.push_back(round_trips([&] { engine.store().erase(id); }));
    return trips;
  };
  (void)life(1);  // prepares the statements
  // Start; event: load and commit; the event again: load; load; delete.
  CHECK(life(2) == std::vector<std::size_t>{1, 2, 1, 1, 1});
}
