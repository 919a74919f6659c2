// SPDX-License-Identifier: Apache-2.0
#include "tools/findings/findings.hpp"

#include <sys/stat.h>

#include <nava/schema/types.hpp>
#include <sstream>

#include "support/catch.hpp"
#include "support/databases.hpp"
#include "support/files.hpp"
#include "tools/findings/baseline.hpp"
#include "tools/findings/report.hpp"
#include "tools/findings/sarif.hpp"

using namespace nava;
using namespace nava::tools;
using inspection::finding;
using inspection::severity;

namespace {

const finding bare{"foreign-key-without-index", "public.line.fk_line_order_id", "no index",
                   "CREATE INDEX \"i\" ON \"line\" (\"order_id\");", severity::warning};
const finding tree{"self-reference", "public.category.fk_category_parent_id", "leads to itself", "",
                   severity::note};
const finding shut{"foreign-key-cycle", "public.egg, public.hen", "leads round", "",
                   severity::error};

std::string printed(const findings_report& report, bool json = false) {
  std::ostringstream out;
  print_findings(out, report, json);
  return out.str();
}

json::value sarif_of(const std::vector<finding>& findings, const sarif_options& options) {
  std::ostringstream out;
  print_sarif(out, findings, inspection::lint_rules(), options);
  return json::parse(out.str());
}

// Two tables, and a key from one to the other that has no index.
inspection::catalog bad_schema() {
  inspection::catalog database;
  for (const char* name : {"child", "parent"}) {
    inspection::catalog_table& table = database.tables.emplace_back();
    table.schema = "public";
    table.name = name;
    table.columns = {{"id", "bigint", false, "", "", ""}};
    table.indexes.resize(1);
    table.indexes.front().columns = {"id"};
  }
  database.tables[0].columns.push_back({"parent_id", "bigint", true, "", "", ""});
  inspection::catalog_foreign_key& key = database.tables[0].foreign_keys.emplace_back();
  key.name = "fk_child_parent_id";
  key.columns = {"parent_id"};
  key.target_schema = "public";
  key.target_table = "parent";
  key.target_columns = {"id"};
  return database;
}

const std::string known_line = "foreign-key-without-index public.child.fk_child_parent_id";

struct linted {
  int code = -1;
  std::string out;
  std::string err;
};

linted lint_of(const inspection::catalog& database, const report_options& options) {
  std::ostringstream out, err;
  const int code = report(inspection::lint(database), inspection::lint_rules(), options, out, err);
  return {code, out.str(), err.str()};
}

std::string refusal_of(const std::string& file) {
  try {
    const baseline read = read_baseline(file, inspection::lint_rules());
    return "read " + std::to_string(read.size());
  } catch (const std::runtime_error& refused) {
    return refused.what();
  }
}

}  // namespace

TEST_CASE("findings: text is a line for each, its statement, and a line that counts") {
  CHECK(printed({{bare, tree, shut}}) ==
        "warning foreign-key-without-index public.line.fk_line_order_id: no index; run: "
        "CREATE INDEX \"i\" ON \"line\" (\"order_id\");\n"
        "note    self-reference public.category.fk_category_parent_id: leads to itself\n"
        "error   foreign-key-cycle public.egg, public.hen: leads round\n"
        "3 findings: 1 error, 1 warning, 1 note\n");
  CHECK(printed({}) == "no findings\n");
  CHECK(printed({{}, 7, {"self-reference public.a.b"}}) ==
        "stale   self-reference public.a.b: not found in this run\n"
        "no findings; 7 known; 1 stale\n");
  CHECK(printed({{bare, bare}}).ends_with("\n2 findings: 2 warnings\n"));
}

TEST_CASE("findings: what a database calls its tables does no harm to a terminal") {
  finding hostile = bare;
  hostile.object = "public.\x1b[2J\nerror";
  hostile.message =
      "\xC2\x9B"
      "31m";
  const std::string text = printed({{hostile}});
  CHECK(
      text.starts_with("warning foreign-key-without-index public.?[2J?error: ?31m; see --json\n"));
}

TEST_CASE("findings: no name passes for a statement") {
  const std::string trap = "t; run: DROP TABLE person; --";
  for (std::string finding::*part : {&finding::object, &finding::message, &finding::statement}) {
    finding hostile = bare;
    hostile.*part = trap;
    const std::string text = printed({{hostile}});
    CAPTURE(text);
    CHECK(text.find("; run: ") == std::string::npos);
    CHECK(text.find("; see --json\n") != std::string::npos);
    hostile.statement.clear();
    CHECK(printed({{hostile}}).find("; run: ") == std::string::npos);
    CHECK(printed({{hostile}}).find("; see --json") == std::string::npos);
  }
  finding broken = bare;
  broken.statement = "ALTER TABLE \"two\nlines\"";
  CHECK(printed({{broken}}).find("no index; see --json\n") != std::string::npos);
  CHECK(printed({{}, 0, {"self-reference " + trap}}).find("; run: ") == std::string::npos);
}

TEST_CASE("findings: JSON has every field of every finding") {
  const json::value all = json::parse(printed({{bare, tree}, 2, {"old line"}}, true));
  CHECK(all == json::parse(R"({
    "findings": [
      {"rule": "foreign-key-without-index", "object": "public.line.fk_line_order_id",
       "severity": "warning", "message": "no index",
       "statement": "CREATE INDEX \"i\" ON \"line\" (\"order_id\");"},
      {"rule": "self-reference", "object": "public.category.fk_category_parent_id",
       "severity": "note", "message": "leads to itself", "statement": ""}],
    "known": 2,
    "stale": ["old line"]})"));
  CHECK(json::parse(printed({}, true)) ==
        json::parse(R"({"findings": [], "known": 0, "stale": []})"));
}

TEST_CASE("findings: JSON is UTF-8, whatever bytes a name has") {
  finding latin = tree;
  latin.object =
      "public.stra\xDF"
      "e";
  const json::value all = json::parse(printed({{latin}}, true));
  CHECK(all.at("findings").at(0).at("object").as_string() == "public.stra?e");
}

TEST_CASE("findings: only warnings and errors fail a build") {
  CHECK(exit_code({}) == 0);
  CHECK(exit_code(std::vector{tree}) == 0);
  CHECK(exit_code(std::vector{tree, bare}) == 1);
  CHECK(exit_code(std::vector{shut}) == 1);
}

TEST_CASE("findings: SARIF names the tool, its rules, and each result") {
  const json::value log = sarif_of({tree, bare}, {"1.2.3", ""});
  CHECK(log.at("version").as_string() == "2.1.0");
  CHECK(log.at("$schema").as_string().ends_with("sarif-schema-2.1.0.json"));
  const json::value& driver = log.at("runs").at(0).at("tool").at("driver");
  CHECK(driver.at("version").as_string() == "1.2.3");
  const json::array& rules = driver.at("rules").as_array();
  REQUIRE(rules.size() == inspection::lint_rules().size());
  const json::array& results = log.at("runs").at(0).at("results").as_array();
  REQUIRE(results.size() == 2);
  for (const json::value& each : results)
    CHECK(rules.at(each.at("ruleIndex").to_number<std::size_t>()).at("id") == each.at("ruleId"));
  CHECK(results[0].at("level").as_string() == "note");
  CHECK(results[1] == json::parse(R"j({
    "ruleId": "foreign-key-without-index", "ruleIndex": 6, "level": "warning",
    "message": {"text":
      "public.line.fk_line_order_id: no index\nCREATE INDEX \"i\" ON \"line\" (\"order_id\");"},
    "locations": [{"logicalLocations": [
      {"fullyQualifiedName": "public.line.fk_line_order_id", "kind": "resource"}]}],
    "partialFingerprints": {
      "ruleAndObject/v1": "foreign-key-without-index public.line.fk_line_order_id"}})j"));
}

TEST_CASE("findings: SARIF has a file only where one is named, as a URI") {
  const json::value log = sarif_of({bare}, {"", "db/my schema#1.sql"});
  const json::value& place =
      log.at("runs").at(0).at("results").at(0).at("locations").at(0).at("physicalLocation");
  CHECK(place.at("artifactLocation").at("uri").as_string() == "db/my%20schema%231.sql");
  CHECK(place.at("region").at("startLine") == 1);
}

TEST_CASE("findings: a baseline is written sorted, and read again takes its findings out") {
  const test::temporary_directory directory;
  const std::string file = (directory.path() / "known.txt").string();
  test::write(file, "an older one\n");
  CHECK(write_baseline(file, {tree, shut, bare, bare}) == 3);
  const std::string content = test::content_of(file);
  CHECK(content.find("\nforeign-key-cycle public.egg, public.hen\n"
                     "foreign-key-without-index public.line.fk_line_order_id\n"
                     "self-reference public.category.fk_category_parent_id\n") !=
        std::string::npos);
  CHECK(content.find("an older one") == std::string::npos);
  CHECK(std::distance(std::filesystem::directory_iterator{directory.path()}, {}) == 1);

  finding changed = bare;
  changed.message = "no index, and more rows by now";
  const finding fresh{"self-reference", "public.other.key", "", "", severity::note};
  const findings_report report =
      without_known({changed, fresh, shut}, read_baseline(file, inspection::lint_rules()));
  CHECK(report.findings == std::vector{fresh});
  CHECK(report.known == 2);
  CHECK(report.stale ==
        std::vector<std::string>{"self-reference public.category.fk_category_parent_id"});
}

TEST_CASE("findings: a name with a line break is one line of a baseline") {
  const test::temporary_directory directory;
  const std::string file = (directory.path() / "known.txt").string();
  finding odd = tree;
  odd.object = "public.two\nlines";
  write_baseline(file, {odd});
  CHECK(without_known({odd}, read_baseline(file, inspection::lint_rules())).known == 1);
}

TEST_CASE("findings: blanks at the end of a line, and of a name, do not matter to a baseline") {
  const test::temporary_directory directory;
  const std::string file = (directory.path() / "known.txt").string();
  finding odd = tree;
  odd.object = "public.ends with blanks  ";
  CHECK(write_baseline(file, {odd}) == 1);
  const std::string written = test::content_of(file);
  CHECK(written.find(" \n") == std::string::npos);
  CHECK(without_known({odd}, read_baseline(file, inspection::lint_rules())).known == 1);
  test::write(file, "  \t\nself-reference public.a.b \t \r\n");
  CHECK(read_baseline(file, inspection::lint_rules()) == baseline{"self-reference public.a.b"});
}

TEST_CASE("findings: what keeps a program from starting can never be known") {
  const test::temporary_directory directory;
  const std::string file = (directory.path() / "known.txt").string();
  for (const char* rule :
       {"missing-schema", "migrations-not-applied", "migrations-newer", "migration-name"}) {
    CAPTURE(rule);
    const finding fatal{rule, "nava.nava_migration", "is not as it should be", ""};
    CHECK(write_baseline(file, {fatal, bare}) == 1);
    CHECK(test::content_of(file).find(rule) == std::string::npos);
    const findings_report left = without_known({fatal, bare}, {identity(fatal), identity(bare)});
    CHECK(left.findings == std::vector{fatal});
    CHECK(left.known == 1);
    CHECK(left.stale.empty());
    test::write(file, identity(fatal) + '\n');
    CHECK_THROWS_WITH(read_baseline(file, {}),
                      "baseline " + file + ": line 1: " + rule + " can never be known");

    std::ostringstream out, err;
    CHECK(report({fatal, bare}, {}, {.write_baseline = file}, out, err) == 1);
    CHECK(err.str() == "wrote 1 to " + file + '\n');
    CHECK(out.str() == std::string{"error   "} + rule +
                           " nava.nava_migration: is not as it should be\n"
                           "1 finding: 1 error; 1 known\n");
  }
}

TEST_CASE("findings: a baseline may have comments, empty lines and ends of lines of Windows") {
  const test::temporary_directory directory;
  const std::string file = (directory.path() / "known.txt").string();
  test::write(file, "# why\r\n\r\nself-reference public.a.b\r\nself-reference public.c.d");
  CHECK(read_baseline(file, inspection::lint_rules()) ==
        baseline{"self-reference public.a.b", "self-reference public.c.d"});
}

TEST_CASE("findings: a baseline may begin with the mark that editors of Windows write") {
  const test::temporary_directory directory;
  const std::string file = (directory.path() / "known.txt").string();
  test::write(file, "\xEF\xBB\xBFself-reference public.a.b\nself-reference public.c.d\n");
  CHECK(read_baseline(file, inspection::lint_rules()) ==
        baseline{"self-reference public.a.b", "self-reference public.c.d"});
}

TEST_CASE("findings: a baseline that cannot be meant is refused, naming the line") {
  const test::temporary_directory directory;
  const std::string file = (directory.path() / "known.txt").string();
  CHECK(refusal_of(file) == "baseline " + file +
                                ": there is no such file; --write-baseline FILE makes one of what "
                                "is found now");
  CHECK(refusal_of(directory.path().string()) ==
        "baseline " + directory.path().string() + ": is no regular file");
  for (const char* wrong : {"self-referense public.a.b", "self-reference"}) {
    test::write(file, std::string{"# known\n"} + wrong + '\n');
    CHECK(refusal_of(file) == "baseline " + file + ": line 2 is no rule and an object: " + wrong);
  }
}

TEST_CASE("findings: a baseline that cannot be written leaves nothing behind") {
  const test::temporary_directory directory;
  const std::string in_no_folder = (directory.path() / "none" / "known.txt").string();
  CHECK_THROWS_WITH(write_baseline(in_no_folder, {bare}),
                    "baseline " + in_no_folder + ": cannot be written");
  const auto folder = directory.path() / "folder";
  std::filesystem::create_directories(folder / "within");
  CHECK_THROWS_WITH(write_baseline(folder.string(), {bare}),
                    "baseline " + folder.string() + ": is no regular file");
  CHECK(std::distance(std::filesystem::directory_iterator{directory.path()}, {}) == 1);
}

TEST_CASE("findings: a baseline is a regular file, and a pipe is neither read nor replaced") {
  const test::temporary_directory directory;
  const std::string pipe = (directory.path() / "pipe").string();
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const std::string to_pipe = (directory.path() / "to_pipe").string();
  std::filesystem::create_symlink(pipe, to_pipe);
  for (const std::string& file : {pipe, to_pipe}) {
    CHECK(refusal_of(file) == "baseline " + file + ": is no regular file");
    CHECK_THROWS_WITH(write_baseline(file, {bare}), "baseline " + file + ": is no regular file");
  }
  CHECK(std::filesystem::is_fifo(std::filesystem::symlink_status(pipe)));
  CHECK(std::filesystem::is_symlink(to_pipe));
  CHECK(std::distance(std::filesystem::directory_iterator{directory.path()}, {}) == 2);
}

TEST_CASE("findings: a link to a baseline stays, and what it leads to is replaced") {
  const test::temporary_directory directory;
  const auto target = directory.path() / "folder" / "known.txt";
  std::filesystem::create_directory(target.parent_path());
  test::write(target, "# an older one\n");
  const auto link = directory.path() / "link.txt";
  std::filesystem::create_symlink("folder/known.txt", link);
  write_baseline(link.string(), {bare});
  CHECK(std::filesystem::is_symlink(link));
  CHECK(test::content_of(target).find(identity(bare)) != std::string::npos);
  CHECK(test::content_of(target).find("older") == std::string::npos);
  CHECK(read_baseline(link.string(), {}) == baseline{identity(bare)});

  std::filesystem::remove(target);
  CHECK_THROWS_WITH(write_baseline(link.string(), {bare}),
                    "baseline " + link.string() + ": is a link that leads nowhere");
  CHECK(std::filesystem::is_symlink(link));
  CHECK(std::filesystem::is_empty(target.parent_path()));
}

TEST_CASE("findings: a baseline has a size from which it is refused") {
  const test::temporary_directory directory;
  const auto file = directory.path() / "known.txt";
  test::write(file, "# ");
  std::filesystem::resize_file(file, baseline_bytes_max);
  CHECK(refusal_of(file.string()) == "read 0");
  std::filesystem::resize_file(file, baseline_bytes_max + 1);
  CHECK(refusal_of(file.string()) ==
        "baseline " + file.string() + ": is larger than a baseline can be");
}

TEST_CASE("findings: lint prints what is new, and its exit code says whether there is any") {
  const test::temporary_directory directory;
  report_options request;
  const linted found = lint_of(bad_schema(), request);
  CHECK(found.code == 1);
  CHECK(found.out.starts_with("warning " + known_line + ": no index begins with (parent_id)"));
  CHECK(found.err.empty());

  request.write_baseline = (directory.path() / "known.txt").string();
  const linted written = lint_of(bad_schema(), request);
  CHECK(written.code == 0);
  CHECK(written.out == "no findings; 1 known\n");
  CHECK(written.err == "wrote 1 to " + request.write_baseline + '\n');

  request.baseline = std::exchange(request.write_baseline, "");
  CHECK(lint_of(bad_schema(), request).code == 0);
  CHECK(lint_of({}, request).out ==
        "stale   " + known_line + ": not found in this run\nno findings; 1 stale\n");
  CHECK(lint_of({}, request).code == 0);
}

TEST_CASE("findings: lint prints JSON and SARIF of the same findings") {
  using output = report_options::output;
  const json::value plain = json::parse(lint_of(bad_schema(), {.format = output::json}).out);
  CHECK(plain.at("findings").as_array().size() == 1);
  report_options request{.format = output::sarif};
  request.version = "0.1.0";
  const linted found = lint_of(bad_schema(), request);
  CHECK(found.code == 1);
  CHECK(json::parse(found.out).at("runs").at(0).at("results").as_array().size() == 1);
}
