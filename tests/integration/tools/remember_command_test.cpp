// SPDX-License-Identifier: Apache-2.0
#include "integration/persistence/old_partitions.hpp"
#include "integration/tools/nava_command.hpp"
#include "support/purge_units.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

unit_of_work finished(std::uint64_t number) {
  return finished_unit(number, instant(static_cast<int>(number)));
}

// How many tombstones stand for so many days from now, to an hour.
std::string tombstones(raw_session& raw, backend backend, int days) {
  const std::string in_hours = backend == backend::sqlite
                                   ? "(julianday(ts_expire) - julianday('now')) * 24"
                                   : "extract(epoch FROM ts_expire - now()) / 3600";
  return raw.value("SELECT count(*) FROM workflow_tombstone WHERE " + in_hours + " BETWEEN " +
                   std::to_string(24 * days - 1) + " AND " + std::to_string(24 * days + 1));
}

}  // namespace

TEMPLATE_TEST_CASE("tool: delete and purge remember what they delete", "[tool]", sqlite_file,
                   postgresql_schema) {
  if (!TestType::available()) return;
  TestType database;
  const auto store = database.open();
  const auto raw = raw_of(database);
  const auto backend = database.url().backend();
  for (std::uint64_t number = 1; number <= 4; ++number)
    REQUIRE(store->create(finished(number)) == commit_result::applied);
  const auto run = [&](const words& arguments) {
    const auto result = run_nava(at(database, arguments));
    CAPTURE(result.err);
    CHECK(result.exit_code == 0);
  };
  const auto id = [](std::uint64_t number) {
    return schema::to_text(id_of(id_kind::workflow, number));
  };
  run({"delete", id(1), "--yes"});
  CHECK(raw->value("SELECT count(*) FROM workflow_tombstone") == "0");
  run({"delete", id(2), "--yes", "--remember", "90d"});
  CHECK(tombstones(*raw, backend, 90) == "1");
  run({"delete", id(3), "--yes", "--remember", "30d", "--one-per-resource", "expense-claim"});
  CHECK(tombstones(*raw, backend, 30) == "2");
  run({"purge", "--older-than", "1s", "--remember", "7d"});
  CHECK(tombstones(*raw, backend, 7) == "1");
  CHECK(raw->value("SELECT count(*) FROM workflow_tombstone") == "4");

  database.options().tombstones = {.keep_for = 1h};
  CHECK(error_of([&] { (void)database.open()->create(finished(4)); }).kind() ==
        error_kind::deleted);
}

TEST_CASE("tool: ages of tombstones that are none, and a resource without an age, are refused") {
  sqlite_file database;
  (void)database.open();
  const auto refused = [&](const words& arguments, const std::string& why) {
    const auto result = run_nava(at(database, arguments));
    CAPTURE(result.err);
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, Contains(why));
  };
  refused({"purge", "--older-than", "1d", "--remember", "soon"}, "'soon' in --remember is no time");
  refused({"purge", "--older-than", "1d", "--one-per-resource", "loan"}, "--remember");
  refused({"purge", "--older-than", "1d", "--remember", "0d"}, "'0d' in --remember is no time");
  refused({"partitions", "--remember", "1d"}, "--drop-older-than");
  refused({"delete", "--participant", "ada", "--remember", "-1d"}, "'-1d' in --remember is no time");
}

TEST_CASE("tool: partitions that are dropped are remembered") {
  if (!postgresql_schema::available()) return;
  old_database database;
  const auto store = database.open();
  const auto raw = database.raw();
  finish(*raw, add(*store, "2020-03-11", 1), "2020-03-20");
  const auto dropped =
      run_nava(at(database, {"partitions", "--drop-older-than", "30d", "--remember", "1d",
                             "--one-per-resource", "expense-claim"}));
  CAPTURE(dropped.err);
  CHECK(dropped.exit_code == 0);
  CHECK(database.count("workflow") == "0");
  CHECK(tombstones(*raw, backend::postgresql, 1) == "2");
}
