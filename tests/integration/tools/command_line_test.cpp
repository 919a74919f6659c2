// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>

#include "integration/tools/nava_command.hpp"

using namespace nava;
using namespace nava::test;
using Catch::Contains;
using std::filesystem::path;

TEST_CASE("tool: a command line that cannot be meant is misuse", "[tool]") {
  const sqlite_file database;
  const std::string url = "sqlite:" + database.path().string();
  const std::string id = schema::to_text(new_id());
  const std::vector<words> misuses{
      {},
      {"fly"},
      {"list", "--fast"},
      {"list", "--status", "BUSY"},
      {"list", "--status", ""},
      {"list", "--definition", ""},
      {"list", "--limit", "-1"},
      {"list", "--limit", "0"},
      {"list", "--limit", "many"},
      {"show"},
      {"show", "none"},
      {"show", "case/"},
      {"show", id, "--tail", "0"},
      {"replay", "log.csv", "--time-zone", "Europe/Pariss"},
      {"replay", "log.csv", "--definition", ""},
      {"show", id + "0"},
      {"show", id, id},
      {"delete"},
      {"delete", id, "none"},
      {"replay"},
      {"migrate", "--drop-data"},
      {"migrate", "--to"},
      {"migrate", "--to", "-1"},
      {"migrate", "--to", "10000"},
      {"migrate", "--to", "newest"},
      {"migrate", "--schema", "Nava"},
      {"migrate", "--schema", "na;va"},
      {"migrate", "--schema", ""},
      {"migrate", "--schema", std::string(64, 'a')},
  };
  for (const auto& misuse : misuses) {
    CAPTURE(misuse);
    const bool names_a_command = misuse != words{};
    check_complaint(run_nava(names_a_command ? joined(misuse, {"--database", url}) : misuse),
                    misused, "");
  }
  CHECK_FALSE(std::filesystem::exists(database.path()));
}

TEST_CASE("tool: a word that is no command or option is told with the one that was meant",
          "[tool]") {
  const auto told = [](const words& arguments, const std::string& text) {
    CAPTURE(arguments);
    check_complaint(run_nava(arguments), misused, text);
  };
  told({"lst"}, "there is no command nava lst; did you mean list?");
  told({"--json", "del", "x"}, "there is no command nava del; did you mean delete?");
  told({"fly"},
       "there is no command nava fly; there are migrate, partitions, list, show, history, tree, "
       "verify, "
       "retry, ");
  told({"schema", "chekc"}, "there is no command nava schema chekc; did you mean check?");
  told({"schema"}, "nava schema needs a command: print, check, lint; see nava schema --help");
  told({}, "nava needs a command: migrate, ");
  told({"list", "--jsn"}, "nava list has no option --jsn; did you mean --json?");
  told({"purge", "--oldr-than=3d"}, "nava purge has no option --oldr-than; did you mean ");
  told({"list", "--fast"}, "nava list has no option --fast; see nava list --help");
}

TEST_CASE("tool: an empty value is no default", "[tool]") {
  const logs given;
  check_complaint(run_nava({"list", "--database", ""}), misused, "--database");
  check_complaint(run_nava({"--database", "", "list"}), misused, "--database");
  check_complaint(run_nava({"purge", "--older-than", "90d", "--definition", ""}), misused,
                  "--definition");
  check_complaint(run_nava({"partitions", "--drop-older-than", ""}), misused, "--drop-older-than");
  const auto result =
      program{"/bin/sh", {"-c", "NAVA_DATABASE= exec \"$0\" list", NAVA_TOOL}}.wait();
  check_complaint(result, misused, "NAVA_DATABASE is empty");
}

TEST_CASE("tool: advice about another schema names it", "[tool]") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const std::string option = " --schema " + database.schema();
  check_complaint(nava_at(database, {"list"}), refused_it, "nava migrate --database URL" + option);
  CHECK_THAT(nava_at(database, {"schema", "check"}).out, Contains("nava migrate" + option));
}

TEST_CASE("tool: a URL that means nothing is misuse", "[tool]") {
  for (const auto* url :
       {"nonsense", "sqlite:", "mysql://host/db", "postgresql://[bad", "://", "mysql://a\nb"}) {
    CAPTURE(url);
    check_complaint(run_nava({"list", "--database", url}), misused, "");
    check_complaint(run_nava({"list"}, {{"NAVA_DATABASE", url}}), misused, "");
  }
}

TEST_CASE("tool: a complaint is one line whatever it quotes", "[tool]") {
  const logs given;
  const std::string database = "sqlite:" + (given.path() / "none\nnava: lie.db").string();
  check_complaint(run_nava({"list", "--database", database}), refused_it, "none?nava: lie.db");
  const std::string log = given.with("", "a\n\x1b[2Jb.csv");
  check_complaint(run_nava({"replay", log}), refused_it, "a??[2Jb.csv");
  check_complaint(run_nava({"show", "no\nid"}), misused, "no?id");
  check_complaint(run_nava({"fl\ny"}), misused, "");
}

TEST_CASE("tool: a server that is not there is an error in one line", "[tool]") {
  const logs given;
  const std::string url = "postgresql:///nava?host=" + (given.path() / "nowhere").string();
  for (const words& command : {words{"list"}, words{"migrate"}, words{"replay", given.small()}})
    check_complaint(run_nava(joined(command, {"--database", url})), refused_it, "");
}

TEST_CASE("tool: output that cannot be written is an error", "[tool]") {
  const logs given;
  const std::string url = "sqlite:" + (given.path() / "made.db").string();
  CHECK(program{"/bin/sh",
                {"-c", "exec \"$0\" \"$@\" >/dev/full", NAVA_TOOL, "migrate", "--json",
                 "--database", url}}
            .wait()
            .exit_code == refused_it);
}

TEST_CASE("tool: options may stand before the command, and a version may be asked for", "[tool]") {
  const logs given;
  const std::string url = "sqlite:" + (given.path() / "made.db").string();
  CHECK(run_nava({"--database", url, "migrate"}).exit_code == done);
  CHECK(run_nava({"--database", url, "--json", "list"}).out == "[]\n");
  CHECK_THAT(run_nava({"--version"}).out, Catch::StartsWith("nava "));
}

TEST_CASE("tool: a URL in the wrong place does not show its password", "[tool]") {
  const auto result = run_nava({"list", "postgresql://me:s3cret@host/db"});
  check_complaint(result, misused, "not expected");
  CHECK(result.err.find("s3cret") == std::string::npos);
}

TEST_CASE("tool: a file that is no SQLite database is left as it is", "[tool]") {
  const logs given;
  const std::string content(5000, 'x');
  const std::string file = given.with(content, "letter.txt");
  const std::string id = schema::to_text(new_id());
  for (const words& command : {words{"list"}, words{"show", id}, words{"delete", id},
                               words{"migrate"}, words{"replay", given.small()}}) {
    CAPTURE(command);
    check_complaint(run_nava(joined(command, {"--database", "sqlite:" + file})), refused_it, "");
    CHECK(content_of(file) == content);
  }
}

TEST_CASE("tool: a directory is no SQLite database", "[tool]") {
  const logs given;
  for (const auto* command : {"list", "migrate"})
    check_complaint(run_nava({command, "--database", "sqlite:" + given.path().string()}),
                    refused_it, "");
}

TEST_CASE("tool: NAVA_DATABASE is used unless --database is given", "[tool]") {
  const logs given;
  const path by_environment = given.path() / "environment.db", by_option = given.path() / "o.db";
  const program::environment environment{{"NAVA_DATABASE", "sqlite:" + by_environment.string()}};
  CHECK(
      run_nava({"migrate", "--database", "sqlite:" + by_option.string()}, environment).exit_code ==
      done);
  CHECK(std::filesystem::exists(by_option));
  CHECK_FALSE(std::filesystem::exists(by_environment));
  CHECK(run_nava({"migrate"}, environment).exit_code == done);
  CHECK(std::filesystem::exists(by_environment));
}

TEST_CASE("tool: without a URL the database is nava.db in the working directory", "[tool]") {
  program migrating{NAVA_TOOL, {"migrate"}, {{"NAVA_DATABASE", ""}}};
  CHECK(migrating.wait().exit_code == done);
  CHECK(std::filesystem::exists(migrating.directory() / "nava.db"));
}

TEST_CASE("tool: help is no error", "[tool]") {
  for (const words& asked : {words{"--help"}, words{"list", "--help"}}) {
    const auto result = run_nava(asked);
    CHECK(result.exit_code == done);
    CHECK(result.err.empty());
    CHECK_THAT(result.out, Contains("--help"));
  }
}

namespace {

void check_keeps(const std::string& secret, const words& arguments) {
  CAPTURE(arguments);
  const auto result = run_nava(arguments);
  CHECK_THAT(result.out + result.err, !Contains(secret));
}

}  // namespace

TEST_CASE("tool: a password in a URL is never printed", "[tool]") {
  const logs given;
  const std::string nowhere = (given.path() / "nowhere").string();
  for (const auto& url :
       words{"postgresql://user:sekret@localhost:1/db", "postgresql://user:sekret@[bad/db",
             "postgresql://localhost:1/db?password=sekret", "mysql://user:sekret@host/db",
             "postgresql:///db?host=" + nowhere + "&password=sekret",
             "postgresql:///db?password=sekret&host=" + nowhere + "&unheard=of",
             "postgresql://user:sekret@host:port/db",
             "postgresql://localhost:1/db?sslpassword=sekret"})
    for (const auto* command : {"list", "migrate"})
      check_keeps("sekret", {command, "--database", url});
}

TEST_CASE("tool: a password is not printed by what succeeds either", "[tool]") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const std::string url = url_of(database);
  const std::string with_password = with_parameter(url, "password=sekret");
  const words arguments{"migrate", "--database", with_password, "--schema", database.schema()};
  for (int i = 0; i < 2; ++i) {
    const auto result = run_nava(arguments);
    CHECK(result.exit_code == done);
    CHECK_THAT(result.out, !Contains("sekret") && Contains("schema version"));
    CHECK_THAT(result.err, !Contains("sekret"));
  }
}
