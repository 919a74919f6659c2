// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <nava/engine/decision.hpp>
#include <nava/persistence/migration.hpp>
#include <nava/persistence/partitions.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tools/commands/workflow_name.hpp"

/// The commands of `nava`, but for replay. Each returns the exit code: 0 done, 1 not found.
namespace nava::tools {

/// Where a command works; the same for all of them.
struct target {
  persistence::database_url url;
  persistence::store_options store{};
};

/// A store on a database that is there and up to date; one that is not is left as it is.
[[nodiscard]] std::unique_ptr<persistence::store> open_existing(const target& where);

struct migrate_options {
  std::optional<int> to;  ///< none: the newest version
  bool drop_data = false;
  bool json = false;
};

struct partitions_options {
  persistence::partition_options what;
  bool json = false;
};

struct list_options {
  persistence::list_request which;  ///< the newest first, in its order
  std::size_t limit = 0;            ///< 0: all
  bool json = false;
};

struct show_options {
  std::optional<std::size_t> tail;  ///< of steps, tasks, events and messages; none: all
  bool steps = false;               ///< with `events`: both; neither: everything
  bool events = false;              ///< and messages
  bool json = false;
};

/// A seq, or a time.
using history_point = std::variant<std::int64_t, timestamp>;

/// At most one is given; without one, the decisions are listed.
struct history_options {
  std::optional<history_point> at;                              ///< as the workflow was then
  std::optional<std::pair<history_point, history_point>> diff;  ///< what changed from then to then
  bool json = false;
};

struct grants_options {
  enum class purposes {
    engine,     ///< starts and moves workflows, works off tasks and delivers events
    publisher,  ///< stores events with publish_statement(), and sees nothing
    reader,     ///< lists, shows and verifies
    operators   ///< as engine, and deletes workflows
  };
  std::string role;
  purposes purpose{};
  std::string schema;
  bool is_partitioned = false;
  std::string company;         ///< empty: none is named
  bool all_companies = false;  ///< the role sees the rows of all, where companies are separated

  [[nodiscard]] bool separates_companies() const { return all_companies || !company.empty(); }
};

struct delete_options {
  std::vector<workflow_name> workflows;  ///< or those of `participant`, or about `resource`
  std::string participant;               ///< a user; empty: none
  std::string resource;                  ///< RESOURCE/ID; empty: none
  std::string receipt;  ///< a file to make, with a line for each that was deleted; empty: none
  bool with_children = false;  ///< and with their children, and so on
  bool dry_run = false;
  bool yes = false;  ///< ask nobody
  bool json = false;
};

struct keys_options {
  std::optional<std::chrono::seconds> age;  ///< none: the library's default
  bool destroy = false;                     ///< else they are counted
  bool even_all = false;
  bool json = false;
};

struct verify_options {
  std::vector<workflow_name> workflows;  ///< empty: those of `which`
  persistence::list_request which;       ///< its definition and statuses count
  bool json = false;
};

struct tree_options {
  bool whole = false;  ///< from the first ancestor on
  bool json = false;
};

struct retry_options {
  std::string step;  ///< key, id or selector
  engine::command_cause why;
  bool ignore = false;
  bool json = false;
};

struct legal_hold_options {
  std::string hold;  ///< its name
  engine::legal_hold_command does = engine::legal_hold_command::place;
  engine::command_cause why;
  bool json = false;
};

struct inbox_options {
  std::optional<schema::inbox_status> status;
  std::size_t limit = 100;
  std::vector<std::int64_t> retry;    ///< events to try again; then nothing is listed
  std::vector<std::int64_t> discard;  ///< events to delete; likewise
  bool yes = false;                   ///< ask nobody
  bool json = false;
};

struct tasks_options {
  persistence::task_list which;
  std::optional<workflow_name> workflow;
  std::size_t limit = 100;
  std::optional<engine::task_command> does;  ///< to those that are found; then nothing is listed
  engine::command_cause why;
  bool yes = false;  ///< ask nobody
  bool json = false;
};

/// At most one name is given; without one, schedules are listed.
struct schedules_options {
  std::string pause, resume, trigger, remove;
  bool json = false;

  [[nodiscard]] bool acts() const {
    return !pause.empty() || !resume.empty() || !trigger.empty() || !remove.empty();
  }
};

int migrate(const target& where, const migrate_options& options, std::ostream& out);
int partitions(const target& where, const partitions_options& options, std::ostream& out);
int list(const target& where, const list_options& options, std::ostream& out);
int show(const target& where, const workflow_name& name, const show_options& options,
         std::ostream& out, std::ostream& err);

/// Lists the decisions on a workflow, or prints it as it was, or what changed.
int history(const target& where, const workflow_name& name, const history_options& options,
            std::ostream& out, std::ostream& err);

/// Counts the keys of target::store's ring, and those without a workflow; or destroys the latter.
int keys(const target& where, const keys_options& options, std::ostream& out);

/// Prints the GRANTs that a role needs on PostgreSQL. Asks no database.
int print_grants(const grants_options& options, std::ostream& out);

/// Prints the SQL that separates companies. Of the options, schema and layout count.
int print_companies(const grants_options& options, std::ostream& out);

/// Lists a workflow and its descendants, each below its parent.
int tree(const target& where, const workflow_name& name, const tree_options& options,
         std::ostream& out, std::ostream& err);

/// Tells what contradicts itself in workflows; of all of them, also rows without a workflow.
/// Returns 1 if there is anything, and 2 where not everything could be read.
int verify(const target& where, const verify_options& options, std::ostream& out,
           std::ostream& err);
int erase(const target& where, const delete_options& options, std::ostream& out, std::ostream& err);

/// Sets a step in ERROR ACTIVE again, or IGNORED. Runs no handler and no hook: those are the
/// application's.
int retry(const target& where, const workflow_name& name, const retry_options& options,
          std::ostream& out, std::ostream& err);

/// Places a legal hold on a workflow, or releases it.
int change_legal_hold(const target& where, const workflow_name& name,
                      const legal_hold_options& options, std::ostream& out, std::ostream& err);

/// Lists the events that wait to be delivered, and those that were not; or changes some.
int inbox(const target& where, const inbox_options& options, std::ostream& out, std::ostream& err);

/// Lists tasks, open ones or those of a status; or cancels or retries them. Runs no hook.
int show_tasks(const target& where, tasks_options options, std::ostream& out, std::ostream& err);

/// Lists schedules, or changes one.
int show_schedules(const target& where, const schedules_options& options, std::ostream& out,
                   std::ostream& err);

/// `2026-03-02 16:05:00Z`; empty for none.
[[nodiscard]] std::string time_text(const std::optional<timestamp>& time);
[[nodiscard]] std::string percent(double share);

}  // namespace nava::tools
