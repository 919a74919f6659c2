// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <nava/schema/workflow_tables.hpp>
#include <nava/workflow/unit_of_work.hpp>
#include <nava/workflow/workflow_state.hpp>

/// The changes that a workflow's state can undergo. One function applies them, to the state of
/// a running decision and to that of a replay alike; so a replay cannot come out differently.
namespace nava::engine {

enum class mutation_kind {
  initialize_workflow,
  set_state,
  add_step,
  update_step,
  add_stage,
  update_stage,
  set_params,
  set_memory,
  set_step_memory,
  set_output,
  add_participant,
  del_participant,
  add_task,
  update_task
};

}  // namespace nava::engine

template <>
struct nava::schema::enum_names<nava::engine::mutation_kind> {
  static constexpr std::array names{
      enum_name{engine::mutation_kind::initialize_workflow, "initialize-workflow"},
      enum_name{engine::mutation_kind::set_state, "set-state"},
      enum_name{engine::mutation_kind::add_step, "add-step"},
      enum_name{engine::mutation_kind::update_step, "update-step"},
      enum_name{engine::mutation_kind::add_stage, "add-stage"},
      enum_name{engine::mutation_kind::update_stage, "update-stage"},
      enum_name{engine::mutation_kind::set_params, "set-params"},
      enum_name{engine::mutation_kind::set_memory, "set-memory"},
      enum_name{engine::mutation_kind::set_step_memory, "set-step-memory"},
      enum_name{engine::mutation_kind::set_output, "set-output"},
      enum_name{engine::mutation_kind::add_participant, "add-participant"},
      enum_name{engine::mutation_kind::del_participant, "del-participant"},
      enum_name{engine::mutation_kind::add_task, "add-task"},
      enum_name{engine::mutation_kind::update_task, "update-task"}};
};

namespace nava::engine {

/// The mutation that changes columns of a row of `Table`.
template <class Table>
inline constexpr mutation_kind update_kind{};
template <>
inline constexpr mutation_kind update_kind<schema::workflow_table> = mutation_kind::set_state;
template <>
inline constexpr mutation_kind update_kind<schema::workflow_step_table> =
    mutation_kind::update_step;
template <>
inline constexpr mutation_kind update_kind<schema::workflow_stage_table> =
    mutation_kind::update_stage;
template <>
inline constexpr mutation_kind update_kind<schema::workflow_task_table> =
    mutation_kind::update_task;

/// Applies `values`, an object of column values, to `state`. `step_id` names the step of
/// update-step and set-step-memory. Throws std::invalid_argument where they do not fit.
void apply(workflow_state& state, mutation_kind kind, const std::optional<uuid>& step_id,
           const json::object& values);

/// What a decision does to a row, all its mutations together.
struct row_fate {
  enum class kind { inserted, updated, removed };
  kind becomes{};
  schema::column_set columns = 0;  ///< to write, of a row that is updated
};

/// The rows that the mutations of one decision change, each once and with the columns to write.
class changed_rows {
 public:
  /// Adds what a mutation changes. `columns` are those of a mutation that updates a row.
  void add(mutation_kind kind, const std::optional<uuid>& step_id, const json::object& values,
           schema::column_set columns);

  /// These rows in their final form, which they have in `after`.
  [[nodiscard]] unit_of_work unit(const workflow_state& after) const;

 private:
  std::map<uuid, row_fate> steps_, tasks_;
  std::map<std::string, row_fate> stages_;
  std::map<std::pair<std::string, std::string>, row_fate> participants_;  ///< by role and user
  schema::column_set workflow_ = 0;
  schema::column_set memory_ = 0;
  bool creates_ = false;
};

/// The row with this id, or null.
template <class Rows>
[[nodiscard]] auto find_row(Rows& rows, const uuid& id) -> decltype(rows.data()) {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.id == id; });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace nava::engine
