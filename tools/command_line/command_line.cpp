// SPDX-License-Identifier: Apache-2.0
#include "tools/command_line/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/version.hpp>

#include "tools/command_line/nearest.hpp"

namespace nava::tools {
namespace {

std::string check_limit(const std::string& text) {
  const bool is_number = !text.empty() && text.size() <= 18 &&
                         text.find_first_not_of("0123456789") == std::string::npos;
  return is_number && text.find_first_not_of('0') != std::string::npos
             ? std::string{}
             : std::string{"takes a whole number from 1"};
}

// A script whose variable is empty means something else than one that leaves the option out.
std::string check_not_empty(const std::string& text) {
  return text.empty() ? "takes a value that is not empty" : "";
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
                const std::string& default_place = std::string{persistence::default_schema}) {
  command.add_option("--database", given.database,
                     "sqlite:PATH or postgresql://…; else NAVA_DATABASE, else sqlite:nava.db");
  command.add_option("--schema", given.schema,
                     fmt::format("database schema on PostgreSQL (default: {})", default_place));
  command.add_option("--keys", given.keys,
                     "key ring of sealed workflows, a URL as of --database; else NAVA_KEYS");
  command.add_flag("--json", given.json, "print JSON");
}

std::vector<CLI::App*> commands_of(CLI::App& app) {
  std::vector<CLI::App*> all{&app};
  for (CLI::App* command : app.get_subcommands({}))
    for (CLI::App* each : commands_of(*command)) all.push_back(each);
  return all;
}

// CLI11 quotes what it does not understand; a URL may hold a password.
std::string without_urls(std::string text) {
  for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
    const std::size_t end = std::min(text.find_first_of(" \t\n", at), text.size());
    text.replace(at + 3, end - at - 3, "…");
  }
  return text;
}

// The command that was meant: the first with words that it does not know, else the last that was
// understood.
const CLI::App& meant_command(const CLI::App& app) {
  const CLI::App* at = &app;
  while (at->remaining().empty() && !at->get_subcommands().empty())
    at = at->get_subcommands().front();
  return *at;
}

std::string path_of(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return (parent == nullptr ? "" : path_of(*parent) + " ") + command.get_name();
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options([](const CLI::Option*) { return true; }))
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::string meant(const std::string& word, const std::vector<std::string>& names) {
  const auto near = nearest(word, names);
  return near ? fmt::format("; did you mean {}?", *near) : std::string{};
}

}  // namespace

CLI::Validator is_limit() { return {check_limit, "N", "limit"}; }

command_line::command_line(arguments& given) {
  app.name("nava");
  app.require_subcommand(1);
  app.set_version_flag("--version", "nava " NAVA_VERSION_TEXT);
  schema->require_subcommand(1);
  for (CLI::App* command :
       {&app, migrate, partitions, list, show, history, tree, verify, retry, legal_hold, tasks,
        inbox, schedules, erase, purge, keys, replay, schema})
    add_common(*command, given);
  add_common(*check, given, "nava; on SQLite no other is allowed");
  add_common(*lint, given, "all but the server's own; on SQLite only main is allowed");
  add_migrate_options(given);
  add_workflow_options(given);
  add_tasks_options(given);
  add_inbox_options(given);
  add_schedules_options(given);
  add_grants_options(given);
  add_purge_options(given);
  add_tombstone_options(given);
  add_keys_options(given);
  add_replay_options(given);
  add_schema_options(given);
  for (CLI::App* command : commands_of(app))
    for (CLI::Option* option : command->get_options({}))
      if (option->get_items_expected_min() > 0)
        option->check(CLI::Validator{check_not_empty, "", "not empty"});
}

std::string command_line::complaint(const CLI::ParseError& wrong) const {
  const CLI::App& command = meant_command(app);
  const std::string help = fmt::format("{} --help", path_of(command));
  const auto rest = command.remaining();
  const std::vector<std::string> commands = command_names(command);
  if (!rest.empty() && rest.front().starts_with("-") && rest.front() != "--") {
    const std::string option = rest.front().substr(0, rest.front().find('='));
    return fmt::format("{} has no option {}{}; see {}", path_of(command), without_urls(option),
                       meant(option, option_names(command)), help);
  }
  if (!rest.empty() && !commands.empty()) {
    const std::string near = meant(rest.front(), commands);
    const std::string choice =
        fmt::format("; there are {}; see {}", fmt::join(commands, ", "), help);
    return fmt::format("there is no command {} {}{}", path_of(command), without_urls(rest.front()),
                       near.empty() ? choice : near);
  }
  if (!commands.empty() && command.get_subcommands().empty() && rest.empty() &&
      dynamic_cast<const CLI::RequiredError*>(&wrong) != nullptr)
    return fmt::format("{} needs a command: {}; see {}", path_of(command),
                       fmt::join(commands, ", "), help);
  return fmt::format("{}; see {}", without_urls(wrong.what()), help);
}

void command_line::add_migrate_options(arguments& given) {
  auto* to = migrate->add_option("--to", given.migrate.to, "go to this version, up or down")
                 ->check(CLI::Range{0, persistence::migrations_max});
  migrate->add_flag("--drop-data", given.migrate.drop_data, "let going down drop tables and rows")
      ->needs(to);
  migrate->add_option("--layout", given.layout,
                      "layout of new tables: plain (default), or partitioned on PostgreSQL");
  migrate->add_option("--partition-every", given.partition_every,
                      "time that each partition holds: 7d, 1mo (default) …");
  partitions
      ->add_option("--ahead", given.partitions.what.ahead,
                   "intervals to make after the current one (default: 3)")
      ->check(CLI::Range{0, persistence::partitions_ahead_max});
  partitions->add_option(
      "--drop-older-than", given.drop_older_than,
      "drop partitions that ended so many days ago, if their workflows finished as long ago: 365d");
  partitions->add_flag("--dry-run", given.partitions.what.dry_run, "only say what would be done");
}

void command_line::add_workflow_options(arguments& given) {
  auto& which = given.list.which;
  list->add_option("--definition", which.wfdef_key, "only workflows of this definition");
  list->add_option("--status", given.list_statuses,
                   "only workflows with one of these statuses, in any case");
  list->add_option("--resource", which.resource_name, "only of resources of this name");
  list->add_option("--id-prefix", which.resource_id_prefix, "only of resources whose id begins so");
  list->add_option("--owner", which.owner_id, "only of this owner");
  list->add_option("--company", which.company_id, "only of this company");
  list->add_option("--tag", which.tag, "only with this tag");
  list->add_flag("--legal-hold", which.under_legal_hold, "only under a legal hold");
  list->add_option("--participant", which.participant, "only in which this user takes part");
  list->add_option("--created", given.created,
                   "only created in this time, FROM..BEFORE: 2026-01-31..2026-02-28");
  list->add_option("--updated", given.updated, "the same for the last change");
  list->add_option("--finished", given.finished, "the same for the end; sorts the list by it");
  list->add_option("--limit", given.list.limit, "at most so many (default: all)")
      ->check(is_limit());
  show->add_option("ID", given.names, "id of a workflow, or RESOURCE/ID as nava list shows it")
      ->required()
      ->expected(1);
  show->add_option("--tail", given.show.tail,
                   "only the last N steps, tasks, events, messages and mutations")
      ->check(is_limit());
  show->add_flag("--steps", given.show.steps, "only the steps");
  show->add_flag("--events", given.show.events, "only the events and messages");
  history->add_option("ID", given.names, "id of a workflow, or RESOURCE/ID as nava list shows it")
      ->required()
      ->expected(1);
  auto* at = history->add_option("--at", given.history_at,
                                 "the workflow as it was at a seq or a time: 17, 2026-01-31, or "
                                 "2026-01-31T12:00:00Z");
  history
      ->add_option("--diff", given.history_diff,
                   "what changed from one seq or time to another: --diff 4 17")
      ->expected(2)
      ->excludes(at);
  tree->add_option("ID", given.names, "id of a workflow, or RESOURCE/ID as nava list shows it")
      ->required()
      ->expected(1);
  tree->add_flag("--whole", given.tree.whole, "from its first ancestor on");
  auto* some = verify->add_option(
      "ID", given.names, "ids of workflows, or RESOURCE/ID as nava list shows them (default: all)");
  verify
      ->add_option("--definition", given.verify.which.wfdef_key,
                   "only workflows of this definition")
      ->excludes(some);
  verify
      ->add_option("--status", given.verify_statuses,
                   "only workflows with one of these statuses, in any case")
      ->excludes(some);
  retry
      ->add_option("ID", given.one_workflow,
                   "id of a workflow, or RESOURCE/ID as nava list shows it")
      ->required();
  retry->add_option("STEP", given.retry.step, "key of the step, or its id")->required();
  retry->add_flag("--ignore", given.retry.ignore, "make it IGNORED, which counts as finished");
  retry->add_option("--reason", given.retry.why.reason, "kept with the event that is stored");
  retry->add_option("--actor", given.retry.why.actor, "who does it; kept likewise");
  legal_hold
      ->add_option("ID", given.one_workflow,
                   "id of a workflow, or RESOURCE/ID as nava list shows it")
      ->required();
  legal_hold->add_option("NAME", given.legal_hold.hold, "name of the hold, such as that of a case")
      ->required();
  legal_hold->add_flag_callback(
      "--release", [&given] { given.legal_hold.does = engine::legal_hold_command::release; },
      "release the hold");
  legal_hold->add_option("--reason", given.legal_hold.why.reason,
                         "kept with the event that is stored");
  legal_hold->add_option("--actor", given.legal_hold.why.actor, "who does it; kept likewise");
  auto* ids = erase->add_option("ID", given.names,
                                "ids of workflows, or RESOURCE/ID as nava list shows them");
  auto* participant =
      erase
          ->add_option("--participant", given.erase.participant,
                       "all workflows in which this user has a role, finished or not")
          ->excludes(ids);
  erase
      ->add_option("--resource", given.erase.resource,
                   "all workflows about RESOURCE/ID, of any definition, finished or not")
      ->excludes(ids)
      ->excludes(participant);
  erase->add_flag("--with-children", given.erase.with_children,
                  "and the children they have started, and theirs");
  auto* receipt = erase->add_option("--receipt", given.erase.receipt,
                                    "a new file, with a line of JSON for each that was deleted");
  erase->add_flag("--dry-run", given.erase.dry_run, "only say what would be deleted")
      ->excludes(receipt);
  erase->add_flag("--yes,-y", given.erase.yes, "do not ask on a terminal");
}

void command_line::add_tasks_options(arguments& given) {
  tasks->add_option("--status", given.task_status,
                    "only SCHEDULED, RUNNING, COMPLETED, FAILED or CANCELLED ones (default: the "
                    "first two, which are open)");
  tasks->add_option("--name", given.tasks.which.name, "only tasks of this name");
  tasks->add_option("--workflow", given.tasks_of,
                    "only tasks of this workflow: its id, or RESOURCE/ID as nava list shows it");
  tasks->add_option("--older", given.tasks_older,
                    "only those that were due, or have ended, so long ago: 90s, 2h, 30d");
  tasks->add_option("--limit", given.tasks.limit, "at most so many (default: 100)")
      ->check(is_limit());
  auto* retried = tasks->add_flag("--retry", given.retry_tasks,
                                  "open those that are found again: FAILED ones, or CANCELLED");
  tasks->add_flag("--cancel", given.cancel_tasks, "cancel those that are found, which are open")
      ->excludes(retried);
  tasks->add_option("--reason", given.tasks.why.reason, "kept with the events that are stored");
  tasks->add_option("--actor", given.tasks.why.actor, "who does it; kept likewise");
  tasks->add_flag("--yes,-y", given.tasks.yes, "do not ask on a terminal");
}

void command_line::add_inbox_options(arguments& given) {
  inbox->add_option("--status", given.inbox_status, "only READY, EARLY or FAILED events");
  inbox->add_option("--limit", given.inbox.limit, "at most so many (default: 100)")
      ->check(is_limit());
  auto* retried = inbox->add_option("--retry", given.inbox.retry,
                                    "try these FAILED or EARLY events again, by their SEQ");
  inbox
      ->add_option("--discard", given.inbox.discard,
                   "delete these events, unless they are being delivered")
      ->excludes(retried);
  inbox->add_flag("--yes,-y", given.inbox.yes, "do not ask on a terminal");
}

void command_line::add_schedules_options(arguments& given) {
  std::vector<CLI::Option*> verbs{
      schedules->add_option("--pause", given.schedules.pause, "run no tick of this schedule"),
      schedules->add_option("--resume", given.schedules.resume, "run its ticks again"),
      schedules->add_option("--trigger", given.schedules.trigger, "run it once more, at once"),
      schedules->add_option("--remove", given.schedules.remove, "delete it")};
  for (CLI::Option* one : verbs)
    for (CLI::Option* other : verbs)
      if (one != other) one->excludes(other);
}

void command_line::add_grants_options(arguments& given) {
  grants->add_option("ROLE", given.grants.role, "name of the role, which is there")->required();
  grants
      ->add_option(
          "--for", given.grants_for,
          "engine, worker, publisher, reader or operator; a worker needs what an engine does")
      ->required();
  auto* company = grants->add_option("--company", given.grants.company,
                                     "the role sees the workflows of this company alone");
  grants
      ->add_flag("--all-companies", given.grants.all_companies,
                 "the role sees those of all, where companies are separated")
      ->excludes(company);
  for (CLI::App* command : {grants, companies}) {
    command->add_option("--schema", given.schema,
                        fmt::format("database schema (default: {})", persistence::default_schema));
    command->add_flag("--partitioned", given.grants.is_partitioned,
                      "the tables are in the partitioned layout");
  }
}

void command_line::add_replay_options(arguments& given) {
  auto& columns = given.replay.columns;
  replay->add_option("FILE", given.replay.file, "the log: .csv, .xes, or either of them as .gz")
      ->required();
  replay->add_option("--definition", given.replay.wfdef_key,
                     "key of the derived definition (default: the file's name)");
  replay->add_option(
      "--case-column", columns.case_id,
      "id of the case (default: case:concept:name); case:… is an attribute of a trace in XES");
  replay->add_option("--activity-column", columns.activity, "activity (default: concept:name)");
  replay->add_option("--time-column", columns.time, "time of the event (default: time:timestamp)");
  replay->add_option("--resource-column", columns.resource,
                     "who did it (default: org:resource, where the log has it)");
  replay->add_option("--time-zone", given.time_zone,
                     "zone of times without an offset: a name such as Europe/Paris, or UTC");
}

void command_line::add_schema_options(arguments& given) {
  print->add_option("--dialect", given.dialect,
                    "postgresql (default), sqlite, distributed or partitioned");
  check->add_flag("--catalog-only", given.catalog_only,
                  "read the catalog alone, no plan and no table");
  for (CLI::App* command : {check, lint}) {
    auto* known = command->add_option("--baseline", given.report.baseline,
                                      "file of known findings, which are not reported");
    command
        ->add_option("--write-baseline", given.report.write_baseline,
                     "write such a file from the findings of this run")
        ->excludes(known);
  }
  auto* sarif = lint->add_flag("--sarif", given.sarif, "print SARIF 2.1.0, for code reviews");
  lint->add_option("--sarif-file", given.report.sarif_file,
                   "file in the reviewed tree at which the findings are shown")
      ->needs(sarif);
  lint->add_option("--path-keys", given.lint.path_keys_max,
                   "longest path to follow, in foreign keys (default: 3)")
      ->check(CLI::Range{1, 8});
  lint->add_option("--foreign-key-name", given.lint.foreign_key_names,
                   "name to allow, with {table} and {columns}; may be given several times")
      ->check(CLI::Validator{check_name_pattern, "PATTERN", "pattern"});
}

}  // namespace nava::tools
