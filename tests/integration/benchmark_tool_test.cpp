// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <nava/nava.hpp>
#include <set>
#include <sstream>

#include "benchmarks/baseline/deletes.hpp"
#include "benchmarks/baseline/inserts.hpp"
#include "benchmarks/baseline/layouts.hpp"
#include "benchmarks/buffers.hpp"
#include "benchmarks/goals.hpp"
#include "benchmarks/interleave.hpp"
#include "benchmarks/load.hpp"
#include "benchmarks/partitions.hpp"
#include "benchmarks/resident.hpp"
#include "benchmarks/summary.hpp"
#include "benchmarks/workload.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::test;
using namespace nava::benchmarks;
using Catch::Contains;
using namespace std::chrono_literals;

/// One ctest test per database that outlives a process.
#define BENCH_TEST_CASE(NAME) BENCH_TEST_CASE_IN(NAME, INTERNAL_CATCH_UNIQUE_NAME(nava_bench_case_))

#define BENCH_TEST_CASE_IN(NAME, BODY)                                            \
  static void BODY(nava::test::test_database& database);                          \
  TEMPLATE_TEST_CASE("bench: " NAME, "[bench]", sqlite_file, postgresql_schema) { \
    if (!TestType::available()) return;                                           \
    TestType fresh;                                                               \
    BODY(fresh);                                                                  \
  }                                                                               \
  static void BODY(nava::test::test_database& database)

namespace {

using words = std::vector<std::string>;

constexpr int failed = 1, misused = 2;

program_result bench(const words& arguments) { return program{NAVA_BENCH, arguments}.wait(); }

bool on_sqlite(const test_database& database) {
  return database.url().backend() == persistence::backend::sqlite;
}

// The arguments that name the database, after those given.
words in(test_database& database, words arguments) {
  const auto& url = database.url();
  arguments.push_back("--database");
  if (on_sqlite(database)) {
    arguments.push_back("sqlite:" + url.location());
  } else {
    arguments.push_back(url.location());
    arguments.insert(arguments.end(), {"--schema", database.options().schema});
  }
  return arguments;
}

benchmarks::options options_in(test_database& database) {
  benchmarks::options given;
  given.url = database.url();
  given.schema = database.options().schema;
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
    if (which == option::child_rows) arguments.insert(arguments.end(), {"--rows", "20"});
    if (which == option::operations) arguments.insert(arguments.end(), {"--operations", "3"});
    if (which == option::warm_up) arguments.insert(arguments.end(), {"--warm-up", "1"});
    if (which == option::events) arguments.insert(arguments.end(), {"--events", "90"});
    if (which == option::batch) arguments.insert(arguments.end(), {"--batch", "3"});
    if (which == option::seconds) arguments.insert(arguments.end(), {"--seconds", "0.1"});
  }
  return arguments;
}

// What is wrong with an XML document of elements, attributes and text; empty where it is
// well-formed.
std::string fault_in(std::string_view xml) {
  std::vector<std::string> open;
  std::size_t elements = 0;
  while (!xml.empty()) {
    const auto text_end = std::min(xml.find('<'), xml.size());
    const std::string_view text = xml.substr(0, text_end);
    for (auto at = text.find('&'); at != text.npos; at = text.find('&', at + 1)) {
      const auto entity = text.substr(at, text.find(';', at) - at);
      if (entity != "&lt" && entity != "&gt" && entity != "&amp" && entity != "&quot")
        return "an ampersand";
    }
    xml.remove_prefix(text_end);
    if (xml.empty()) break;
    const auto end = xml.find('>');
    if (end == xml.npos) return "an unfinished tag";
    std::string_view tag = xml.substr(1, end - 1);
    xml.remove_prefix(end + 1);
    if (std::count(tag.begin(), tag.end(), '"') % 2 == 1) return "an unfinished attribute";
    if (tag.find('<') != tag.npos) return "a tag in a tag";
    ++elements;
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1)) return "a tag closed that is not open";
      open.pop_back();
      if (open.empty() && xml.find_first_not_of('\n') != xml.npos) return "more than one root";
    } else if (!tag.ends_with('/')) {
      open.emplace_back(tag.substr(0, tag.find(' ')));
    }
  }
  if (!open.empty()) return "a tag left open";
  return elements == 0 ? "no element" : "";
}

report filled_report() {
  static std::ostringstream ignored;
  report made{"cascade_delete", {}, ignored};
  const auto figures_with = [](std::string name, double p50) {
    return figures{std::move(name), 10, p50, 2 * p50, 1000 / p50, 104'000 / p50};
  };
  made.add_round({figures_with("nava", 1.0), figures_with("<floor> & \"co\"", 2.0)});
  made.add_round({figures_with("nava", 3.0), figures_with("<floor> & \"co\"", 2.0)});
  made.add_round({figures_with("nava", 8.0), figures_with("<floor> & \"co\"", 4.0)});
  made.compare("delete: nava / floor, p50", metric::p50_ms, "nava", "<floor> & \"co\"");
  made.compare("absent", metric::p50_ms, "nava", "nobody");
  return made;
}

}  // namespace

TEST_CASE("bench: a percentile is the least sample that its share does not exceed") {
  samples timed;
  CHECK(timed.percentile_ms(0.5) == 0);
  for (int i = 100; i >= 1; --i) timed.add(std::chrono::milliseconds{i});
  CHECK(timed.percentile_ms(0.5) == Approx(50));
  CHECK(timed.percentile_ms(0.99) == Approx(99));
  CHECK(timed.percentile_ms(1) == Approx(100));
  CHECK(timed.percentile_ms(0) == Approx(1));
  CHECK(timed.total_s() == Approx(5.05));

  samples one;
  one.add(7ms);
  CHECK(one.percentile_ms(0.99) == Approx(7));
  one.add(timed);
  CHECK(one.count() == 101);
}

TEST_CASE("bench: the median is the middle, or between the middle two") {
  CHECK(median({}) == 0);
  CHECK(median({5}) == 5);
  CHECK(median({9, 1, 5}) == 5);
  CHECK(median({1, 9, 3, 5}) == 4);
}

TEST_CASE("bench: rates count operations and rows over the time they took") {
  samples timed;
  timed.add(10ms);
  timed.add(30ms);
  const auto alone = figures_of("nava", timed, 104);
  CHECK(alone.per_second == Approx(50));
  CHECK(alone.rows_per_second == Approx(5200));
  // Two threads at once: 40 ms of work in 20 ms.
  CHECK(figures_of("nava", timed, 0, 0.02).per_second == Approx(100));
  CHECK(figures_of("nobody", {}).per_second == 0);
}

TEST_CASE("bench: a ratio is taken per round, and the median of rounds counts") {
  const report made = filled_report();
  REQUIRE(made.results().size() == 1);
  const result& ratio = made.results().front();
  CHECK(ratio.rounds == std::vector<double>{0.5, 1.5, 2.0});
  CHECK(ratio.value() == 1.5);
  CHECK(ratio.least() == 0.5);
  CHECK(ratio.most() == 2.0);
  CHECK(!ratio.target->met_by(ratio.value()));
  CHECK(at_most(1.10).met_by(1.10));
  CHECK(at_least(200).met_by(200));
  CHECK(!at_least(200).met_by(199));
}

TEST_CASE("bench: a report says in JSON all that it knows") {
  report made = filled_report();
  made.note("a note");
  made.fact("rows_loaded", 104);
  made.set_environment({{"machine", json::object{{"cores", 2}}}});
  const json::object found = json_of(made);
  CHECK(found.at("workload") == "cascade_delete");
  CHECK(found.at("rounds").as_array().size() == 3);
  CHECK(found.at("rounds").at(1).at("nava").at("p50_ms") == 3.0);
  CHECK(found.at("medians").at("nava").at("p99_ms") == 6.0);
  CHECK(found.at("results").at(0).at("target").at("at_most") == 1.25);
  CHECK(found.at("results").at(0).at("met") == false);
  CHECK(found.at("results").at(0).at("rounds").as_array().size() == 3);
  CHECK(found.at("notes").at(0) == "a note");
  CHECK(found.at("facts").at("rows_loaded") == 104);
  CHECK(found.at("options").at("seed") == 1);
  CHECK(found.at("machine").at("cores") == 2);
}

TEST_CASE("bench: a summary says what was to be reached, what was found, and what grew") {
  const auto with_pages = [](std::int64_t workflows, double pages) {
    static std::ostringstream ignored;
    benchmarks::options given;
    given.workflows = workflows;
    report made{"cascade_delete", given, ignored};
    made.add({std::string{pages_of_a_delete}, "pages", {pages}, {}});
    made.add({"a ratio", "x", {1.0, 1.4, 1.2}, at_most(1.3)});
    made.add({"another", "x", {0.5}, at_least(0.9)});
    made.set_environment({{"versions", json::object{{"postgresql", "15"}}}});
    return json::value(json_of(made));
  };
  const auto lines = [](const std::string& text) {
    std::vector<std::string> found;
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);) found.push_back(line);
    return found;
  };
  const auto grown = lines(summary_of({with_pages(200'000, 250), with_pages(2000, 200)}));
  // The head, two figures of each report, the growth, and all other promises.
  REQUIRE(grown.size() == 6 + goals().size() - 1);
  CHECK_THAT(grown[1], Contains("a ratio") && Contains("<= 1.3") && Contains("1.2 x  met"));
  CHECK_THAT(grown[2], Contains("another") && Contains(">= 0.9") && Contains("NOT MET"));
  CHECK_THAT(grown[5], Contains("1.25 x  NOT MET") && Contains("200000 / 2000"));
  CHECK_THAT(grown[6], Contains("<= 1.1") && Contains("not measured"));
  CHECK_THAT(lines(summary_of({with_pages(200'000, 240), with_pages(2000, 200)}))[5],
             Contains("1.2 x  met"));
  CHECK(lines(summary_of({with_pages(2000, 200)})).size() == 3 + goals().size());
  CHECK(lines(summary_of({with_pages(20'000, 200), with_pages(2000, 200)})).size() ==
        5 + goals().size());

  const auto in_memory = lines(summary_of({json::parse(
      R"({"benchmarks": [{"run_name": "deliver_warm/10", "aggregate_name": "mean",
          "real_time": 99, "time_unit": "us"}, {"run_name": "deliver_warm/10",
          "aggregate_name": "median", "real_time": 5, "time_unit": "us"}]})")}));
  CHECK(in_memory.size() == 1 + goals().size());
  CHECK_THAT(in_memory[1], Contains("deliver_warm/10") && Contains("5 us  met"));

  const temporary_directory files;
  write(files.path() / "empty.json", "{}");
  check_refused(bench({"summary", (files.path() / "empty.json").string()}), failed,
                "is no report of nava_bench");
  check_refused(bench({"summary", "/nowhere.json"}), failed, "is no report of nava_bench");
}

TEST_CASE("bench: a chart is well-formed, whatever the names hold") {
  const std::string svg = svg_of(filled_report());
  CHECK(fault_in(svg) == "");
  CHECK_THAT(svg, Contains("&lt;floor&gt; &amp; &quot;co&quot;"));
  // Median of the rounds, their least and their most.
  CHECK_THAT(svg, Contains("3 ms (1 .. 8)"));
  static std::ostringstream ignored;
  CHECK(fault_in(svg_of(report{"empty", {}, ignored})) == "");

  CHECK(fault_in("") != "");
  CHECK(fault_in("<svg><g></svg>") != "");
  CHECK(fault_in("<svg><text>a & b</text></svg>") != "");
  CHECK(fault_in("<svg><text x=\"1>a</text></svg>") != "");
  CHECK(fault_in("<svg></svg><svg></svg>") != "");
}

TEST_CASE("bench: contenders take turns, and turn their order around every second round") {
  std::string order;
  const std::vector<contender> both{{"a", [&] { order += 'a'; }}, {"b", [&] { order += 'b'; }}};
  const auto first = interleave(both, {.operations = 2, .warm_up = 1, .round = 0});
  CHECK(order == "ababab");
  CHECK(first.at(0).contender == "a");
  CHECK(first.at(0).operations == 2);
  order.clear();
  const auto second = interleave(both, {.operations = 2, .warm_up = 0, .round = 1});
  CHECK(order == "baba");
  CHECK(second.at(0).contender == "a");
}

TEST_CASE("bench: a contender that has used up its time runs no more, but once") {
  int slow = 0, fast = 0;
  const std::vector<contender> both{{"slow", [&] { ++slow; }, 0, 0}, {"fast", [&] { ++fast; }}};
  const auto found = interleave(both, {.operations = 5, .warm_up = 3});
  CHECK(slow == 1);
  CHECK(fast == 8);
  CHECK(found.at(0).operations == 1);
  CHECK(found.at(1).operations == 5);
}

TEST_CASE("bench: a workflow is scaled with at least a row in each table") {
  CHECK(row_counts{}.children() == 103);
  CHECK(row_counts::scaled_to(103).children() == 103);
  CHECK(row_counts::scaled_to(206).mutations == 80);
  CHECK(row_counts::scaled_to(8).children() == 12);
}

TEST_CASE("bench: resident memory that grows is told from memory that stays") {
  CHECK(resident_mib() > 1);
  resident_memory memory;
  memory.sample();
  CHECK(memory.growth() == 0);
  const std::vector<char> held(64 << 20, 'x');
  memory.sample();
  CHECK(held.back() == 'x');
  CHECK(memory.growth() > 32);
  CHECK(memory.peak() > 64);
}

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
  check_refused(bench({"purge", "--database", "sqlite:a.db", "--svg", "/nowhere/a.svg"}), failed,
                "cannot write /nowhere/a.svg");
  check_refused(bench({"cascade_delete", "--database", "sqlite:a.db", "--workflows", "10"}), failed,
                "give --workflows");
  check_refused(bench({"purge", "--database", "sqlite:a.db", "--workflows", "10"}), failed,
                "give --workflows");
}

BENCH_TEST_CASE("a database that holds workflows is refused and left as it is") {
  const auto store = database.open();
  REQUIRE(store->create(first_unit(1)) == nava::commit_result::applied);
  const std::string before = database.dump(*store);
  for (const auto& one : all_workloads())
    check_refused(bench(in(database, {std::string{one.name}})), failed, "holds workflows");
  CHECK(database.dump(*store) == before);
}

BENCH_TEST_CASE("every workload runs, says all of it in JSON, draws a chart and cleans up") {
  const auto store = database.open();
  for (const auto& one : all_workloads()) {
    INFO(one.name);
    const temporary_directory charts;
    const auto svg = charts.path() / "chart.svg";
    words arguments = in(database, smallest(one));
    arguments.insert(arguments.end(), {"--json", "--svg", svg.string()});
    const auto ended = bench(arguments);
    INFO(ended.err);
    REQUIRE(ended.exit_code == 0);

    const json::value found = json::parse(ended.out);
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
    CHECK(fault_in(content_of(svg)) == "");
    CHECK(store->list({}).empty());
  }
}

BENCH_TEST_CASE("a run removes what it made, unless told to keep it") {
  words arguments{"purge", "--workflows",  "4", "--rows",   "8", "--batch",
                  "1",     "--operations", "1", "--rounds", "1"};
  std::string url = database.url().location();
  if (on_sqlite(database)) {
    url += ".made";
    arguments.insert(arguments.end(), {"--database", "sqlite:" + url});
  } else {
    arguments.insert(arguments.end(),
                     {"--database", url, "--schema", database.options().schema + "_made"});
  }
  const auto is_there = [&] {
    if (on_sqlite(database)) return std::filesystem::exists(url);
    return raw_postgresql(url, "public")
               ->value("SELECT count(*) FROM pg_namespace WHERE nspname LIKE '" +
                       database.options().schema + "\\_made%'") != "0";
  };
  REQUIRE(bench(arguments).exit_code == 0);
  CHECK(!is_there());
  arguments.push_back("--keep");
  REQUIRE(bench(arguments).exit_code == 0);
  CHECK(is_there());
  check_refused(bench(arguments), failed, "holds workflows");
  if (!on_sqlite(database))
    for (const auto* ending : {"_made", "_made_no_keys", "_made_partitioned", "_made_dropped"})
      raw_postgresql(url, "public")
          ->run("DROP SCHEMA " + database.options().schema + ending + " CASCADE");
}

BENCH_TEST_CASE("as many rows are loaded as is said, whole workflows of different times") {
  const auto store = database.open();
  std::ostringstream said;
  benchmarks::options given = options_in(database);
  report out{"test", given, said};
  const loaded found = load(given, given.schema, out);
  CHECK(found.rows == 30 * 104);
  CHECK(out.facts().at("rows_loaded") == found.rows);
  CHECK_THAT(said.str(), Contains("loaded 30 workflows, 3120 rows"));

  CHECK(std::is_sorted(found.ids.begin(), found.ids.end()));
  CHECK(std::set<uuid>(found.ids.begin(), found.ids.end()).size() == 30);
  CHECK(id_of_loaded(7, 30, given.seed) == found.ids.at(7));
  CHECK(id_of_loaded(7, 30, given.seed + 1) != found.ids.at(7));

  const auto listed = store->list({.limit = 100});
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
  floor->erase(ids[0]);
  floor->erase_batch(std::span{ids}.subspan(1, 4));
  rows->erase(ids[5]);
  rows->erase_batch(std::span{ids}.subspan(6, 2));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    std::int64_t left = 0;
    for (const auto& table : store->count_rows(ids[i])) left += table.rows;
    CHECK(left == (i < 8 ? 0 : 104));
  }
  CHECK_THROWS_WITH(floor->erase(ids[0]), Contains("was not there"));
  CHECK_THROWS_WITH(floor->erase_batch(std::span{ids}.first(9)), Contains("was not there"));
  CHECK_THROWS_WITH(rows->erase(ids[0]), Contains("was not there"));
}

BENCH_TEST_CASE("rows inserted by hand are those of the store") {
  const auto store = database.open();
  const auto unit = first_unit(3);
  plain_inserts(options_in(database), database.options().schema)->insert(inserted_rows(unit));
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
        "' AND table_name LIKE 'workflow%' AND table_name <> 'workflow_definition' AND column_name "
        "<> '_id' ORDER BY 1, ordinal_position");
  };
  REQUIRE(child_tables().size() == 8);
  CHECK(foreign_keys(given.schema) == "8");
  CHECK(covered(given.schema) == "8");
  std::string dropped;
  {
    const other_layout original{given, benchmarks::layout::original};
    const other_layout indexed{given, benchmarks::layout::original_indexed};
    const other_layout no_keys{given, benchmarks::layout::no_keys};
    CHECK(foreign_keys(original.schema()) == "8");
    CHECK(covered(original.schema()) == "0");
    CHECK(foreign_keys(indexed.schema()) == "8");
    CHECK(covered(indexed.schema()) == "8");
    CHECK(foreign_keys(no_keys.schema()) == "0");
    CHECK(covered(no_keys.schema()) == "8");
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
    by_hand->erase(ids[0]);
    by_hand->erase_batch(std::span{ids}.subspan(1, 9));
    for (const auto& child : child_tables())
      CHECK(raw->value("SELECT count(DISTINCT workflow_id) FROM " + no_keys.schema() + "." +
                       child) == "20");
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
  std::optional<pages_touched> pages;
  {
    const autovacuum_off only_deletes{given};
    CHECK(settings() == "9");
    pages = pages_of_deletes(given, ids[11], {ids.begin(), ids.begin() + 10});
  }
  CHECK(settings() == "0");
  REQUIRE(pages.has_value());
  // A delete reads and writes each of its 104 rows, and descends nine indexes.
  CHECK(pages->heap > 104);
  CHECK(pages->index > 0);
  CHECK(pages->all() < 1000);
  CHECK(!store->load(ids[11]).has_value());
  CHECK(!store->load(ids[9]).has_value());
  CHECK(store->load(ids[10]).has_value());
}

TEST_CASE("bench: a figure has a target only where as much was measured as was promised") {
  static std::ostringstream ignored;
  const auto judged = [](std::string_view workload, const benchmarks::options& given,
                         std::size_t samples, std::string_view figure) {
    report run{std::string{workload}, given, ignored};
    run.add_round({{"a", 5000, 1, 1, 1, 1}, {"b", samples, 1, 1, 1, 1}, {"c", 1, 1, 1, 1, 1}});
    CHECK(target_of(run, figure, {"c"}).has_value() == target_of(run, figure).has_value());
    return target_of(run, figure, {"a", "b"}).has_value();
  };
  benchmarks::options given;
  given.url = persistence::database_url{"postgresql:///nowhere"};
  constexpr std::string_view p99 = "commit: p99 beside a purge / alone",
                             original = "delete: original layout / nava, p50",
                             peak = "resident memory, peak";
  CHECK(judged("mixed", given, 1000, p99));
  CHECK_FALSE(judged("mixed", given, 999, p99));
  given.workflows = 19'999;
  CHECK_FALSE(judged("cascade_delete", given, 9, original));
  given.workflows = 20'000;
  CHECK(judged("cascade_delete", given, 9, original));
  CHECK(judged("replay", given, 9, peak));
  CHECK_FALSE(judged("replay", given, 9, "resident memory, second half above the first"));
  given.events = 99'999;
  CHECK_FALSE(judged("replay", given, 9, peak));
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
    partitioned_tables tables{given, "made", 3, 7, out};
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
    const auto partitioned = persistence::open_store(given.url, {.schema = schema});
    CHECK(partitioned->purge({}).workflows == 7);
    CHECK_THROWS_WITH(tables.drop_oldest(), Contains("not dropped alone and whole"));
    CHECK_THROWS_WITH((partitioned_tables{given, "made", 1, 1, out}), Contains("is there already"));
  }
  CHECK(raw->value("SELECT count(*) FROM pg_namespace WHERE nspname = '" + schema + "'") == "0");
}
