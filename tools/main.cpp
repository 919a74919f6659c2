// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <nava/schema/rules.hpp>
#include <nava/schema/text.hpp>
#include <optional>

#include "tools/commands.hpp"
#include "tools/purge.hpp"
#include "tools/replay.hpp"
#include "tools/schema_commands.hpp"
#include "tools/terminal.hpp"

namespace {

using namespace nava;
using namespace nava::tools;

constexpr int exit_refused = 1;
constexpr int exit_usage = 2;
constexpr int exit_not_looked =
    2;  // of schema check and lint, whose 1 says that there are findings

// What the command line asks for that cannot be meant.
class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct arguments {
  std::string database;
  std::optional<std::string> schema;
  bool json = false;
  std::vector<std::string> ids;
  bool dry_run = false;
  std::string status;
  migrate_options migrate;
  std::string layout = "plain";
  std::string partition_every;
  partitions_options partitions;
  std::string drop_older_than;
  list_options list;
  replay_options replay;
  purge_options purge;
  std::string age;
  std::vector<std::string> statuses;
  std::string after;
  std::string dialect = "postgresql";
  bool catalog_only = false;
  bool sarif = false;
  report_options report;
  schema::lint_options lint;
};

constexpr std::string_view default_schema = "nava";
constexpr int age_days_max = 36500;

uuid id_in(const std::string& text) {
  const auto id = schema::parse_uuid(text);
  if (!id)
    throw usage_error{
        fmt::format("'{}' is no uuid; an id looks like "
                    "01890a5d-ac96-774b-bcce-b302099a8057",
                    text)};
  return *id;
}

schema::workflow_status status_in(const std::string& text) {
  const auto status = schema::from_text<schema::workflow_status>(text);
  if (!status)
    throw usage_error{
        fmt::format("'{}' is no status of a workflow; use one of {}", text,
                    fmt::join(schema::enum_names<schema::workflow_status>::names, ", "))};
  return *status;
}

purge_options purge_of(const arguments& given) {
  purge_options options = given.purge;
  const auto age = parse_age(given.age);
  if (!age)
    throw usage_error{
        fmt::format("'{}' is no age; give a whole number and a unit, up to a thousand years: 90d, "
                    "12h, 30m or 45s",
                    given.age)};
  options.policy.finished_for = *age;
  for (const auto& text : given.statuses) {
    options.policy.statuses.push_back(status_in(text));
    if (!is_finished(options.policy.statuses.back()))
      throw usage_error{fmt::format(
          "a workflow that is {} is not finished; purge COMPLETED, CANCELLED or FAILED ones",
          text)};
  }
  if (!given.after.empty()) {
    options.after = persistence::parse_purge_cursor(given.after);
    if (!options.after)
      throw usage_error{fmt::format(
          "'{}' is no place to go on from; copy what a purge that was stopped says", given.after)};
  }
  options.dry_run = given.dry_run;
  options.json = given.json;
  return options;
}

persistence::database_url url_of(const arguments& given) {
  std::string url = given.database;
  if (url.empty())
    if (const char* environment = std::getenv("NAVA_DATABASE")) url = environment;
  if (url.empty()) url = "sqlite:nava.db";
  try {
    return persistence::database_url{url};
  } catch (const persistence::error& malformed) {
    throw usage_error{malformed.what()};
  }
}

schema::dialect dialect_in(const std::string& text) {
  if (text == "postgresql") return schema::dialect::postgresql;
  if (text == "sqlite") return schema::dialect::sqlite;
  if (text == "distributed") return schema::dialect::distributed;
  throw usage_error{fmt::format(
      "'{}' is no dialect; use one of postgresql, sqlite, distributed, partitioned", text)};
}

persistence::partition_interval interval_in(const std::string& text) {
  const auto interval = persistence::parse_partition_interval(text);
  if (!interval)
    throw usage_error{fmt::format("'{}' is no time for a partition; it is 1d to {}d or 1mo to {}mo",
                                  text, persistence::partition_days_max,
                                  persistence::partition_months_max)};
  return *interval;
}

std::chrono::hours age_in(const std::string& text) {
  std::chrono::hours::rep days = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, days);
  if (read.ec != std::errc{} || days < 0 || days > age_days_max ||
      std::string_view{read.ptr, end} != "d")
    throw usage_error{
        fmt::format("'{}' is no age; it is a number of days from 0d to {}d", text, age_days_max)};
  return std::chrono::hours{24} * days;
}

// What a new database is asked to look like.
persistence::store_options with_layout(persistence::store_options store, const arguments& given) {
  const bool partitioned = given.layout == "partitioned";
  if (!partitioned && given.layout != "plain")
    throw usage_error{fmt::format("'{}' is no layout; use plain or partitioned", given.layout)};
  if (!partitioned && !given.partition_every.empty())
    throw usage_error{"--partition-every is for --layout partitioned"};
  if (partitioned) store.layout = persistence::layout::partitioned;
  if (!given.partition_every.empty()) store.partition_every = interval_in(given.partition_every);
  return store;
}

// A SQLite file has one schema, so another name for it is a mistake; PostgreSQL keeps `pg_` for
// itself.
void check_place(const arguments& given, const persistence::database_url& url,
                 std::string_view only_on_sqlite) {
  if (!given.schema) return;
  if (url.backend() == persistence::backend::sqlite) {
    if (*given.schema != only_on_sqlite)
      throw usage_error{"a SQLite database has one schema; leave out --schema"};
  } else if (given.schema->starts_with("pg_") || *given.schema == "information_schema") {
    throw usage_error{
        fmt::format("{} is a schema of the server's own, which is not looked at", *given.schema)};
  }
}

// Other databases call their schemas what they like; empty stands for all.
std::string lint_place(const arguments& given, const persistence::database_url& url) {
  if (given.schema && given.schema->empty())
    throw usage_error{"--schema names a schema; leave it out to lint all of them"};
  check_place(given, url, "main");
  return given.schema.value_or("");
}

target target_of(const arguments& given) {
  const std::string schema = given.schema.value_or(std::string{default_schema});
  if (!schema::rules::is_legal_identifier(schema))
    throw usage_error{"a schema name is [a-z_][a-z0-9_]* and at most 63 bytes long"};
  return {url_of(given), {.schema = schema}};
}

std::vector<uuid> ids_of(const arguments& given) {
  std::vector<uuid> ids;
  for (const auto& text : given.ids) ids.push_back(id_in(text));
  return ids;
}

// CLI11 quotes what it does not understand; a URL may hold a password.
std::string without_urls(std::string text) {
  for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
    const std::size_t end = std::min(text.find_first_of(" \t\n", at), text.size());
    text.replace(at + 3, end - at - 3, "…");
  }
  return text;
}

std::string check_limit(const std::string& text) {
  const bool is_number = !text.empty() && text.size() <= 18 &&
                         text.find_first_not_of("0123456789") == std::string::npos;
  return is_number && text.find_first_not_of('0') != std::string::npos
             ? std::string{}
             : std::string{"takes a whole number from 1"};
}

std::string check_file_name(const std::string& text) {
  return text.empty() ? "takes the name of a file" : "";
}

// A name that leaves out the columns would be the same for every key of a table.
std::string check_name_pattern(const std::string& pattern) {
  std::string rest = pattern;
  bool has_columns = false;
  for (const std::string_view mark : {"{table}", "{columns}"})
    for (std::size_t at = 0; (at = rest.find(mark, at)) != std::string::npos;) {
      has_columns = has_columns || mark == "{columns}";
      rest.replace(at, mark.size(), 1, ' ');
    }
  return has_columns && rest.find_first_of("{}") == std::string::npos
             ? ""
             : "takes a pattern with {columns}, and no other braces than it and {table}";
}

// They may stand before or after the command.
void add_common(CLI::App& command, arguments& given,
                const std::string& default_place = std::string{default_schema}) {
  command.add_option("--database", given.database,
                     "sqlite:PATH or postgresql://…; else NAVA_DATABASE, else sqlite:nava.db");
  command.add_option("--schema", given.schema,
                     fmt::format("database schema on PostgreSQL (default: {})", default_place));
  command.add_flag("--json", given.json, "print JSON");
}

struct command_line {
  CLI::App app{"Workflows in your own database: make its tables, look at them, replay event logs."};
  CLI::App* migrate = app.add_subcommand("migrate", "make the tables, or bring them up to date");
  CLI::App* partitions =
      app.add_subcommand("partitions", "make the partitions of the coming time, and drop old ones");
  CLI::App* list = app.add_subcommand("list", "list workflows in the order of their creation");
  CLI::App* show = app.add_subcommand("show", "show one workflow and its history");
  CLI::App* erase = app.add_subcommand("delete", "delete workflows and all they own");
  CLI::App* purge = app.add_subcommand("purge", "delete workflows that finished some time ago");
  CLI::App* replay = app.add_subcommand("replay", "run a process event log in CSV");

  CLI::App* schema = app.add_subcommand("schema", "print, check or lint the tables of a database");
  CLI::App* print = schema->add_subcommand(
      "print",
      "print the tables as SQL, to read and to compare; nava migrate makes them, with the table of "
      "versions");
  CLI::App* check = schema->add_subcommand("check", "say where a database is not as described");
  CLI::App* lint =
      schema->add_subcommand("lint", "say what will hurt in the schema of any database");

  explicit command_line(arguments& given) {
    app.name("nava");
    app.require_subcommand(1);
    app.set_version_flag("--version", "nava " NAVA_VERSION);
    schema->require_subcommand(1);
    for (CLI::App* command : {&app, migrate, partitions, list, show, erase, purge, replay, schema})
      add_common(*command, given);
    add_common(*check, given, "nava; on SQLite no other is allowed");
    add_common(*lint, given, "all but the server's own; on SQLite only main is allowed");
    add_schema_options(given);
    auto* to = migrate->add_option("--to", given.migrate.to, "go to this version, up or down")
                   ->check(CLI::Range{0, persistence::migrations_max});
    migrate->add_flag("--drop-data", given.migrate.drop_data, "let going down drop tables and rows")
        ->needs(to);
    migrate->add_option("--layout", given.layout,
                        "of tables that are made: plain (default), or partitioned on PostgreSQL");
    migrate->add_option("--partition-every", given.partition_every,
                        "time that one partition holds: 7d, 1mo (default) …");
    partitions
        ->add_option("--ahead", given.partitions.what.ahead,
                     "intervals to make after the current one (default: 3)")
        ->check(CLI::Range{0, persistence::partitions_ahead_max});
    partitions->add_option(
        "--drop-older-than", given.drop_older_than,
        "drop what ended so many days ago, with workflows that finished as long ago: 365d");
    partitions->add_flag("--dry-run", given.partitions.what.dry_run, "only say what would be done");
    list->add_option("--definition", given.list.wfdef_key, "only workflows of this definition");
    list->add_option("--status", given.status, "only workflows with this status");
    list->add_option("--limit", given.list.limit, "at most so many (default: all)")
        ->check(CLI::Validator{check_limit, "N", "limit"});
    show->add_option("ID", given.ids, "id of a workflow")->required()->expected(1);
    erase->add_option("ID", given.ids, "ids of workflows")->required();
    erase->add_flag("--dry-run", given.dry_run, "only say what would be deleted");
    add_purge_options(given);
    replay->add_option("FILE", given.replay.file, "the log")->required();
    replay->add_option("--definition", given.replay.wfdef_key,
                       "key of the derived definition (default: the file's name)");
    replay->add_option("--case-column", given.replay.columns.case_id, "default: case:concept:name");
    replay->add_option("--activity-column", given.replay.columns.activity, "default: concept:name");
    replay->add_option("--time-column", given.replay.columns.time, "default: time:timestamp");
    replay->add_option("--resource-column", given.replay.columns.resource, "default: org:resource");
  }

 private:
  void add_purge_options(arguments& given) {
    auto& policy = given.purge.policy;
    purge
        ->add_option("--older-than", given.age,
                     "finished at least so long ago: a number and s, m, h or d, as in 90d")
        ->required();
    purge->add_option("--status", given.statuses,
                      "only COMPLETED, CANCELLED or FAILED ones; may be given several times");
    purge->add_option("--definition", policy.wfdef_key, "only workflows of this definition");
    purge
        ->add_option("--batch", policy.batch_max,
                     fmt::format("at most so many in one transaction (default: {})",
                                 persistence::purge_batch_max))
        ->check(CLI::Range{std::size_t{1}, persistence::purge_batch_max});
    purge->add_option("--limit", policy.limit, "at most so many in all (default: all)")
        ->check(CLI::Validator{check_limit, "N", "limit"});
    purge->add_option("--after", given.after, "go on where a purge that was stopped ended");
    purge->add_flag("--dry-run", given.dry_run, "only say how many would be purged");
  }

  void add_schema_options(arguments& given) {
    print->add_option("--dialect", given.dialect,
                      "postgresql (default), sqlite, distributed or partitioned");
    check->add_flag("--catalog-only", given.catalog_only,
                    "read the catalog alone, no plan and no table");
    const CLI::Validator is_file_name{check_file_name, "FILE", "file name"};
    for (CLI::App* command : {check, lint}) {
      auto* known = command
                        ->add_option("--baseline", given.report.baseline,
                                     "file of findings that are known and not reported")
                        ->check(is_file_name);
      command
          ->add_option("--write-baseline", given.report.write_baseline,
                       "make such a file of what is found now")
          ->check(is_file_name)
          ->excludes(known);
    }
    auto* sarif = lint->add_flag("--sarif", given.sarif, "print SARIF 2.1.0, for code reviews");
    lint->add_option("--sarif-file", given.report.sarif_file,
                     "file in the reviewed tree at which the findings are shown")
        ->check(is_file_name)
        ->needs(sarif);
    lint->add_option("--path-keys", given.lint.path_keys_max,
                     "foreign keys of a path over other tables (default: 3)")
        ->check(CLI::Range{1, 8});
    lint->add_option("--foreign-key-name", given.lint.foreign_key_names,
                     "pattern of {table} and {columns}; may be given several times")
        ->check(CLI::Validator{check_name_pattern, "PATTERN", "pattern"});
  }
};

bool looks(const command_line& line) { return *line.check || *line.lint; }

int run_schema(const command_line& line, arguments& given) {
  using output = report_options::output;
  if (*line.print) {
    if (given.json || given.schema || !given.database.empty())
      throw usage_error{"schema print looks at no database and takes only --dialect"};
    if (given.dialect == "partitioned") return print_partitioned_schema(std::cout);
    return print_schema(dialect_in(given.dialect), std::cout);
  }
  given.report.version = NAVA_VERSION;
  if (given.sarif && given.json) throw usage_error{"take --json or --sarif, not both"};
  if (given.json) given.report.format = output::json;
  if (given.sarif) given.report.format = output::sarif;
  if (*line.check) {
    const target where = target_of(given);
    check_place(given, where.url, default_schema);
    return check_schema(where, given.catalog_only, given.report, std::cout, std::cerr);
  }
  const persistence::database_url url = url_of(given);
  return lint_schema(url, {lint_place(given, url), given.lint}, given.report, std::cout, std::cerr);
}

int run(const command_line& line, arguments& given) {
  if (*line.schema) return run_schema(line, given);
  target where = target_of(given);
  if (*line.partitions) {
    given.partitions.json = given.json;
    if (!given.drop_older_than.empty())
      given.partitions.what.drop_older_than = age_in(given.drop_older_than);
    return partitions(where, given.partitions, std::cout);
  }
  if (*line.migrate) {
    where.store = with_layout(where.store, given);
    given.migrate.json = given.json;
    return migrate(where, given.migrate, std::cout);
  }
  if (*line.list) {
    if (!given.status.empty()) given.list.status = status_in(given.status);
    given.list.json = given.json;
    return list(where, given.list, std::cout);
  }
  if (*line.purge) return purge(where, purge_of(given), std::cout, std::cerr);
  const std::vector<uuid> ids = ids_of(given);
  if (*line.show) return show(where, ids.front(), given.json, std::cout, std::cerr);
  if (*line.erase) return erase(where, {ids, given.dry_run, given.json}, std::cout, std::cerr);
  given.replay.json = given.json;
  return replay(where, given.replay, std::cout, std::cerr);
}

// The help of the command that was meant, as far as it was understood.
std::string help_of(const CLI::App& app) {
  std::string text = "nava";
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    text += fmt::format(" {}", at->get_name());
  }
  return text + " --help";
}

// One line, whatever the names of files and the like hold.
int complain(std::string_view what, int exit_code) {
  std::cerr << "nava: " << printable(what) << '\n';
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  arguments given;
  command_line line{given};
  try {
    line.app.parse(argc, argv);
    const int exit_code = run(line, given);
    std::cout.flush();
    return std::cout ? exit_code
                     : complain("cannot write to standard output",
                                looks(line) ? exit_not_looked : exit_refused);
  } catch (const CLI::Success& asked) {
    return line.app.exit(asked, std::cout, std::cerr);
  } catch (const CLI::ParseError& wrong) {
    return complain(fmt::format("{}; see {}", without_urls(wrong.what()), help_of(line.app)),
                    exit_usage);
  } catch (const usage_error& wrong) {
    return complain(wrong.what(), exit_usage);
  } catch (const std::exception& failure) {
    return complain(failure.what(), looks(line) ? exit_not_looked : exit_refused);
  }
}
