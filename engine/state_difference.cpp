// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <map>
#include <nava/engine/decision.hpp>
#include <nava/engine/state_difference.hpp>
#include <nava/schema/workflow_tables.hpp>
#include <span>

#include "engine/row_name.hpp"

namespace nava::engine {
namespace {

using namespace schema;

class collected {
 public:
  template <class Table, class Row>
  void rows(const std::vector<Row>& before, const std::vector<Row>& after) {
    struct pair {
      json::object before, after;
    };
    std::map<std::string, pair> all;
    for (const Row& each : before) {
      json::object row = to_json<Table>(each);
      all[key_of_row<Table>(row)].before = std::move(row);
    }
    for (const Row& each : after) {
      json::object row = to_json<Table>(each);
      all[key_of_row<Table>(row)].after = std::move(row);
    }
    for (auto& [name, row] : all) add<Table>(name, row.before, row.after);
  }

  template <class Table, class Row>
  void only_row(const Row* before, const Row* after) {
    add<Table>({}, before == nullptr ? json::object{} : to_json<Table>(*before),
               after == nullptr ? json::object{} : to_json<Table>(*after));
  }

  [[nodiscard]] std::vector<row_change> changes() && { return std::move(changes_); }

 private:
  template <class Table>
  void add(const std::string& name, const json::object& before, const json::object& after) {
    row_change change{.table = Table::name.view(),
                      .row = name,
                      .was_there = !before.empty(),
                      .is_there = !after.empty()};
    const auto value_in = [](const json::object& row, std::string_view column) {
      const json::value* found = row.if_contains(column);
      return found == nullptr ? json::value(nullptr) : *found;
    };
    for (const auto& column : Table::column_descriptions) {
      json::value was = value_in(before, column.name), is = value_in(after, column.name);
      if (was != is) change.columns.push_back({column.name, std::move(was), std::move(is)});
    }
    if (!change.columns.empty()) changes_.push_back(std::move(change));
  }

  std::vector<row_change> changes_;
};

// A state without its row is that of no workflow.
const workflow* row_of(const workflow_state& state) {
  return state.workflow.id.is_nil() ? nullptr : &state.workflow;
}

const workflow_memory* memory_of(const workflow_state& state) {
  return state.workflow.id.is_nil() ? nullptr : &state.memory;
}

}  // namespace

std::vector<row_change> difference(const workflow_state& before, const workflow_state& after) {
  collected all;
  all.only_row<workflow_table>(row_of(before), row_of(after));
  all.rows<workflow_stage_table>(before.stages, after.stages);
  all.rows<workflow_step_table>(before.steps, after.steps);
  all.rows<workflow_participant_table>(before.participants, after.participants);
  all.only_row<workflow_memory_table>(memory_of(before), memory_of(after));
  all.rows<workflow_task_table>(before.tasks, after.tasks);
  return std::move(all).changes();
}

// An event tells when it happened, not when it was decided on.
std::int64_t seq_at(const workflow_history& history, timestamp at) {
  auto mutation = history.mutations.begin();
  auto message = history.messages.begin();
  for (auto event = history.events.begin(); event != history.events.end(); ++event) {
    const auto next = std::next(event);
    const auto is_of_decision = [&](const auto& row, const auto& rows) {
      return row != rows.end() && (next == history.events.end() || row->seq < next->seq);
    };
    timestamp decided = event->at;
    if (is_of_decision(message, history.messages)) decided = message->at;
    if (is_of_decision(mutation, history.mutations)) decided = mutation->at;
    if (decided > at) return event->seq - 1;
    while (is_of_decision(mutation, history.mutations)) ++mutation;
    while (is_of_decision(message, history.messages)) ++message;
  }
  return history.state.workflow.last_seq;
}

// The first that a decision stores is its event.
found<workflow_state> state_at(const workflow_history& history, std::int64_t seq) {
  uuid last_decision{};
  for (const auto& event : history.events)
    if (event.seq <= seq) last_decision = event.transaction_id;
  const auto& all = history.mutations;
  const auto later = std::find_if(all.begin(), all.end(), [&](const auto& each) {
    return each.seq > seq && each.transaction_id != last_decision;
  });
  const std::span until{all.begin(), later};
  if (until.empty()) return {};
  return replay(until);
}

}  // namespace nava::engine
