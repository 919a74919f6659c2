// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nava/inspection/schema_check.hpp>
#include <nava/persistence/migration.hpp>
#include <nava/schema/workflow_database.hpp>
#include <sstream>

#include "integration/tools/schema_command.hpp"

using namespace nava;
using namespace nava::test;
using Catch::Contains;
using inspection::finding;

#define SCHEMA_TOOL_TEST_CASE(NAME) LASTING_TEST_CASE("nava schema: " NAME, "[tool]")

namespace {

void drift(test_database& database) {
  const auto raw = raw_of(database);
  raw->run("DROP TABLE workflow_task");
  raw->run("DROP INDEX uq_workflow_event_key");
  raw->run("CREATE TABLE leftover (a int PRIMARY KEY)");
}

std::vector<finding> findings_of(test_database& database) {
  return inspection::check_schema(database.url(), schema::workflow_database<>::description);
}

words lines_of(const std::string& text) {
  words lines;
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

void check_clean(const program_result& result) {
  CHECK(result.exit_code == clean);
  CHECK(result.out == "no findings\n");
  CHECK(result.err.empty());
}

}  // namespace

TEST_CASE("nava schema: a command line that cannot be meant is misuse", "[tool]") {
  const sqlite_file database;
  const std::string url = "sqlite:" + database.path().string();
  check_complaint(run_nava({}), "see nava --help");
  check_complaint(run_nava({"schema"}),
                  "needs a command: print, check, lint; see nava schema --help");
  check_complaint(run_nava({"schema", "fly"}), "see nava schema --help");
  check_complaint(run_nava({"schema", "lint", "--fly"}), "see nava schema lint --help");
  check_complaint(run_nava({"schema", "print", "--dialect", "nonsense"}), "nonsense");
  check_complaint(schema_of(url, {"check", "--schema", "Nava"}), "schema name");
  check_complaint(schema_of(url, {"check", "--sarif"}), "--sarif");
  check_complaint(schema_of(url, {"lint", "--json", "--sarif"}), "--json or --sarif, not both");
  check_complaint(schema_of(url, {"lint", "--path-keys", "0"}), "--path-keys");
  for (const char* pattern : {"", "fk_{table}", "{columns}_{column}", "{columns", "{{columns}}"})
    check_complaint(schema_of(url, {"lint", "--foreign-key-name", pattern}), "{columns}");
  check_complaint(schema_of(url, {"lint", "--sarif-file", "db/schema.sql"}), "--sarif");
  check_complaint(schema_of(url, {"lint", "--sarif", "--sarif-file", ""}), "not empty");
  for (const char* command : {"check", "lint"}) {
    check_complaint(schema_of(url, {command, "--baseline", "a", "--write-baseline", "b"}),
                    "excludes");
    for (const char* option : {"--baseline", "--write-baseline"})
      check_complaint(schema_of(url, {command, option, ""}), "not empty");
    check_complaint(schema_of(url, {command, "--schema", "other"}), "leave out --schema");
    for (const char* place : {"pg_catalog", "information_schema"})
      check_complaint(schema_of("postgresql:///none", {command, "--schema", place}),
                      "of the server's own");
  }
  check_complaint(schema_of("nonsense", {"check"}), "");
  check_complaint(schema_of("nonsense", {"lint"}), "");
  CHECK_FALSE(std::filesystem::exists(database.path()));
}

TEST_CASE("nava schema: on SQLite a schema may be named as it is called", "[tool]") {
  const sqlite_file database;
  persistence::migrate(database.url());
  const std::string url = "sqlite:" + database.path().string();
  CHECK(schema_of(url, {"lint", "--schema", "main"}).exit_code == clean);
  CHECK(schema_of(url, {"check", "--schema", "nava"}).exit_code == clean);
}

TEST_CASE("nava schema: a database without tables cannot be listed as known", "[tool]") {
  const temporary_directory directory;
  const sqlite_file database;
  write(database.path(), "");
  const std::string url = "sqlite:" + database.path().string();
  const std::string file = (directory.path() / "known.txt").string();
  const auto written = schema_of(url, {"check", "--write-baseline", file});
  CHECK(written.exit_code == has_findings);
  CHECK(written.err == "wrote 0 to " + file + "\n");
  CHECK_THAT(content_of(file), !Contains("migrations"));
  const auto again = schema_of(url, {"check", "--baseline", file});
  CHECK(again.exit_code == has_findings);
  CHECK_THAT(again.out, Catch::StartsWith("error   migrations-not-applied "));
  write(file, "migrations-not-applied main.nava_migration\n");
  check_complaint(schema_of(url, {"check", "--baseline", file}), "can never be known");
}

TEST_CASE("nava schema: what is not there cannot be looked at", "[tool]") {
  const temporary_directory directory;
  const std::string file = (directory.path() / "none.db").string();
  const std::string server = "postgresql:///nava?host=" + directory.path().string();
  write(directory.path() / "letter.txt", std::string(4096, 'x'));
  const std::string letter = "sqlite:" + (directory.path() / "letter.txt").string();
  for (const auto* command : {"check", "lint"}) {
    check_complaint(schema_of("sqlite:" + file, {command}), "none.db");
    check_complaint(schema_of(server, {command}), "cannot connect");
    check_complaint(schema_of(letter, {command}), "letter.txt");
    check_complaint(schema_of("sqlite::memory:", {command}), "in memory");
    CHECK(program{"/bin/sh",
                  {"-c", "exec \"$0\" schema \"$1\" --database \"$2\" >/dev/full", NAVA_TOOL,
                   command, letter}}
              .wait()
              .exit_code == could_not_look);
  }
  CHECK_FALSE(std::filesystem::exists(file));
  if (!postgresql_schema::available()) return;
  const postgresql_schema missing;
  check_complaint(schema_of(postgresql_url(), {"lint", "--schema", missing.schema()}),
                  missing.schema());
  const auto found = schema_of(postgresql_url(), {"check", "--schema", missing.schema()});
  CHECK(found.exit_code == has_findings);
  CHECK_THAT(found.out, Catch::StartsWith("error   missing-schema " + missing.schema()));
}

SCHEMA_TOOL_TEST_CASE("check of a database that is as described says so") {
  persistence::migrate(database.url(), database.options());
  check_clean(schema_at(database, {"check"}));
  check_clean(schema_at(database, {"check", "--catalog-only"}));
  const auto result = schema_at(database, {"check", "--json"});
  CHECK(result.exit_code == clean);
  CHECK(json::parse(result.out) == json::parse(R"({"findings": [], "known": 0, "stale": []})"));
}

SCHEMA_TOOL_TEST_CASE("check prints a line for each finding, with the statement that mends it") {
  persistence::migrate(database.url(), database.options());
  drift(database);
  const auto expected = findings_of(database);
  REQUIRE(expected.size() == 3);
  const auto result = schema_at(database, {"check"});
  CHECK(result.exit_code == has_findings);
  CHECK(result.err.empty());
  const words lines = lines_of(result.out);
  REQUIRE(lines.size() == 4);
  const auto raw = raw_of(database);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK_THAT(lines[i], Catch::StartsWith(std::string{to_text(expected[i].how_bad)}) &&
                             Contains(" " + expected[i].rule + " " + expected[i].object + ": " +
                                      expected[i].message) &&
                             Catch::EndsWith(expected[i].statement));
    // As a person would who takes the line at its word.
    const std::string before = expected[i].statement.empty() ? "its data with: " : "; run: ";
    REQUIRE(lines[i].find(before) != std::string::npos);
    std::string statements = lines[i].substr(lines[i].find(before) + before.size());
    if (expected[i].statement.empty()) statements += ';';
    for (std::size_t at = 0; (at = statements.find("; ", at)) != std::string::npos;)
      statements[at + 1] = '\n';
    run_statements(*raw, statements + "\n");
  }
  CHECK(lines[3] ==
        (is_sqlite(database) ? "3 findings: 2 errors, 1 note" : "3 findings: 2 errors, 1 warning"));
  check_clean(schema_at(database, {"check"}));
}

SCHEMA_TOOL_TEST_CASE("check prints the same findings as JSON") {
  persistence::migrate(database.url(), database.options());
  drift(database);
  const auto expected = findings_of(database);
  const auto result = schema_at(database, {"check", "--json"});
  CHECK(result.exit_code == has_findings);
  const auto found = findings_in(result);
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    CHECK(found[i] == json::value{{"rule", expected[i].rule},
                                  {"object", expected[i].object},
                                  {"severity", to_text(expected[i].how_bad)},
                                  {"message", expected[i].message},
                                  {"statement", expected[i].statement}});
}

SCHEMA_TOOL_TEST_CASE("a baseline silences what it lists, and says what was not found") {
  persistence::migrate(database.url(), database.options());
  const temporary_directory directory;
  const std::string file = (directory.path() / "known.txt").string();
  const words with_baseline{"check", "--baseline", file};
  check_complaint(schema_at(database, with_baseline), "there is no such file");
  drift(database);
  const auto written = schema_at(database, {"check", "--write-baseline", file});
  CHECK(written.exit_code == clean);
  CHECK(written.out == "no findings; 3 known\n");
  CHECK(written.err == "wrote 3 to " + file + "\n");
  const auto known = schema_at(database, with_baseline);
  CHECK(known.exit_code == clean);
  CHECK(known.out == "no findings; 3 known\n");

  raw_of(database)->run("DROP TABLE leftover");
  raw_of(database)->run("CREATE INDEX ix_other ON workflow (status)");
  const auto changed = schema_at(database, with_baseline);
  CHECK(changed.exit_code == has_findings);
  const words lines = lines_of(changed.out);
  REQUIRE(lines.size() == 3);
  const std::string place = is_sqlite(database) ? "main" : database.url().schema();
  CHECK_THAT(lines[0], Contains("extra-index " + place + ".workflow.ix_other"));
  CHECK(lines[1] == "stale   extra-table " + place + ".leftover: not found in this run");
  CHECK(lines[2] == "1 finding: 1 warning; 2 known; 1 stale");

  write(file, "This is no baseline\n");
  check_complaint(schema_at(database, with_baseline), "line 1");
  check_complaint(schema_at(database, {"check", "--baseline", directory.path().string()}),
                  "is no regular file");
  check_complaint(
      schema_at(database, {"check", "--write-baseline", (directory.path() / "no/file").string()}),
      "no/file");
}

SCHEMA_TOOL_TEST_CASE("lint prints text, JSON, SARIF and a baseline of the same findings") {
  persistence::migrate(database.url(), database.options());
  const temporary_directory directory;
  const std::string file = (directory.path() / "known.txt").string();
  check_clean(schema_at(database, {"lint"}));
  raw_of(database)->run(
      "CREATE TABLE line (id int PRIMARY KEY, parent_id int CONSTRAINT odd REFERENCES line)");
  const auto text = schema_at(database, {"lint"});
  CHECK(text.exit_code == has_findings);
  const words lines = lines_of(text.out);
  REQUIRE(lines.size() == 4);
  CHECK_THAT(lines[0], Catch::StartsWith("note    self-reference "));
  CHECK_THAT(lines[1], Catch::StartsWith("warning foreign-key-without-index ") &&
                           Contains("; run: CREATE INDEX "));
  CHECK_THAT(lines[2], Catch::StartsWith("warning constraint-name-convention ") &&
                           Contains("expected fk_line_parent_id or line_parent_id_fkey"));
  CHECK(lines[3] == "3 findings: 2 warnings, 1 note");

  const auto found = findings_in(schema_at(database, {"lint", "--json"}));
  const auto sarif = schema_at(database, {"lint", "--sarif", "--sarif-file", "db/schema.sql"});
  CHECK(sarif.exit_code == has_findings);
  const json::value log = json::parse(sarif.out);
  CHECK(log.at("version") == "2.1.0");
  const auto& results = log.at("runs").at(0).at("results").as_array();
  REQUIRE(found.size() == 3);
  REQUIRE(results.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(results[i].at("ruleId") == found[i].at("rule"));
    CHECK_THAT(lines[i], Contains(std::string{found[i].at("object").as_string()}));
  }

  CHECK(schema_at(database, {"lint", "--write-baseline", file}).exit_code == clean);
  CHECK(schema_at(database, {"lint", "--baseline", file}).out == "no findings; 3 known\n");
  write(file, "no-such-rule public.line\n");
  check_complaint(schema_at(database, {"lint", "--baseline", file}), "line 1");
}

SCHEMA_TOOL_TEST_CASE("lint takes the names that it is told") {
  persistence::migrate(database.url(), database.options());
  raw_of(database)->run(
      "CREATE TABLE line (id int PRIMARY KEY, parent_id int UNIQUE CONSTRAINT line_to_parent_id "
      "REFERENCES line)");
  const words own{"lint", "--foreign-key-name", "fk_{table}_{columns}", "--foreign-key-name",
                  "{table}_to_{columns}"};
  const auto result = schema_at(database, own);
  CHECK(result.exit_code == clean);
  CHECK_THAT(result.out, Catch::EndsWith("1 finding: 1 note\n"));
  CHECK(schema_at(database, {"lint"}).exit_code == has_findings);
}

TEST_CASE("nava schema: a password in a URL is never printed", "[tool]") {
  const temporary_directory directory;
  const std::string nowhere = (directory.path() / "nowhere").string();
  words urls{"postgresql://user:sekret@localhost:1/db", "postgresql://user:sekret@[bad/db",
             "postgresql:///db?host=" + nowhere + "&password=sekret",
             "mysql://user:sekret@host/db"};
  if (postgresql_schema::available())
    urls.push_back(with_parameter(postgresql_url(), "password=sekret"));
  for (const auto& url : urls)
    for (const auto* command : {"check", "lint"}) {
      CAPTURE(url, command);
      // A schema that is not there is the longest way that text of the URL can take.
      const auto result = schema_of(url, {command, "--schema", "no_such_schema"});
      CHECK(result.exit_code != clean);
      CHECK_THAT(result.out + result.err, !Contains("sekret"));
    }
  const auto misplaced = run_nava({"schema", "check", "postgresql://me:sekret@host/db"});
  CHECK(misplaced.exit_code == could_not_look);
  CHECK_THAT(misplaced.err, !Contains("sekret"));
}

TEST_CASE("nava schema lint: a baseline has every finding, of which a list shows a hundred") {
  const sqlite_file database;
  write(database.path(), "");
  const auto raw = database.raw();
  constexpr int faults = 130;
  raw->run("CREATE TABLE parent (id INTEGER PRIMARY KEY)");
  for (int i = 0; i < faults; ++i) {
    const std::string name = "child_" + std::to_string(i);
    raw->run("CREATE TABLE " + name +
             " (id INTEGER PRIMARY KEY, parent_id INTEGER, CONSTRAINT fk_" + name +
             "_parent_id FOREIGN KEY (parent_id) REFERENCES parent)");
  }
  const temporary_directory directory;
  const std::string file = (directory.path() / "known.txt").string();
  const auto lint = [&](const words& more) {
    return schema_of("sqlite:" + database.url().location(), joined({"lint"}, more));
  };
  const std::string count = std::to_string(faults);
  CHECK_THAT(lint({}).out, Contains("101 findings: 100 warnings, 1 note\n"));
  CHECK(lint({"--write-baseline", file}).err == "wrote " + count + " to " + file + "\n");
  CHECK(lint({"--baseline", file}).out == "no findings; " + count + " known\n");
}
