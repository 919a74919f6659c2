// SPDX-License-Identifier: Apache-2.0
#include "runtime/workflow_cache.hpp"

#include <algorithm>
#include <nava/schema/row_visitor.hpp>
#include <nava/schema/workflow_tables.hpp>

namespace nava {
namespace {

// What a value holds outside of itself.
template <class T>
std::size_t heap_of(const T&) {
  return 0;
}

std::size_t heap_of(const std::string& text) {
  static const std::size_t within = std::string{}.capacity();
  return text.capacity() > within ? text.capacity() : 0;
}

std::size_t heap_of(const json::value& value);

std::size_t heap_of(const json::array& array) {
  std::size_t bytes = array.capacity() * sizeof(json::value);
  for (const auto& element : array) bytes += heap_of(element);
  return bytes;
}

std::size_t heap_of(const json::object& object) {
  std::size_t bytes = object.capacity() * sizeof(json::key_value_pair);
  for (const auto& member : object) bytes += member.key().size() + heap_of(member.value());
  return bytes;
}

std::size_t heap_of(const json::value& value) {
  if (value.is_string()) return value.get_string().capacity();
  if (value.is_object()) return heap_of(value.get_object());
  if (value.is_array()) return heap_of(value.get_array());
  return 0;
}

template <class Table>
std::size_t heap_of_row(const typename Table::row_type& row) {
  std::size_t bytes = 0;
  schema::for_each_value<Table>(row, schema::all_columns, [&](auto, const auto* value) {
    if (value != nullptr) bytes += heap_of(*value);
  });
  return bytes;
}

template <class Table>
std::size_t heap_of_rows(const std::vector<typename Table::row_type>& rows) {
  std::size_t bytes = rows.capacity() * sizeof(typename Table::row_type);
  for (const auto& row : rows) bytes += heap_of_row<Table>(row);
  return bytes;
}

}  // namespace

std::size_t memory_of(const workflow_state& state) {
  using namespace schema;
  return sizeof(workflow_state) + heap_of_row<workflow_table>(state.workflow) +
         heap_of_rows<workflow_step_table>(state.steps) +
         heap_of_rows<workflow_stage_table>(state.stages) +
         heap_of_rows<workflow_participant_table>(state.participants) +
         heap_of_row<workflow_memory_table>(state.memory) +
         heap_of_rows<workflow_task_table>(state.tasks);
}

// A decision adds steps and stages in the order of their index, so those stand right.
workflow_state in_loaded_order(workflow_state state) {
  std::sort(state.participants.begin(), state.participants.end(), [](auto& left, auto& right) {
    return std::tie(left.role, left.user_id) < std::tie(right.role, right.user_id);
  });
  std::sort(state.tasks.begin(), state.tasks.end(),
            [](auto& left, auto& right) { return left.id < right.id; });
  return state;
}

workflow_cache::subject workflow_cache::subject_of(const schema::workflow& row) {
  return {row.resource_name, row.resource_id, row.wfdef_key};
}

const known_state& workflow_cache::use(entries::iterator used) {
  entries_.splice(entries_.begin(), entries_, used);
  return used->state;
}

void workflow_cache::remove(entries::iterator removed, entries& to) {
  by_id_.erase(removed->state->workflow.id);
  by_subject_.erase(subject_of(removed->state->workflow));
  places_ -= removed->places;
  to.splice(to.begin(), entries_, removed);
}

known_state workflow_cache::find(const uuid& id) {
  const std::lock_guard lock{mutex_};
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : use(found->second);
}

std::vector<known_state> workflow_cache::find(const resource& about,
                                              const std::set<std::string_view>& wfdef_keys) {
  std::vector<known_state> all;
  {
    const std::lock_guard lock{mutex_};
    for (const std::string_view key : wfdef_keys) {
      const auto found = by_subject_.find({about.name, about.id, key});
      if (found == by_subject_.end()) return {};
      all.push_back(use(found->second));
    }
  }
  std::sort(all.begin(), all.end(),
            [](auto& left, auto& right) { return left->workflow.id < right->workflow.id; });
  return all;
}

std::uint64_t workflow_cache::epoch() const {
  const std::lock_guard lock{mutex_};
  return epoch_;
}

void workflow_cache::put(workflow_state state, std::uint64_t epoch) {
  if (places_max_ == 0) return;
  if (is_finished(state.workflow.status)) return drop(state.workflow.id, state.workflow.revision);
  const std::size_t places = 1 + memory_of(state) / cached_bytes_per_workflow;
  const auto kept = std::make_shared<const workflow_state>(in_loaded_order(std::move(state)));
  const schema::workflow& row = kept->workflow;
  entries gone;  // destroyed after the lock is released
  const std::lock_guard lock{mutex_};
  if (epoch != epoch_) return;
  if (const auto same = by_id_.find(row.id); same != by_id_.end()) {
    if (same->second->state->workflow.revision > row.revision) return;
    remove(same->second, gone);
  }
  // Another workflow of this subject has been erased.
  if (const auto former = by_subject_.find(subject_of(row)); former != by_subject_.end())
    remove(former->second, gone);
  if (places > places_max_) return;
  while (places_ + places > places_max_) remove(std::prev(entries_.end()), gone);
  entries_.push_front({kept, places});
  places_ += places;
  try {
    by_id_[row.id] = entries_.begin();
    by_subject_[subject_of(row)] = entries_.begin();
  } catch (...) {
    remove(entries_.begin(), gone);
    throw;
  }
}

void workflow_cache::drop(const uuid& id, std::int64_t revision) {
  entries gone;
  const std::lock_guard lock{mutex_};
  const auto found = by_id_.find(id);
  if (found != by_id_.end() && found->second->state->workflow.revision <= revision)
    remove(found->second, gone);
}

void workflow_cache::clear() {
  entries gone;
  const std::lock_guard lock{mutex_};
  ++epoch_;
  by_subject_.clear();
  by_id_.clear();
  places_ = 0;
  gone.swap(entries_);
}

}  // namespace nava
