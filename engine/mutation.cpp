// SPDX-License-Identifier: Apache-2.0
#include "engine/mutation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nava/engine/decision.hpp>
#include <nava/schema/row.hpp>
#include <stdexcept>
#include <tuple>

#include "engine/patch.hpp"

namespace nava::engine {
namespace {

using namespace schema;

[[noreturn]] void misfit(mutation_kind kind) {
  throw std::invalid_argument{"mutation '" + std::string{to_text(kind)} +
                              "' does not fit the workflow's state"};
}

void assign(json::object& target, const json::object& values) {
  for (const auto& member : values) target[member.key()] = member.value();
}

workflow_step& step_of(workflow_state& state, mutation_kind kind,
                       const std::optional<uuid>& step_id) {
  workflow_step* step = step_id ? find_row(state.steps, *step_id) : nullptr;
  if (step == nullptr) misfit(kind);
  return *step;
}

template <class Table>
typename Table::row_type row_of(const workflow_state& state, const json::object& values) {
  auto row = from_json<Table>(values);
  row.workflow_id = state.workflow.id;
  return row;
}

auto find_stage(workflow_state& state, std::string_view key) {
  return std::find_if(state.stages.begin(), state.stages.end(),
                      [&](const auto& stage) { return stage.key == key; });
}

auto find_participant(workflow_state& state, const workflow_participant& wanted) {
  return std::find_if(state.participants.begin(), state.participants.end(), [&](const auto& row) {
    return row.role == wanted.role && row.user_id == wanted.user_id;
  });
}

// A row whose key is there already would be changed in the place of the new one.
template <class Row, class KeyOf>
void add_new(mutation_kind kind, std::vector<Row>& rows, Row row, KeyOf key_of) {
  const auto key = key_of(row);
  if (std::any_of(rows.begin(), rows.end(), [&](const Row& there) { return key_of(there) == key; }))
    misfit(kind);
  rows.push_back(std::move(row));
}

void update_stage(workflow_state& state, const json::object& values) {
  const auto stage = find_stage(state, row_of<workflow_stage_table>(state, values).key);
  if (stage == state.stages.end()) misfit(mutation_kind::update_stage);
  merge<workflow_stage_table>(*stage, values);
}

void update_task(workflow_state& state, const json::object& values) {
  workflow_task* task = find_row(state.tasks, row_of<workflow_task_table>(state, values).id);
  if (task == nullptr) misfit(mutation_kind::update_task);
  merge<workflow_task_table>(*task, values);
}

void del_participant(workflow_state& state, const json::object& values) {
  const auto found = find_participant(state, row_of<workflow_participant_table>(state, values));
  if (found == state.participants.end()) misfit(mutation_kind::del_participant);
  state.participants.erase(found);
}

template <class Key>
void add_insert(std::map<Key, row_fate>& fates, const Key& key) {
  fates.try_emplace(key, row_fate{row_fate::kind::inserted});
}

template <class Key>
void add_update(std::map<Key, row_fate>& fates, const Key& key, column_set columns) {
  fates.try_emplace(key, row_fate{row_fate::kind::updated}).first->second.columns |= columns;
}

// A row that goes and comes within one decision, or comes and goes, is no change.
template <class Key>
void add_or_cancel(std::map<Key, row_fate>& fates, const Key& key, row_fate::kind latest) {
  const auto [place, is_new] = fates.try_emplace(key, row_fate{latest});
  if (!is_new && place->second.becomes != latest) fates.erase(place);
}

// What is written of a row that is there, and of the rest no more than which row it is.
template <class Table>
row_update<typename Table::row_type> update_of(const typename Table::row_type& row,
                                               column_set columns) {
  return {part_of<Table>(row, columns | key_columns<Table>()), columns & ~key_columns<Table>()};
}

// In the order of `rows`, which are many where a decision changes few.
template <class Table, class Row, class Key>
void add_rows(row_changes<Row>& changes, const std::map<Key, row_fate>& fates,
              const std::vector<Row>& rows, Key Row::*key) {
  std::size_t left = fates.size();
  for (auto row = rows.begin(); left > 0 && row != rows.end(); ++row) {
    const auto found = fates.find((*row).*key);
    if (found == fates.end()) continue;
    if (found->second.becomes == row_fate::kind::inserted)
      changes.inserted.push_back(*row);
    else
      changes.updated.push_back(update_of<Table>(*row, found->second.columns));
    --left;
  }
}

}  // namespace

void apply(workflow_state& state, mutation_kind kind, const std::optional<uuid>& step_id,
           const json::object& values) {
  switch (kind) {
    case mutation_kind::initialize_workflow:
      state.workflow = from_json<workflow_table>(values);
      state.memory.workflow_id = state.workflow.id;
      break;
    case mutation_kind::set_state:
      merge<workflow_table>(state.workflow, values);
      break;
    case mutation_kind::add_step:
      add_new(kind, state.steps, row_of<workflow_step_table>(state, values),
              [](const auto& row) { return row.id; });
      break;
    case mutation_kind::update_step:
      merge<workflow_step_table>(step_of(state, kind, step_id), values);
      break;
    case mutation_kind::add_stage:
      add_new(kind, state.stages, row_of<workflow_stage_table>(state, values),
              [](const auto& row) { return std::string_view{row.key}; });
      break;
    case mutation_kind::update_stage:
      update_stage(state, values);
      break;
    case mutation_kind::set_params:
      state.memory.params = values;
      break;
    case mutation_kind::set_memory:
      assign(state.memory.memory, values);
      break;
    case mutation_kind::set_step_memory:
      assign(step_of(state, kind, step_id).memory, values);
      break;
    case mutation_kind::set_output:
      assign(state.memory.output, values);
      break;
    case mutation_kind::add_participant:
      add_new(kind, state.participants, row_of<workflow_participant_table>(state, values),
              [](const auto& row) { return std::tie(row.role, row.user_id); });
      break;
    case mutation_kind::del_participant:
      del_participant(state, values);
      break;
    case mutation_kind::add_task:
      add_new(kind, state.tasks, row_of<workflow_task_table>(state, values),
              [](const auto& row) { return row.id; });
      break;
    case mutation_kind::update_task:
      update_task(state, values);
      break;
  }
}

void changed_rows::add(mutation_kind kind, const std::optional<uuid>& step_id,
                       const json::object& values, column_set columns) {
  const auto stage = [&] { return value_in<workflow_stage_table, &workflow_stage::key>(values); };
  const auto task = [&] { return value_in<workflow_task_table, &workflow_task::id>(values); };
  const auto participant = [&] {
    using table = workflow_participant_table;
    return std::pair{value_in<table, &workflow_participant::role>(values),
                     value_in<table, &workflow_participant::user_id>(values)};
  };
  switch (kind) {
    case mutation_kind::initialize_workflow:
      creates_ = true;
      break;
    case mutation_kind::set_state:
      workflow_ |= columns;
      break;
    case mutation_kind::add_step:
      add_insert(steps_, step_id.value());
      break;
    case mutation_kind::update_step:
      add_update(steps_, step_id.value(), columns);
      break;
    case mutation_kind::set_step_memory:
      add_update(steps_, step_id.value(), columns_of<workflow_step_table, &workflow_step::memory>);
      break;
    case mutation_kind::add_stage:
      add_insert(stages_, stage());
      break;
    case mutation_kind::update_stage:
      add_update(stages_, stage(), columns);
      break;
    case mutation_kind::set_params:
      memory_ |= columns_of<workflow_memory_table, &workflow_memory::params>;
      break;
    case mutation_kind::set_memory:
      memory_ |= columns_of<workflow_memory_table, &workflow_memory::memory>;
      break;
    case mutation_kind::set_output:
      memory_ |= columns_of<workflow_memory_table, &workflow_memory::output>;
      break;
    case mutation_kind::add_participant:
      add_or_cancel(participants_, participant(), row_fate::kind::inserted);
      break;
    case mutation_kind::del_participant:
      add_or_cancel(participants_, participant(), row_fate::kind::removed);
      break;
    case mutation_kind::add_task:
      add_insert(tasks_, task());
      break;
    case mutation_kind::update_task:
      add_update(tasks_, task(), columns);
      break;
  }
}

unit_of_work changed_rows::unit(const workflow_state& after) const {
  unit_of_work work;
  work.workflow = after.workflow;
  // These every decision changes, without a mutation.
  work.workflow_columns =
      workflow_ |
      columns_of<workflow_table, &workflow::revision, &workflow::last_seq, &workflow::updated>;
  if (after.workflow.chain) work.workflow_columns |= columns_of<workflow_table, &workflow::chain>;
  add_rows<workflow_step_table>(work.steps, steps_, after.steps, &workflow_step::id);
  add_rows<workflow_stage_table>(work.stages, stages_, after.stages, &workflow_stage::key);
  add_rows<workflow_task_table>(work.tasks, tasks_, after.tasks, &workflow_task::id);
  for (const auto& [key, fate] : participants_)
    (fate.becomes == row_fate::kind::inserted ? work.participants.inserted
                                              : work.participants.removed)
        .push_back({after.workflow.id, key.first, key.second});
  if (creates_)
    work.memory.inserted.push_back(after.memory);
  else if (memory_ != 0)
    work.memory.updated.push_back(update_of<workflow_memory_table>(after.memory, memory_));
  return work;
}

workflow_state replay(std::span<const workflow_mutation> mutations) {
  workflow_state state;
  for (const auto& mutation : mutations) {
    const auto refusal = [&](std::string_view why) {
      return std::invalid_argument{fmt::format("workflow_mutation {}: {}", mutation.seq, why)};
    };
    const auto kind = from_text<mutation_kind>(mutation.name);
    if (!kind) throw refusal(fmt::format("unknown mutation '{}'", mutation.name));
    try {
      apply(state, *kind, mutation.step_id, mutation.mutation);
    } catch (const std::invalid_argument& misfit) {
      throw refusal(misfit.what());
    } catch (const conversion_error& misfit) {
      throw refusal(misfit.what());
    }
  }
  return state;
}

}  // namespace nava::engine
