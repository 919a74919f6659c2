// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/workflow/unit_of_work.hpp>

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

/// Applies `patch`, an object of column values, to `state`. `step_id` names the step of
/// update-step and set-step-memory. Throws std::invalid_argument where it does not fit.
void apply(workflow_state& state, mutation_kind kind,
           const std::optional<uuid>& step_id, const json::object& patch);

/// The rows that differ between nothing or an older state and `after`, by the mutations that
/// led to it: each once, in its final form.
[[nodiscard]] unit_of_work fold(const workflow_state& after,
                                             std::span<const schema::workflow_mutation> mutations);

/// The step or task with this id, or null.
[[nodiscard]] schema::workflow_step* find_step(workflow_state& state, const uuid& id);
[[nodiscard]] schema::workflow_task* find_task(workflow_state& state, const uuid& id);

}  // namespace nava::engine
