// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <nava/inspection/read_catalog.hpp>
#include <nava/schema/ascii_case.hpp>
#include <nava/schema/name_rules.hpp>
#include <nava/schema/text.hpp>
#include <nava/version.hpp>
#include <optional>

#include "tools/command_line/command_line.hpp"
#include "tools/command_line/duration.hpp"
#include "tools/command_line/given_times.hpp"
#include "tools/commands/known_definition.hpp"
#include "tools/terminal/text_width.hpp"

namespace {

using namespace nava;
using namespace nava::tools;

constexpr int exit_refused = 1;
constexpr int exit_usage = 2;
constexpr int exit_not_looked =
    2;  // of schema check and lint, whose 1 says that there are findings

workflow_name name_in(const std::string& text) {
  const auto name = parse_workflow_name(text);
  if (!name)
    throw usage_error{
        fmt::format("'{}' is no uuid and no RESOURCE/ID; nava list shows both", text)};
  return *name;
}

template <class Status>
Status status_in(const std::string& text, std::string_view of) {
  for (const auto& known : schema::texts_of<Status>())
    if (schema::are_same_but_for_case(known, text)) return schema::from_text<Status>(known).value();
  throw usage_error{fmt::format("'{}' is no status of {}; use one of {}", text, of,
                                fmt::join(schema::texts_of<Status>(), ", "))};
}

schema::workflow_status status_in(const std::string& text) {
  return status_in<schema::workflow_status>(text, "a workflow");
}

history_options history_of(const arguments& given) {
  history_options options;
  if (!given.history_at.empty()) options.at = point_in(given.history_at, "at");
  if (!given.history_diff.empty())
    options.diff = {point_in(given.history_diff.at(0), "diff"),
                    point_in(given.history_diff.at(1), "diff")};
  options.json = given.json;
  return options;
}

list_options list_of(const arguments& given) {
  list_options options = given.list;
  for (const auto& text : given.list_statuses) options.which.statuses.push_back(status_in(text));
  options.which.created = range_in(given.created, "created");
  options.which.updated = range_in(given.updated, "updated");
  options.which.finished = range_in(given.finished, "finished");
  if (!given.finished.empty()) options.which.order = persistence::list_order::finished;
  options.json = given.json;
  return options;
}

purge_options purge_of(const arguments& given) {
  purge_options options = given.purge;
  options.policy.finished_for = duration_in(given.age);
  if (!given.call_timeout.empty()) {
    options.call_timeout = parse_duration(given.call_timeout);
    if (!options.call_timeout || options.call_timeout->count() == 0)
      throw usage_error{
          fmt::format("--call-timeout '{}' is no time; give a whole number and a unit: 45s or 11m",
                      given.call_timeout)};
  }
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
          "'{}' is no place in a purge; copy the one after --after that a stopped purge printed",
          given.after)};
  }
  options.dry_run = given.dry_run;
  options.json = given.json;
  return options;
}

persistence::database_url url_of(const arguments& given, std::string_view schema) {
  std::string url = given.database;
  if (url.empty()) {
    const char* environment = std::getenv("NAVA_DATABASE");
    // As a rule a variable that a script forgot to fill; the default would be another database.
    if (environment != nullptr && *environment == '\0')
      throw usage_error{"NAVA_DATABASE is empty; give it a URL, or unset it to use sqlite:nava.db"};
    url = environment != nullptr ? environment : "sqlite:nava.db";
  }
  try {
    return persistence::database_url{url, schema};
  } catch (const nava::error& malformed) {
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

tasks_options tasks_of(const arguments& given) {
  tasks_options options = given.tasks;
  auto& status = options.which.status;
  if (!given.task_status.empty())
    status = status_in<schema::task_status>(given.task_status, "a task");
  if (!given.tasks_of.empty()) options.workflow = name_in(given.tasks_of);
  if (!given.tasks_older.empty()) options.which.due_before = now() - duration_in(given.tasks_older);
  if (given.retry_tasks) {
    options.does = engine::task_command::retry;
    if (!status) status = schema::task_status::failed;
    if (*status != schema::task_status::failed && *status != schema::task_status::cancelled)
      throw usage_error{"--retry is for tasks that are FAILED or CANCELLED"};
  }
  if (given.cancel_tasks) {
    options.does = engine::task_command::cancel;
    if (status && is_finished(*status)) throw usage_error{"--cancel is for tasks that are open"};
  }
  if ((!options.why.reason.empty() || options.why.actor) && !options.does)
    throw usage_error{"--reason and --actor are kept with what --retry or --cancel does"};
  options.json = given.json;
  return options;
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
void check_schema_option(const arguments& given, const persistence::database_url& url,
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

// Other databases call their schemas what they like.
inspection::catalog linted(const arguments& given) {
  const auto url = url_of(given, given.schema.value_or(""));
  check_schema_option(given, url, "main");
  return given.schema ? inspection::read_catalog(url) : inspection::read_whole_catalog(url);
}

std::string schema_of(const arguments& given) {
  const std::string schema = given.schema.value_or(std::string{persistence::default_schema});
  if (!schema::rules::is_legal_identifier(schema))
    throw usage_error{"a schema name is [a-z_][a-z0-9_]* and at most 63 bytes long"};
  return schema;
}

target target_of(const arguments& given) { return {url_of(given, schema_of(given))}; }

// Null where none is given. Only migrate makes one: a new ring in place of a mistyped one would
// seal workflows by keys that nobody looks for.
std::shared_ptr<persistence::key_ring> key_ring_of(const arguments& given, bool makes_one) {
  std::string url = given.keys;
  if (const char* environment = std::getenv("NAVA_KEYS"); url.empty() && environment != nullptr) {
    url = environment;
    if (url.empty())
      throw usage_error{"NAVA_KEYS is empty; give it the URL of a key ring, or unset it"};
  }
  if (url.empty()) return nullptr;
  try {
    return persistence::open_key_ring(persistence::database_url{url}, {.expect = !makes_one});
  } catch (const nava::error& failure) {
    if (failure.kind() == error_kind::invalid_input) throw usage_error{failure.what()};
    throw;
  }
}

keys_options keys_of(const arguments& given, const target& where) {
  keys_options options = given.key_ring;
  if (where.store.keys == nullptr) throw usage_error{"name the key ring: --keys URL, or NAVA_KEYS"};
  if (!given.key_age.empty()) options.age = duration_in(given.key_age);
  options.json = given.json;
  return options;
}

std::vector<workflow_name> names_of(const arguments& given) {
  std::vector<workflow_name> names;
  for (const auto& text : given.names) names.push_back(name_in(text));
  return names;
}

delete_options delete_of(arguments& given) {
  given.erase.workflows = names_of(given);
  given.erase.json = given.json;
  if (given.names.empty() && given.erase.participant.empty() && given.erase.resource.empty())
    throw usage_error{
        "give the ids of workflows, --participant or --resource; see nava delete --help"};
  return given.erase;
}

replay_options replay_of(const arguments& given) {
  replay_options options = given.replay;
  options.json = given.json;
  if (given.time_zone.empty()) return options;
  options.columns.zone = find_time_zone(given.time_zone);
  if (!options.columns.zone)
    throw usage_error{fmt::format(
        "'{}' is no time zone of this machine; give a name such as Europe/Paris, or UTC",
        given.time_zone)};
  return options;
}

grants_options grants_of(arguments& given) {
  using enum grants_options::purposes;
  static const std::map<std::string, grants_options::purposes, std::less<>> purposes{
      {"engine", engine},
      {"worker", engine},
      {"publisher", publisher},
      {"reader", reader},
      {"operator", operators}};
  const auto found = purposes.find(given.grants_for);
  if (found == purposes.end())
    throw usage_error{
        fmt::format("unknown purpose '{}'; use engine, worker, publisher, reader or operator",
                    given.grants_for)};
  given.grants.purpose = found->second;
  if (given.grants.all_companies && found->second != reader && found->second != operators)
    throw usage_error{
        "a role of all companies is a reader or an operator: it cannot tell whose "
        "workflows it starts, nor whose tasks it runs"};
  given.grants.schema = schema_of(given);
  return given.grants;
}

bool looks(const command_line& line) { return *line.check || *line.lint; }

int run_schema(const command_line& line, arguments& given) {
  using output = report_options::output;
  if (*line.print) {
    if (given.json || given.schema || !given.database.empty())
      throw usage_error{"schema print looks at no database and takes only --dialect"};
    if (given.dialect == "partitioned") return print_partitioned_schema(std::cout);
    return print_schema(dialect_in(given.dialect), std::cout);
  }
  given.report.version = NAVA_VERSION_TEXT;
  if (given.sarif && given.json) throw usage_error{"take --json or --sarif, not both"};
  if (given.json) given.report.format = output::json;
  if (given.sarif) given.report.format = output::sarif;
  if (*line.check) {
    const target where = target_of(given);
    check_schema_option(given, where.url, persistence::default_schema);
    return check_schema(where, given.catalog_only, given.report, std::cout, std::cerr);
  }
  return lint_schema(linted(given), given.lint, given.report, std::cout, std::cerr);
}

int run(const command_line& line, arguments& given) {
  if (*line.schema) return run_schema(line, given);
  if (*line.grants) return print_grants(grants_of(given), std::cout);
  if (*line.companies) {
    given.grants.schema = schema_of(given);
    return print_companies(given.grants, std::cout);
  }
  target where = target_of(given);
  where.store.tombstones = tombstones_in(given.remember, given.one_per_resource);
  if (!*line.migrate) where.store.keys = key_ring_of(given, false);
  if (*line.keys) return keys(where, keys_of(given, where), std::cout);
  if (*line.partitions) {
    given.partitions.what.tombstones = where.store.tombstones;
    given.partitions.json = given.json;
    if (!given.drop_older_than.empty())
      given.partitions.what.drop_older_than = partition_age_in(given.drop_older_than);
    return partitions(where, given.partitions, std::cout);
  }
  if (*line.migrate) {
    where.store = with_layout(where.store, given);
    given.migrate.json = given.json;
    const int exit_code = migrate(where, given.migrate, std::cout);
    // Afterwards, so that it is not made where the workflows are.
    (void)key_ring_of(given, true);
    return exit_code;
  }
  if (*line.list) return list(where, list_of(given), std::cout);
  if (*line.tasks) return show_tasks(where, tasks_of(given), std::cout, std::cerr);
  if (*line.inbox) {
    if (!given.inbox_status.empty())
      given.inbox.status = status_in<schema::inbox_status>(given.inbox_status, "an event");
    given.inbox.json = given.json;
    return inbox(where, given.inbox, std::cout, std::cerr);
  }
  if (*line.schedules) {
    given.schedules.json = given.json;
    return show_schedules(where, given.schedules, std::cout, std::cerr);
  }
  if (*line.purge) return purge(where, purge_of(given), std::cout, std::cerr);
  if (*line.replay) return replay(where, replay_of(given), std::cout, std::cerr);
  if (*line.retry) {
    given.retry.json = given.json;
    return retry(where, name_in(given.one_workflow), given.retry, std::cout, std::cerr);
  }
  if (*line.legal_hold) {
    given.legal_hold.json = given.json;
    return change_legal_hold(where, name_in(given.one_workflow), given.legal_hold, std::cout,
                             std::cerr);
  }
  const std::vector<workflow_name> names = names_of(given);
  if (*line.verify) {
    given.verify.workflows = names;
    for (const auto& text : given.verify_statuses)
      given.verify.which.statuses.push_back(status_in(text));
    given.verify.json = given.json;
    return verify(where, given.verify, std::cout, std::cerr);
  }
  if (*line.erase) return erase(where, delete_of(given), std::cout, std::cerr);
  if (*line.tree) {
    given.tree.json = given.json;
    return tree(where, names.front(), given.tree, std::cout, std::cerr);
  }
  if (*line.history) return history(where, names.front(), history_of(given), std::cout, std::cerr);
  given.show.json = given.json;
  return show(where, names.front(), given.show, std::cout, std::cerr);
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
    return complain(line.complaint(wrong), exit_usage);
  } catch (const usage_error& wrong) {
    return complain(wrong.what(), exit_usage);
  } catch (const std::exception& failure) {
    return complain(failure.what(), looks(line) ? exit_not_looked : exit_refused);
  }
}
