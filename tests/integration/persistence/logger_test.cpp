// SPDX-License-Identifier: Apache-2.0
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <nava/persistence/migration.hpp>
#include <nava/persistence/partitions.hpp>
#include <sstream>

#include "support/eventually.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using Catch::Contains;

namespace {

// A logger that keeps every line.
struct kept_log {
  std::ostringstream text;
  std::shared_ptr<spdlog::logger> logger = [this] {
    auto made = std::make_shared<spdlog::logger>(
        "kept", std::make_shared<spdlog::sinks::ostream_sink_mt>(text));
    made->set_level(spdlog::level::debug);
    return made;
  }();
};

// In the registry under the name that is looked for, as long as it lives.
class registered_log : public kept_log {
 public:
  registered_log() {
    logger = std::make_shared<spdlog::logger>("nava", logger->sinks().front());
    logger->set_level(spdlog::level::info);
    spdlog::register_logger(logger);
  }
  ~registered_log() { spdlog::drop("nava"); }
};

}  // namespace

TEMPLATE_TEST_CASE("log: each store writes to the logger of its options", "[log]", sqlite_file,
                   postgresql_schema) {
  if (!TestType::available()) return;
  TestType first, second;
  kept_log one, two;
  first.options().logger = one.logger;
  second.options().logger = two.logger;
  (void)first.open();
  CHECK_THAT(one.text.str(), Contains("applied migration"));
  CHECK(two.text.str().empty());
  (void)second.open();
  CHECK_THAT(two.text.str(), Contains("applied migration"));

  kept_log of_migrate;
  auto options = first.options();
  options.logger = of_migrate.logger;
  migrate_to(first.url(), 0, data_loss::accept, options);
  CHECK_THAT(of_migrate.text.str(), Contains("took migration"));
}

TEMPLATE_TEST_CASE("log: without one, the logger named nava at that time is used", "[log]",
                   sqlite_file, postgresql_schema) {
  if (!TestType::available()) return;
  TestType database;
  (void)database.open();
  {
    const registered_log log;
    migrate_to(database.url(), 0, data_loss::accept, database.options());
    CHECK_THAT(log.text.str(), Contains("took migration"));
  }
  const registered_log later;
  migrate(database.url(), database.options());
  CHECK_THAT(later.text.str(), Contains("applied migration"));
}

TEST_CASE("log: the server's notices, and what the pool drops, go to the store's logger") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  kept_log log;
  database.options().logger = log.logger;
  const auto store = database.open();
  const auto raw = database.raw();
  raw->run(
      "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS "
      "$$BEGIN RAISE NOTICE 'a row came'; RETURN NEW; END$$");
  raw->run("CREATE TRIGGER tell AFTER INSERT ON workflow FOR EACH ROW EXECUTE FUNCTION tell()");
  const auto unit = first_unit(1);
  REQUIRE(store->create(unit) == commit_result::applied);
  CHECK_THAT(log.text.str(), Contains("server: ") && Contains("a row came"));

  raw->run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%" +
           database.schema() + "%' AND pid <> pg_backend_pid()");
  const auto told = [&] {
    try {
      (void)store->load(unit.workflow.id);
    } catch (const error&) {
    }
    return log.text.str().find("dropped 1 database connections") != std::string::npos;
  };
  CHECK(eventually(told));
}

TEST_CASE("log: upkeep of partitions writes to the logger of its options") {
  if (!postgresql_schema::available()) return;
  const postgresql_partitioned database;
  kept_log log;
  partition_options upkeep;
  upkeep.logger = log.logger;
  upkeep.drop_older_than = std::chrono::hours{0};
  upkeep.now = schema::parse_timestamp("2030-01-01T00:00:00.000000Z").value();
  const auto report = maintain_partitions(database.url(), upkeep);
  REQUIRE(!report.dropped.empty());
  CHECK_THAT(log.text.str(), Contains("partition"));
}
