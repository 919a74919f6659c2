// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nava/engine/decision.hpp>
#include <nava/engine/verification.hpp>
#include <nava/schema/workflow_tables.hpp>
#include <stdexcept>

#include "engine/patch.hpp"
#include "engine/row_name.hpp"

namespace nava::engine {
namespace {

using namespace schema;

constexpr column_set recorded_by_no_mutation =
    columns_of<workflow_table, &workflow::revision, &workflow::last_seq, &workflow::updated,
               &workflow::chain>;

// Where companies are separated, the database gives a workflow that names none the company of the
// session that started it.
constexpr column_set given_by_the_database = columns_of<workflow_table, &workflow::company_id>;

// What a worker writes of a task without a decision.
constexpr column_set written_by_workers =
    columns_of<workflow_task_table, &workflow_task::status, &workflow_task::attempt,
               &workflow_task::result, &workflow_task::error, &workflow_task::ts_start,
               &workflow_task::ts_end, &workflow_task::lease_owner, &workflow_task::lease_fence>;

// What attempts leave in a task that is put off, and then perhaps cancelled.
constexpr column_set left_by_attempts =
    columns_of<workflow_task_table, &workflow_task::attempt, &workflow_task::error,
               &workflow_task::lease_owner, &workflow_task::lease_fence>;

bool ended_under_a_lease(const workflow_task& task) {
  return (task.status == task_status::completed || task.status == task_status::failed) &&
         task.ts_end && task.lease_owner && task.lease_fence > 0;
}

column_set recorded_by_no_mutation_of(const workflow_task& stored, const workflow_task& replayed) {
  if (is_finished(replayed.status) ? replayed.status == task_status::cancelled
                                   : stored.status == task_status::scheduled)
    return left_by_attempts;
  // It ended without a lease, and earlier attempts had failed.
  if (is_finished(replayed.status) && replayed.lease_fence == 0 && stored.lease_fence > 0)
    return left_by_attempts & ~columns_of<workflow_task_table, &workflow_task::error>;
  return !is_finished(replayed.status) && ended_under_a_lease(stored) ? written_by_workers
                                                                      : column_set{};
}

template <class Row>
column_set recorded_by_no_mutation_of(const Row&, const Row&) {
  return 0;
}

template <class Table>
std::string name_of_row(const json::object& row) {
  return fmt::format("{} {}", Table::name.view(), key_of_row<Table>(row));
}

class comparison {
 public:
  template <class Table>
  void row(const typename Table::row_type& stored, const typename Table::row_type& replayed,
           column_set left_out = 0) {
    columns<Table>(to_json<Table>(stored), to_json<Table>(replayed), left_out);
  }

  template <class Table, class Row>
  void rows(const std::vector<Row>& stored, const std::vector<Row>& replayed) {
    std::map<std::string, const Row*> made;
    for (const Row& each : replayed) made.emplace(name_of_row<Table>(to_json<Table>(each)), &each);
    for (const Row& each : stored) {
      const json::object row = to_json<Table>(each);
      const std::string name = name_of_row<Table>(row);
      const auto found = made.find(name);
      if (found == made.end()) {
        findings_.push_back(name + ": no mutation makes this row");
        continue;
      }
      columns<Table>(row, to_json<Table>(*found->second),
                     recorded_by_no_mutation_of(each, *found->second));
      made.erase(found);
    }
    for (const auto& [name, row] : made)
      findings_.push_back(name + ": the row that the mutations make is not stored");
  }

  [[nodiscard]] std::vector<std::string> findings() && { return std::move(findings_); }

 private:
  template <class Table>
  void columns(const json::object& stored, const json::object& replayed, column_set left_out) {
    column_set bit = 1;
    for (const auto& column : Table::column_descriptions) {
      const bool is_compared = (left_out & bit) == 0;
      bit <<= 1;
      const json::value* there = stored.if_contains(column.name);
      const json::value* made = replayed.if_contains(column.name);
      const bool is_equal = there == nullptr || made == nullptr ? there == made : *there == *made;
      if (is_compared && !is_equal)
        findings_.push_back(fmt::format("{}: column {} differs from the replay of the mutations",
                                        name_of_row<Table>(stored), column.name));
    }
  }

  std::vector<std::string> findings_;
};

template <class Table, class Row>
json::array rows_json(const std::vector<Row>& rows) {
  json::array array;
  array.reserve(rows.size());
  for (const Row& row : rows) array.push_back(to_json<Table>(row));
  return array;
}

}  // namespace

std::vector<std::string> verify(const workflow_history& history) {
  workflow_state replayed;
  try {
    replayed = replay(history.mutations);
  } catch (const std::invalid_argument& misfit) {
    return {misfit.what()};
  }
  const workflow_state& stored = history.state;
  comparison compare;
  compare.row<workflow_table>(stored.workflow, replayed.workflow,
                              replayed.workflow.company_id
                                  ? recorded_by_no_mutation
                                  : recorded_by_no_mutation | given_by_the_database);
  compare.rows<workflow_step_table>(stored.steps, replayed.steps);
  compare.rows<workflow_stage_table>(stored.stages, replayed.stages);
  compare.rows<workflow_participant_table>(stored.participants, replayed.participants);
  compare.row<workflow_memory_table>(stored.memory, replayed.memory);
  compare.rows<workflow_task_table>(history.tasks, replayed.tasks);
  return std::move(compare).findings();
}

json::object workflow_json(const workflow_state& state) {
  return {{"workflow", to_json<workflow_table>(state.workflow)},
          {"steps", rows_json<workflow_step_table>(state.steps)},
          {"stages", rows_json<workflow_stage_table>(state.stages)},
          {"participants", rows_json<workflow_participant_table>(state.participants)},
          {"memory", to_json<workflow_memory_table>(state.memory)},
          {"tasks", rows_json<workflow_task_table>(state.tasks)}};
}

json::object history_json(const workflow_history& history) {
  return {{"mutations", rows_json<workflow_mutation_table>(history.mutations)},
          {"messages", rows_json<workflow_message_table>(history.messages)},
          {"events", rows_json<workflow_event_table>(history.events)},
          {"tasks", rows_json<workflow_task_table>(history.tasks)}};
}

}  // namespace nava::engine
