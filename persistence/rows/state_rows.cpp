// SPDX-License-Identifier: Apache-2.0
#include "persistence/rows/state_rows.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>
#include <nava/schema/row.hpp>
#include <nava/schema/workflow_tables.hpp>
#include <stdexcept>
#include <tuple>

#include "persistence/commit/unit_parts.hpp"

namespace nava::persistence {
namespace {

using namespace schema;

// A stored value that does not fit is a fault of the database, not of the caller.
template <class Read>
auto reading(Read&& read) {
  try {
    return read();
  } catch (const conversion_error& failure) {
    throw unreadable_value{failure.what()};
  }
}

struct gathered_workflow {
  // A workflow's past holds its state, so a load is read as one without.
  workflow_history past;
  bool event_applied = false;
  // Somebody may have deleted it with foreign keys off, and left its children.
  bool is_there = false;
};

// Puts rows where they belong.
class gathering {
 public:
  explicit gathering(stored_form form) : form_(form) {}

  void add(const connection::row& row) {
    const std::string& table = row[0].value();
    const std::string& text = row[1].value();
    const bool known =
        add_as<workflow_step_table, workflow_stage_table, workflow_participant_table,
               workflow_task_table, workflow_memory_table, workflow_table, applied_event_table,
               workflow_mutation_table, workflow_message_table, workflow_event_table,
               workflow_agenda_table, workflow_worklist_table>(table, text);
    if (!known) throw std::logic_error{"a row of a table that no workflow has: " + table};
  }

  std::vector<gathered_workflow> sorted() && {
    std::vector<gathered_workflow> all;
    for (auto& [id, one] : found_) {
      if (!one.is_there) continue;
      sort_rows(one.past);
      all.push_back(std::move(one));
    }
    return all;
  }

 private:
  template <class... Tables>
  bool add_as(std::string_view table, std::string_view text) {
    return ((table == Tables::name.view() && (put(row_from<Tables>(text, form_)), true)) || ...);
  }

  void put(workflow_step&& row) { past_of(row).state.steps.push_back(std::move(row)); }
  void put(workflow_stage&& row) { past_of(row).state.stages.push_back(std::move(row)); }
  void put(workflow_participant&& row) {
    past_of(row).state.participants.push_back(std::move(row));
  }
  void put(workflow_memory&& row) { past_of(row).state.memory = std::move(row); }
  void put(workflow_mutation&& row) { past_of(row).mutations.push_back(std::move(row)); }
  void put(workflow_message&& row) { past_of(row).messages.push_back(std::move(row)); }
  void put(workflow_event&& row) { past_of(row).events.push_back(std::move(row)); }
  void put(workflow_task&& row) { past_of(row).tasks.push_back(std::move(row)); }
  void put(workflow_agenda&& row) { past_of(row).agenda.push_back(std::move(row)); }
  void put(workflow_worklist&& row) { past_of(row).worklist.push_back(std::move(row)); }
  void put(applied_event&& row) { of(row.workflow_id).event_applied = true; }
  void put(workflow&& row) {
    gathered_workflow& its = of(row.id);
    its.is_there = true;
    its.past.state.workflow = std::move(row);
  }

  template <class Row>
  workflow_history& past_of(const Row& row) {
    return of(row.workflow_id).past;
  }

  // Most rows belong to the workflow of the row before.
  gathered_workflow& of(const uuid& id) {
    if (last_ == found_.end() || last_->first != id) {
      bool is_fresh = false;
      std::tie(last_, is_fresh) = found_.try_emplace(id);
      if (is_fresh) last_->second.past.state.memory.workflow_id = id;
    }
    return last_->second;
  }

  template <class Row, class Key>
  static void sort_by(std::vector<Row>& rows, Key key) {
    std::sort(rows.begin(), rows.end(),
              [&](const Row& a, const Row& b) { return key(a) < key(b); });
  }

  static void sort_rows(workflow_history& one) {
    const auto seq = [](const auto& row) { return row.seq; };
    sort_by(one.mutations, seq);
    sort_by(one.messages, seq);
    sort_by(one.events, seq);
    sort_by(one.tasks, [](const auto& row) { return std::tie(row.id); });
    sort_by(one.agenda, [](const auto& row) { return std::tie(row.id); });
    sort_by(one.worklist,
            [](const auto& row) { return std::tie(row.step_id, row.place, row.principal); });
    sort_by(one.state.steps, [](const auto& row) { return row.index; });
    sort_by(one.state.stages, [](const auto& row) { return std::tie(row.order, row.key); });
    sort_by(one.state.participants,
            [](const auto& row) { return std::tie(row.role, row.user_id); });
  }

  stored_form form_;
  std::map<uuid, gathered_workflow> found_;
  std::map<uuid, gathered_workflow>::iterator last_ = found_.end();
};

std::vector<gathered_workflow> gathered(const std::vector<connection::row>& rows,
                                        stored_form form) {
  return reading([&] {
    gathering all{form};
    for (const auto& row : rows) all.add(row);
    return std::move(all).sorted();
  });
}

template <class Table>
std::vector<typename Table::row_type> single_rows(const std::vector<connection::row>& rows) {
  return reading([&] {
    std::vector<typename Table::row_type> result;
    result.reserve(rows.size());
    for (const auto& row : rows)
      result.push_back(row_from<Table>(row.front().value(), stored_form::json));
    return result;
  });
}

}  // namespace

std::vector<loaded_workflow> loaded_from(const std::vector<connection::row>& rows,
                                         stored_form form) {
  std::vector<loaded_workflow> loaded;
  for (auto& [past, event_applied, is_there] : gathered(rows, form)) {
    past.state.tasks = std::move(past.tasks);
    loaded.push_back({std::move(past.state), event_applied});
  }
  return loaded;
}

std::optional<workflow_history> history_from(const std::vector<connection::row>& rows,
                                             stored_form form) {
  auto found = gathered(rows, form);
  if (found.empty()) return std::nullopt;
  workflow_history history = std::move(found.front().past);
  std::copy_if(history.tasks.begin(), history.tasks.end(), std::back_inserter(history.state.tasks),
               [](const auto& task) { return !is_finished(task.status); });
  return history;
}

std::vector<workflow> workflows_from(const std::vector<connection::row>& rows) {
  return single_rows<workflow_table>(rows);
}

std::vector<workflow_definition> definitions_from(const std::vector<connection::row>& rows) {
  return single_rows<workflow_definition_table>(rows);
}

namespace {

// An application has written it, in whatever language: what cannot be read must not keep others
// from being delivered.
workflow_inbox event_from(const connection::row& row) {
  try {
    return row_from<workflow_inbox_table>(row.back().value(), stored_form::json);
  } catch (const std::exception& failure) {
    workflow_inbox event;
    event.seq = std::stoll(row[0].value());
    event.lease_fence = std::stoll(row[1].value());
    event.attempt = std::stoll(row[2].value());
    // No claim takes one whose status is none.
    event.status = schema::from_text<inbox_status>(row[3].value()).value_or(inbox_status::failed);
    event.event_name = row[4].value();
    event.resource_name = row[5].value();
    event.resource_id = row[6].value();
    event.unreadable = failure.what();
    return event;
  }
}

}  // namespace

std::vector<workflow_inbox> events_from(const std::vector<connection::row>& rows) {
  std::vector<workflow_inbox> events;
  events.reserve(rows.size());
  for (const auto& row : rows) events.push_back(event_from(row));
  std::ranges::sort(events, {}, &workflow_inbox::seq);
  return events;
}

std::vector<table_rows> counts_from(const std::vector<connection::row>& rows) {
  std::vector<table_rows> counts;
  for (const auto& row : rows) {
    const std::string& text = row[1].value();
    table_rows count{table_named(row[0].value()).name, 0};
    std::from_chars(text.data(), text.data() + text.size(), count.rows);
    counts.push_back(count);
  }
  return counts;
}

}  // namespace nava::persistence
