// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/task_queue.hpp>
#include <nava/schema/table.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/connection/connection.hpp"
#include "persistence/connection/statement.hpp"

/// Lists of tasks, in one text for both databases.
namespace nava::persistence {

/// The description of a listed task, as list_tasks() selects it.
[[nodiscard]] const schema::table_description& listed_task_description();

/// How a database spells what a list says.
struct task_list_dialect {
  std::string agenda, task, workflow;    ///< the tables, with their schema
  std::string row;                       ///< the row `c` of listed_task_description(), as JSON
  std::string_view now;                  ///< the instant of the call
  std::string_view uuid, time, integer;  ///< types
};

/// Their parameters are those of task_list_arguments, of open() and of ended().
struct task_list_statements {
  task_list_statements() = default;
  explicit task_list_statements(const task_list_dialect& dialect);

  statement open;   ///< -> listed_task
  statement ended;  ///< -> listed_task
};

/// What goes into the statements of a list. Throws error (invalid_input) for what no task can have.
class task_list_arguments {
 public:
  /// `now`: none where the database has a clock.
  task_list_arguments(const task_list& which, const std::optional<timestamp>& now);

  [[nodiscard]] std::vector<connection::argument> open() const;
  [[nodiscard]] std::vector<connection::argument> ended() const;

 private:
  std::optional<std::string> workflow_id_, due_before_, now_;
  std::string status_, name_, after_workflow_, after_task_, limit_;
};

/// Whether the tasks are looked for in the agenda.
[[nodiscard]] bool lists_open_tasks(const task_list& which);

/// Throws error (other) for a value that does not fit.
[[nodiscard]] std::vector<listed_task> listed_from(const std::vector<connection::row>& rows);

}  // namespace nava::persistence
