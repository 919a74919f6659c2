// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tools/commands/commands.hpp"
#include "tools/commands/purge_command.hpp"
#include "tools/commands/replay_command.hpp"
#include "tools/commands/schema_commands.hpp"

/// The commands and options of `nava`.
namespace nava::tools {

struct arguments {
  std::string database;  ///< empty: not given
  std::optional<std::string> schema;
  std::string keys;  ///< a URL; empty: not given
  bool json = false;
  std::vector<std::string> names;  ///< of workflows
  bool dry_run = false;
  std::string remember;  ///< how long tombstones stay
  std::vector<std::string> one_per_resource;
  migrate_options migrate;
  std::string layout = "plain";
  std::string partition_every;
  partitions_options partitions;
  std::string drop_older_than;
  list_options list;
  std::vector<std::string> list_statuses;
  std::string created, updated, finished;  ///< of list
  show_options show;
  grants_options grants;
  std::string grants_for;
  std::string history_at;
  std::vector<std::string> history_diff;
  std::string one_workflow;  ///< of retry and legal-hold
  tree_options tree;
  verify_options verify;
  std::vector<std::string> verify_statuses;
  delete_options erase;
  retry_options retry;
  legal_hold_options legal_hold;
  inbox_options inbox;
  std::string inbox_status;
  tasks_options tasks;
  std::string task_status, tasks_of, tasks_older;
  bool retry_tasks = false, cancel_tasks = false;
  schedules_options schedules;
  replay_options replay;
  std::string time_zone;
  purge_options purge;
  std::string age;
  keys_options key_ring;
  std::string key_age;
  std::string call_timeout;
  std::vector<std::string> statuses;
  std::string after;
  std::string dialect = "postgresql";
  bool catalog_only = false;
  bool sarif = false;
  report_options report;
  inspection::lint_options lint;
};

/// Takes a whole number from 1.
[[nodiscard]] CLI::Validator is_limit();

struct command_line {
  explicit command_line(arguments& given);

  CLI::App app{"Workflows in your own database: make its tables, look at them, replay event logs."};
  CLI::App* migrate = app.add_subcommand("migrate", "make the tables, or bring them up to date");
  CLI::App* partitions =
      app.add_subcommand("partitions", "make partitions ahead of time, and drop old ones");
  CLI::App* list = app.add_subcommand("list", "list workflows, the newest first");
  CLI::App* show = app.add_subcommand("show", "show one workflow and its history");
  CLI::App* history =
      app.add_subcommand("history", "show what happened to a workflow, and how it was");
  CLI::App* tree = app.add_subcommand("tree", "show a workflow and the children it has started");
  CLI::App* verify = app.add_subcommand("verify", "find what contradicts itself in workflows");
  CLI::App* retry = app.add_subcommand("retry", "make a step in error active again, or ignore it");
  CLI::App* legal_hold =
      app.add_subcommand("legal-hold", "keep a workflow from being deleted, or no longer");
  CLI::App* tasks = app.add_subcommand("tasks", "list tasks; retry or cancel some");
  CLI::App* inbox =
      app.add_subcommand("inbox", "list events that are not delivered; retry or discard some");
  CLI::App* schedules =
      app.add_subcommand("schedules", "list schedules; pause, resume, trigger or remove one");
  CLI::App* erase = app.add_subcommand("delete", "delete workflows and all they own");
  CLI::App* purge = app.add_subcommand("purge", "delete workflows that finished some time ago");
  CLI::App* keys =
      app.add_subcommand("keys", "count the keys of sealed workflows; destroy those without one");
  CLI::App* replay = app.add_subcommand("replay", "run a process event log in CSV or XES");

  CLI::App* grants = app.add_subcommand("grants", "print the rights that a role needs, as SQL");
  CLI::App* companies =
      app.add_subcommand("companies", "print row-level security that separates companies, as SQL");
  CLI::App* schema = app.add_subcommand("schema", "print, check or lint the tables of a database");
  CLI::App* print = schema->add_subcommand(
      "print",
      "print the tables as SQL, to read and to compare; nava migrate makes them, with the table of "
      "versions");
  CLI::App* check =
      schema->add_subcommand("check", "compare a database with the tables of this program");
  CLI::App* lint = schema->add_subcommand("lint", "find faults in the schema of any database");

  /// Returns what is wrong with the command line, in one line without a URL.
  [[nodiscard]] std::string complaint(const CLI::ParseError& wrong) const;

 private:
  void add_tombstone_options(arguments& given);
  void add_workflow_options(arguments& given);
  void add_migrate_options(arguments& given);
  void add_tasks_options(arguments& given);
  void add_inbox_options(arguments& given);
  void add_schedules_options(arguments& given);
  void add_grants_options(arguments& given);
  void add_purge_options(arguments& given);
  void add_keys_options(arguments& given);
  void add_replay_options(arguments& given);
  void add_schema_options(arguments& given);
};

}  // namespace nava::tools
