// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nava/nava.hpp>
#include <set>
#include <sstream>

#include "benchmarks/aged_partitions.hpp"
#include "benchmarks/baseline/deletes.hpp"
#include "benchmarks/baseline/inserts.hpp"
#include "benchmarks/bulk_load.hpp"
#include "benchmarks/measured_rows.hpp"
#include "benchmarks/page_counts.hpp"
#include "benchmarks/scratch.hpp"
#include "benchmarks/summary.hpp"
#include "support/backends.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::test;
using namespace nava::benchmarks;
using Catch::Contains;
using namespace std::chrono_literals;

#define BENCH_TEST_CASE(NAME) LASTING_TEST_CASE("bench: " NAME, "[bench]")

namespace {

using words = std::vector<std::string>;

constexpr int failed = 1, misused = 2;

program_result bench(const words& arguments) { return program{NAVA_BENCH, arguments}.wait(); }

bool on_sqlite(const test_database& database) {
  return database.url().backend() == persistence::backend::sqlite;
}

// The place that a run makes beside the database of a test.
std::string made_in(test_database& database) {
  return on_sqlite(database) ? database.url().location() + ".made"
                             : database.url().schema() + "_made";
}

bool is_there(test_database& database) {
  if (on_sqlite(database)) return std::filesystem::exists(made_in(database));
  return raw_postgresql(database.url().location(), "public")
             ->value("SELECT count(*) FROM pg_namespace WHERE nspname LIKE '" + made_in(database) +
                     "%'") != "0";
}

// The arguments that name this place, after those given.
words in(test_database& database, words arguments) {
  const auto& url = database.url();
  if (on_sqlite(database))
    arguments.insert(arguments.end(), {"--database", "sqlite:" + made_in(database)});
  else
    arguments.insert(arguments.end(),
                     {"--database", url.location(), "--schema", made_in(database)});
  return arguments;
}

benchmarks::options options_in(test_database& database) {
  benchmarks::options given;
  given.url = database.url();
  given.schema = database.url().schema();
  given.workflows = 30;
  return given;
}

void check_refused(const program_result& result, int exit_code, const std::string& what) {
  CHECK(result.exit_code == exit_code);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, Contains(what));
  CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
}

// The smallest run of a workload that shows a figure.
words smallest(const benchmarks::workload& of) {
  words arguments{std::string{of.name}, "--rounds", "2"};
  for (const option which : of.uses) {
    if (which == option::workflows) arguments.insert(arguments.end(), {"--workflows", "60"});
    if (which == option::operations) arguments.insert(arguments.end(), {"--operations", "3"});
    if (which == option::warm_up) arguments.insert(arguments.end(), {"--warm-up", "1"});
    if (which == option::events) arguments.insert(arguments.end(), {"--events", "90"});
    if (which == option::batch) arguments.insert(arguments.end(), {"--batch", "3"});
    if (which == option::seconds) arguments.insert(arguments.end(), {"--seconds", "0.1"});
  }
  return arguments;
}

}  // namespace

TEST_CASE("bench: what cannot be meant is refused in one line") {
  check_refused(bench({}), misused, "subcommand is required");
  check_refused(bench({"cascade_delete"}), misused, "name the database: --database sqlite:FILE");
  check_refused(bench({"cascade_delete", "--database", "here.db"}), misused, "begins with sqlite:");
  check_refused(bench({"fly", "--database", "sqlite:a.db"}), misused, "no workload 'fly'");
  check_refused(bench({"replay", "--database", "sqlite:a.db", "--warp", "9"}), misused, "--warp");
  // An option of another workload.
  check_refused(bench({"replay", "--database", "sqlite:a.db", "--batch", "9"}), misused, "--batch");
  check_refused(bench({"replay", "--database", "sqlite:a.db", "--rounds", "0"}), misused,
                "--rounds");
  check_refused(bench({"purge", "--database", "sqlite:a.db", "--contenders", "floor,us"}), misused,
                "purge has no contender 'us'");
  check_refused(bench({"purge", "--database", "sqlite:a.db", "--schema", "x"}), misused,
                "leave out --schema");
  check_refused(bench({"purge", "--database", "postgresql:///x", "--schema", "X"}), misused,
                "a schema name is");
  check_refused(bench({"purge", "--database", "sqlite::memory:"}), failed, "name a file");
  check_refused(bench({"purge", "--database", "sqlite:a.db", "--json", "/nowhere/a.json"}), failed,
                "cannot write /nowhere/a.json");
  check_refused(bench({"cascade_delete", "--database", "sqlite:a.db", "--workflows", "10"}), failed,
                "give --workflows");
  check_refused(bench({"purge", "--database", "sqlite:a.db", "--workflows", "10"}), failed,
                "give --workflows");

  const temporary_directory files;
  write(files.path() / "empty.json", "{}");
  check_refused(bench({"summary", (files.path() / "empty.json").string()}), failed,
                "is no report of nava_bench");
  check_refused(bench({"summary", "/nowhere.json"}), failed, "is no report of nava_bench");
}

BENCH_TEST_CASE("a schema or a file that is there is refused and left as it is") {
  const auto store = database.open();
  REQUIRE(store->create(first_unit(1)) == nava::commit_result::applied);
  const std::string before = database.dump(*store);
  for (const auto& one : all_workloads()) {
    words arguments{std::string{one.name}, "--database"};
    if (on_sqlite(database))
      arguments.push_back("sqlite:" + database.url().location());
    else
      arguments.insert(arguments.end(),
                       {database.url().location(), "--schema", database.url().schema()});
    check_refused(bench(arguments), failed, "is there already");
  }
  CHECK(database.dump(*store) == before);
}

BENCH_TEST_CASE("every workload runs, says all of it in JSON and cleans up") {
  for (const auto& one : all_workloads()) {
    INFO(one.name);
    const temporary_directory files;
    const auto file = files.path() / "run.json";
    words arguments = in(database, smallest(one));
    arguments.insert(arguments.end(), {"--json", file.string()});
    const auto ended = bench(arguments);
    INFO(ended.err);
    REQUIRE(ended.exit_code == 0);
    CHECK_THAT(ended.out, Catch::StartsWith("# " + std::string{one.name}));

    const json::value found = json::parse(content_of(file));
    CHECK(found.at("workload").as_string() == one.name);
    CHECK(found.at("rounds").as_array().size() == 2);
    const std::string known = on_sqlite(database) ? "journal_mode" : "synchronous_commit";
    CHECK(found.at("settings").as_object().contains(known));
    for (const auto* key : {"cpu", "cores", "memory", "kernel"})
      CHECK(found.at("machine").as_object().contains(key));
    for (const auto* key : {"nava", "compiler", "build"})
      CHECK(found.at("versions").as_object().contains(key));
    for (const auto& round : found.at("rounds").as_array())
      for (const auto& [name, values] : round.as_object()) {
        INFO(std::string_view{name});
        CHECK(values.at("operations").to_number<int>() > 0);
        CHECK(values.at("per_second").to_number<double>() > 0);
        CHECK(values.as_object().contains("p50_ms") == (one.name != "purge"));
        if (one.name == "purge") continue;
        CHECK(values.at("p50_ms").to_number<double>() > 0);
        CHECK(values.at("p99_ms").to_number<double>() >= values.at("p50_ms").to_number<double>());
      }
    CHECK(found.at("options").at("rounds").as_int64() == 2);
    std::set<std::string> figures_found;
    for (const auto& result : found.at("results").as_array())
      figures_found.emplace(result.at("name").as_string().c_str());
    for (const auto& promised : goals())
      if (promised.workload == one.name && promised.database == database.url().backend() &&
          promised.figure != growth_of_pages)
        CHECK(figures_found.count(std::string{promised.figure}) == 1);
    CHECK(!is_there(database));
  }
}

BENCH_TEST_CASE("as many rows are loaded as is said, whole workflows of different times") {
  const auto store = database.open();
  std::ostringstream said;
  benchmarks::options given = options_in(database);
  report out{"test", given, said};
  const loaded found = load(given, given.schema, out);
  CHECK(found.rows == 30 * 104);
  CHECK_THAT(said.str(), Contains("loaded 30 workflows, 3120 rows"));

  CHECK(std::is_sorted(found.ids.begin(), found.ids.end()));
  CHECK(std::set<uuid>(found.ids.begin(), found.ids.end()).size() == 30);
  CHECK(id_of_loaded(7, 30) == found.ids.at(7));

  const auto listed = store->list({.limit = 100}).workflows;
  REQUIRE(listed.size() == 30);
  for (const auto& row : listed) CHECK(row.status == schema::workflow_status::completed);
  CHECK(listed.front().ts_finish < listed.back().ts_finish);
  std::int64_t rows = 0;
  for (const auto& table : store->count_rows(found.ids.front())) rows += table.rows;
  CHECK(rows == 104);
  const auto history = store->history(found.ids.back());
  REQUIRE(history.has_value());
  CHECK(history->events.size() == 20);
  CHECK(history->messages.back().seq == history->state.workflow.last_seq);
}

TEST_CASE("bench: rows of one workflow lie apart, as in life") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto store = database.open();
  std::ostringstream ignored;
  const benchmarks::options given = options_in(database);
  report out{"test", given, ignored};
  CHECK(load(given, given.schema, out).ids.size() == 30);
  const auto in_order =
      database.raw()->run("SELECT workflow_id, seq FROM workflow_mutation ORDER BY ctid LIMIT 60");
  REQUIRE(in_order.size() == 60);
  for (std::size_t i = 0; i < 30; ++i) {
    CHECK(in_order[i][1] == in_order[0][1]);
    CHECK(in_order[i][0] == in_order[i + 30][0]);
  }
  CHECK(in_order[0][0] != in_order[1][0]);
}

BENCH_TEST_CASE("each way to delete takes whole workflows and no other") {
  const auto store = database.open();
  std::ostringstream ignored;
  const benchmarks::options given = options_in(database);
  report out{"test", given, ignored};
  const auto ids = load(given, given.schema, out).ids;
  const auto floor = plain_deletes(given, given.schema);
  const auto rows = row_by_row_deletes(given, given.schema);
  const std::span all{ids};
  floor(all.first(1));
  floor(all.subspan(1, 4));
  rows(all.subspan(5, 1));
  rows(all.subspan(6, 2));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    std::int64_t left = 0;
    for (const auto& table : store->count_rows(ids[i])) left += table.rows;
    CHECK(left == (i < 8 ? 0 : 104));
  }
  CHECK_THROWS_WITH(floor(all.first(1)), Contains("was not there"));
  CHECK_THROWS_WITH(floor(all.first(9)), Contains("was not there"));
  CHECK_THROWS_WITH(rows(all.first(1)), Contains("was not there"));
}

BENCH_TEST_CASE("rows inserted by hand are those of the store") {
  const auto store = database.open();
  const auto unit = first_unit(3);
  plain_inserts(options_in(database))(inserted_rows(unit));
  const auto found = store->history(unit.workflow.id);
  REQUIRE(found.has_value());
  CHECK(history_json(*found) == history_json(expected_workflow{}.apply(unit).history()));
}

TEST_CASE("bench: the other layouts have the keys and indexes that they are named for") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto store = database.open();
  const benchmarks::options given = options_in(database);
  const auto raw = database.raw();
  const auto foreign_keys = [&](const std::string& schema) {
    return raw->value(
        "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND confdeltype = "
        "'c' AND connamespace = '" +
        schema + "'::regnamespace");
  };
  // Tables of children with an index that begins with the foreign key.
  const auto covered = [&](const std::string& schema) {
    return raw->value(
        "SELECT count(DISTINCT indrelid) FROM pg_index JOIN pg_class c ON c.oid = indrelid JOIN "
        "pg_attribute a ON a.attrelid = c.oid AND a.attnum = indkey[0] WHERE c.relkind = 'r' AND "
        "attname = 'workflow_id' AND relnamespace = '" +
        schema + "'::regnamespace");
  };
  const auto columns = [&](const std::string& schema) {
    return raw->run(
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns "
        "WHERE table_schema = '" +
        schema +
        "' AND table_name LIKE 'workflow%' AND table_name NOT IN ('workflow_definition', "
        "'workflow_inbox', 'workflow_rate', 'workflow_slot', 'workflow_tombstone') AND column_name "
        "<> '_id' ORDER BY 1, "
        "ordinal_position");
  };
  REQUIRE(child_tables().size() == 10);
  CHECK(foreign_keys(given.schema) == "10");
  CHECK(covered(given.schema) == "10");
  std::string dropped;
  {
    const other_layout original{given, benchmarks::layout::original};
    const other_layout indexed{given, benchmarks::layout::original_indexed};
    const other_layout no_keys{given, benchmarks::layout::no_keys};
    CHECK(foreign_keys(original.schema()) == "10");
    CHECK(covered(original.schema()) == "0");
    CHECK(foreign_keys(indexed.schema()) == "10");
    CHECK(covered(indexed.schema()) == "10");
    CHECK(foreign_keys(no_keys.schema()) == "0");
    CHECK(covered(no_keys.schema()) == "10");
    for (const auto* other : {&original, &indexed, &no_keys})
      CHECK(columns(other->schema()) == columns(given.schema));
    CHECK(raw->value("SELECT array_to_string(reloptions, ',') FROM pg_class WHERE relname = "
                     "'workflow' AND relnamespace = '" +
                     no_keys.schema() + "'::regnamespace") ==
          raw->value("SELECT array_to_string(reloptions, ',') FROM pg_class WHERE relname = "
                     "'workflow' AND relnamespace = '" +
                     given.schema + "'::regnamespace"));
    CHECK_THROWS_WITH((other_layout{given, benchmarks::layout::original}),
                      Contains("is there already"));
    dropped = original.schema();

    std::ostringstream ignored;
    report out{"test", given, ignored};
    const auto ids = load(given, no_keys.schema(), out).ids;
    const auto by_hand = deletes_by_hand(given, no_keys.schema());
    by_hand(std::span{ids}.first(1));
    by_hand(std::span{ids}.subspan(1, 9));
    for (const auto& child : child_tables())
      CHECK(
          raw->value("SELECT count(DISTINCT workflow_id) FROM " + no_keys.schema() + "." + child) ==
          (child == "workflow_agenda" || child == "workflow_worklist" ? "0" : "20"));
  }
  CHECK(raw->value("SELECT count(*) FROM pg_namespace WHERE nspname = '" + dropped + "'") == "0");
}

TEST_CASE("bench: pages that deletes touch are counted over all tables") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto store = database.open();
  std::ostringstream ignored;
  const benchmarks::options given = options_in(database);
  report out{"test", given, ignored};
  const auto ids = load(given, given.schema, out).ids;
  const auto settings = [&] {
    return database.raw()->value("SELECT count(*) FROM pg_class WHERE relnamespace = '" +
                                 given.schema +
                                 "'::regnamespace AND 'autovacuum_enabled=off' = ANY (reloptions)");
  };
  std::optional<double> pages;
  {
    const autovacuum_off only_deletes{given};
    CHECK(settings() == "11");
    pages = pages_of_deletes(given, ids[11], {ids.begin(), ids.begin() + 10});
  }
  CHECK(settings() == "0");
  REQUIRE(pages.has_value());
  // A delete reads and writes each of its 104 rows, and descends ten indexes.
  CHECK(*pages > 104);
  CHECK(*pages < 1000);
  CHECK(!store->load(ids[11]).has_value());
  CHECK(!store->load(ids[9]).has_value());
  CHECK(store->load(ids[10]).has_value());
}

TEST_CASE("bench: partitions are as full as is said, and dropped one at a time, oldest first") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto store = database.open();
  std::ostringstream ignored;
  const benchmarks::options given = options_in(database);
  report out{"test", given, ignored};
  const auto raw = database.raw();
  std::string schema;
  {
    aged_partitions tables{given, "made", 3, 7, out};
    schema = tables.schema();
    CHECK(schema == given.schema + "_made");
    const auto left = [&] { return raw->value("SELECT count(*) FROM " + schema + ".workflow"); };
    CHECK(left() == "21");
    CHECK(raw->value("SELECT count(*) FROM " + schema + ".workflow_default") == "0");
    tables.drop_oldest();
    CHECK(left() == "14");
    CHECK(raw->value("SELECT count(*) FROM " + schema + ".workflow_resource") == "14");
    tables.drop_oldest();
    CHECK(left() == "7");
    const auto partitioned = persistence::open_store(given.url.in_schema(schema));
    CHECK(partitioned->purge({}).workflows == 7);
    CHECK_THROWS_WITH(tables.drop_oldest(), Contains("not dropped alone and whole"));
    CHECK_THROWS_WITH((aged_partitions{given, "made", 1, 1, out}), Contains("is there already"));
  }
  CHECK(raw->value("SELECT count(*) FROM pg_namespace WHERE nspname = '" + schema + "'") == "0");
}
