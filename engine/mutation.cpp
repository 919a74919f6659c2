// SPDX-License-Identifier: Apache-2.0
#include "engine/mutation.hpp"

#include <algorithm>
#include <map>
#include <nava/engine/decision.hpp>
#include <nava/schema/row.hpp>
#include <stdexcept>
#include <tuple>

namespace nava::engine {
namespace {

using namespace schema;

[[noreturn]] void misfit(mutation_kind kind) {
  throw std::invalid_argument{"mutation '" + std::string{to_text(kind)} +
                              "' does not fit the workflow's state"};
}

void assign(json::object& to, const json::object& values) {
  for (const auto& member : values) to[member.key()] = member.value();
}

workflow_step& step_of(workflow_state& state, mutation_kind kind,
                       const std::optional<uuid>& step_id) {
  workflow_step* step = step_id ? find_step(state, *step_id) : nullptr;
  if (step == nullptr) misfit(kind);
  return *step;
}

template <class Table>
typename Table::row_type row_of(const workflow_state& state, const json::object& patch) {
  auto row = from_json<Table>(patch);
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

void update_stage(workflow_state& state, const json::object& patch) {
  const auto stage = find_stage(state, row_of<workflow_stage_table>(state, patch).key);
  if (stage == state.stages.end()) misfit(mutation_kind::update_stage);
  merge<workflow_stage_table>(*stage, patch);
}

void update_task(workflow_state& state, const json::object& patch) {
  workflow_task* task = find_task(state, row_of<workflow_task_table>(state, patch).id);
  if (task == nullptr) misfit(mutation_kind::update_task);
  merge<workflow_task_table>(*task, patch);
}

void del_participant(workflow_state& state, const json::object& patch) {
  const auto found = find_participant(state, row_of<workflow_participant_table>(state, patch));
  if (found == state.participants.end()) misfit(mutation_kind::del_participant);
  state.participants.erase(found);
}

// What becomes of a row over a whole decision.
struct fate {
  enum class kind { inserted, updated, removed };
  kind what{};
  column_set columns = 0;  ///< that change, of one that is updated
};

template <class Key>
void add_insert(std::map<Key, fate>& fates, const Key& key) {
  fates.try_emplace(key, fate{fate::kind::inserted});
}

template <class Key>
void add_update(std::map<Key, fate>& fates, const Key& key, column_set columns) {
  fates.try_emplace(key, fate{fate::kind::updated}).first->second.columns |= columns;
}

// What is written of a row that is there, and of the rest no more than which row it is.
template <class Table>
row_update<typename Table::row_type> update_of(const typename Table::row_type& row,
                                                            column_set columns) {
  return {part_of<Table>(row, columns | key_columns<Table>()), columns & ~key_columns<Table>()};
}

// In the order of `rows`, which are many where a decision changes few.
template <class Table, class Row, class Key>
void add_rows(row_changes<Row>& changes, const std::map<Key, fate>& fates,
              const std::vector<Row>& rows, Key Row::*key) {
  std::size_t left = fates.size();
  for (auto row = rows.begin(); left > 0 && row != rows.end(); ++row) {
    const auto found = fates.find((*row).*key);
    if (found == fates.end()) continue;
    if (found->second.what == fate::kind::inserted)
      changes.inserted.push_back(*row);
    else
      changes.updated.push_back(update_of<Table>(*row, found->second.columns));
    --left;
  }
}

using participant_key = std::pair<std::string, std::string>;

// A participant that goes and comes within one decision, or comes and goes, is no change.
void add_participant_fate(std::map<participant_key, fate>& fates, const participant_key& key,
                          fate::kind latest) {
  const auto [place, is_new] = fates.try_emplace(key, fate{latest});
  if (!is_new && place->second.what != latest) fates.erase(place);
}

struct fates_of_rows {
  std::map<uuid, fate> steps, tasks;
  std::map<std::string, fate> stages;
  std::map<participant_key, fate> participants;
  column_set workflow = 0;
  column_set memory = 0;
  bool creates = false;
};

template <class Table>
constexpr column_set column_named(std::string_view name) {
  return columns_where<Table>([&](std::string_view each) { return each == name; });
}

std::string text_at(const json::object& patch, std::string_view column) {
  return std::string{patch.at(column).as_string()};
}

uuid id_at(const json::object& patch) { return parse_uuid(text_at(patch, "_id")).value(); }

void note(fates_of_rows& fates, const workflow_mutation& mutation) {
  const auto kind = from_text<mutation_kind>(mutation.name).value();
  const json::object& patch = mutation.mutation;
  switch (kind) {
    case mutation_kind::initialize_workflow:
      fates.creates = true;
      break;
    case mutation_kind::set_state:
      fates.workflow |= columns_in<workflow_table>(patch);
      break;
    case mutation_kind::add_step:
      add_insert(fates.steps, mutation.step_id.value());
      break;
    case mutation_kind::update_step:
      add_update(fates.steps, mutation.step_id.value(), columns_in<workflow_step_table>(patch));
      break;
    case mutation_kind::set_step_memory:
      add_update(fates.steps, mutation.step_id.value(),
                 column_named<workflow_step_table>("memory"));
      break;
    case mutation_kind::add_stage:
      add_insert(fates.stages, text_at(patch, "key"));
      break;
    case mutation_kind::update_stage:
      add_update(fates.stages, text_at(patch, "key"), columns_in<workflow_stage_table>(patch));
      break;
    case mutation_kind::set_params:
      fates.memory |= column_named<workflow_memory_table>("params");
      break;
    case mutation_kind::set_memory:
      fates.memory |= column_named<workflow_memory_table>("memory");
      break;
    case mutation_kind::set_output:
      fates.memory |= column_named<workflow_memory_table>("output");
      break;
    case mutation_kind::add_participant:
    case mutation_kind::del_participant:
      add_participant_fate(
          fates.participants, {text_at(patch, "role"), text_at(patch, "user_id")},
          kind == mutation_kind::add_participant ? fate::kind::inserted : fate::kind::removed);
      break;
    case mutation_kind::add_task:
      add_insert(fates.tasks, id_at(patch));
      break;
    case mutation_kind::update_task:
      add_update(fates.tasks, id_at(patch), columns_in<workflow_task_table>(patch));
      break;
  }
}

}  // namespace

workflow_step* find_step(workflow_state& state, const uuid& id) {
  const auto found = std::find_if(state.steps.begin(), state.steps.end(),
                                  [&](const auto& step) { return step.id == id; });
  return found == state.steps.end() ? nullptr : &*found;
}

workflow_task* find_task(workflow_state& state, const uuid& id) {
  const auto found = std::find_if(state.tasks.begin(), state.tasks.end(),
                                  [&](const auto& task) { return task.id == id; });
  return found == state.tasks.end() ? nullptr : &*found;
}

void apply(workflow_state& state, mutation_kind kind, const std::optional<uuid>& step_id,
           const json::object& patch) {
  switch (kind) {
    case mutation_kind::initialize_workflow:
      state.workflow = from_json<workflow_table>(patch);
      state.memory.workflow_id = state.workflow.id;
      break;
    case mutation_kind::set_state:
      merge<workflow_table>(state.workflow, patch);
      break;
    case mutation_kind::add_step:
      add_new(kind, state.steps, row_of<workflow_step_table>(state, patch),
              [](const auto& row) { return row.id; });
      break;
    case mutation_kind::update_step:
      merge<workflow_step_table>(step_of(state, kind, step_id), patch);
      break;
    case mutation_kind::add_stage:
      add_new(kind, state.stages, row_of<workflow_stage_table>(state, patch),
              [](const auto& row) { return std::string_view{row.key}; });
      break;
    case mutation_kind::update_stage:
      update_stage(state, patch);
      break;
    case mutation_kind::set_params:
      state.memory.params = patch;
      break;
    case mutation_kind::set_memory:
      assign(state.memory.memory, patch);
      break;
    case mutation_kind::set_step_memory:
      assign(step_of(state, kind, step_id).memory, patch);
      break;
    case mutation_kind::set_output:
      assign(state.memory.output, patch);
      break;
    case mutation_kind::add_participant:
      add_new(kind, state.participants, row_of<workflow_participant_table>(state, patch),
              [](const auto& row) { return std::tie(row.role, row.user_id); });
      break;
    case mutation_kind::del_participant:
      del_participant(state, patch);
      break;
    case mutation_kind::add_task:
      add_new(kind, state.tasks, row_of<workflow_task_table>(state, patch),
              [](const auto& row) { return row.id; });
      break;
    case mutation_kind::update_task:
      update_task(state, patch);
      break;
  }
}

unit_of_work fold(const workflow_state& after, std::span<const workflow_mutation> mutations) {
  fates_of_rows fates;
  for (const auto& mutation : mutations) note(fates, mutation);

  unit_of_work work;
  work.workflow = after.workflow;
  // These every decision changes, without a mutation.
  work.workflow_columns = fates.workflow | columns_where<workflow_table>([](std::string_view name) {
                            return name == "revision" || name == "last_seq" || name == "_updated";
                          });
  add_rows<workflow_step_table>(work.steps, fates.steps, after.steps, &workflow_step::id);
  add_rows<workflow_stage_table>(work.stages, fates.stages, after.stages, &workflow_stage::key);
  add_rows<workflow_task_table>(work.tasks, fates.tasks, after.tasks, &workflow_task::id);
  for (const auto& [key, fate] : fates.participants)
    (fate.what == fate::kind::inserted ? work.participants.inserted : work.participants.removed)
        .push_back({after.workflow.id, key.first, key.second});
  if (fates.creates)
    work.memory.inserted.push_back(after.memory);
  else if (fates.memory != 0)
    work.memory.updated.push_back(update_of<workflow_memory_table>(after.memory, fates.memory));
  return work;
}

workflow_state replay(std::span<const workflow_mutation> mutations) {
  workflow_state state;
  for (const auto& mutation : mutations) {
    const auto kind = from_text<mutation_kind>(mutation.name);
    if (!kind) throw std::invalid_argument{"unknown mutation '" + mutation.name + "'"};
    apply(state, *kind, mutation.step_id, mutation.mutation);
  }
  return state;
}

}  // namespace nava::engine
