// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <nava/engine/state_difference.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_tables.hpp>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "tools/commands/commands.hpp"
#include "tools/commands/workflow_page.hpp"
#include "tools/terminal/json_output.hpp"
#include "tools/terminal/terminal.hpp"
#include "tools/terminal/text_table.hpp"
#include "tools/terminal/text_width.hpp"

namespace nava::tools {
namespace {

using namespace schema;
using nava::workflow_history;

std::string text_of(const history_point& point) {
  if (const auto* seq = std::get_if<std::int64_t>(&point)) return fmt::format("seq {}", *seq);
  return time_text(std::get<timestamp>(point));
}

std::int64_t seq_of(const workflow_history& history, const history_point& point) {
  if (const auto* seq = std::get_if<std::int64_t>(&point)) return *seq;
  return engine::seq_at(history, std::get<timestamp>(point));
}

// The history as it was read at a point, but for what workers write of tasks.
workflow_history history_at(workflow_history history, std::int64_t seq, workflow_state state) {
  auto end = std::numeric_limits<std::int64_t>::max();
  for (const auto& event : history.events)
    if (event.seq > seq) end = std::min(end, event.seq);
  const auto cut = [end](auto& rows) {
    std::erase_if(rows, [end](const auto& row) { return row.seq >= end; });
  };
  cut(history.mutations);
  cut(history.messages);
  cut(history.events);
  std::int64_t last_seq = 0;
  for (const auto& row : history.mutations) last_seq = std::max(last_seq, row.seq);
  for (const auto& row : history.messages) last_seq = std::max(last_seq, row.seq);
  for (const auto& row : history.events) last_seq = std::max(last_seq, row.seq);
  state.workflow.last_seq = last_seq;
  state.workflow.revision += static_cast<std::int64_t>(history.events.size()) - 1;
  history.tasks = state.tasks;
  history.state = std::move(state);
  return history;
}

// What kinds of mutations a decision has made, in their order.
std::string kinds_text(const std::vector<const workflow_mutation*>& mutations) {
  std::vector<std::pair<std::string, std::size_t>> kinds;
  for (const auto* each : mutations) {
    const auto known = std::ranges::find(kinds, each->name, &decltype(kinds)::value_type::first);
    if (known == kinds.end())
      kinds.emplace_back(each->name, 1);
    else
      ++known->second;
  }
  std::string text;
  for (const auto& [name, times] : kinds)
    text += fmt::format("{}{}{}", text.empty() ? "" : ", ", name,
                        times > 1 ? fmt::format(" ({})", times) : "");
  return text;
}

void print_decisions(const workflow_history& history, bool as_json, std::ostream& out) {
  std::map<uuid, std::vector<const workflow_mutation*>> mutations;
  for (const auto& each : history.mutations) mutations[each.transaction_id].push_back(&each);
  if (as_json) {
    json::array decisions;
    for (const auto& event : history.events) {
      json::array made;
      for (const auto* each : mutations[event.transaction_id])
        made.push_back(row_as_json<workflow_mutation_table>(*each));
      decisions.push_back(
          json::object{{"event", row_as_json<workflow_event_table>(event)}, {"mutations", made}});
    }
    write_json(out, decisions);
    out << '\n';
    return;
  }
  text_table table{{{"SEQ"},
                    {"AT"},
                    {"EVENT", column_kind::text},
                    {"BY", column_kind::text},
                    {"KEY", column_kind::text},
                    {"CHANGES", column_kind::detail}}};
  for (const auto& event : history.events)
    table.add({std::to_string(event.seq), time_text(event.at), event.event_name,
               event.actor.value_or(""), event.event_key.value_or(""),
               kinds_text(mutations[event.transaction_id])});
  table.print(out, terminal_width());
}

std::string value_text(const json::value& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return std::string{value.get_string()};
  std::ostringstream text;
  write_json(text, value);
  return text.str();
}

// Steps and tasks have names that say more than their ids.
std::string row_text(const engine::row_change& change, const workflow_state& before,
                     const workflow_state& after) {
  for (const workflow_state* state : {&after, &before}) {
    for (const auto& step : state->steps)
      if (change.table == "workflow_step" && to_text(step.id) == change.row)
        return fmt::format("{} {}", step.step_key, change.row);
    for (const auto& task : state->tasks)
      if (change.table == "workflow_task" && to_text(task.id) == change.row)
        return fmt::format("{} {}", task.name, change.row);
  }
  return change.row;
}

void print_difference(const workflow_state& before, const workflow_state& after, bool as_json,
                      std::ostream& out) {
  const auto changes = engine::difference(before, after);
  if (as_json) {
    json::array rows;
    for (const auto& change : changes) {
      json::array columns;
      for (const auto& each : change.columns)
        columns.push_back(
            json::object{{"column", each.column}, {"before", each.before}, {"after", each.after}});
      rows.push_back(json::object{{"table", change.table},
                                  {"row", change.row},
                                  {"was_there", change.was_there},
                                  {"is_there", change.is_there},
                                  {"columns", std::move(columns)}});
    }
    write_json(out, rows);
    out << '\n';
    return;
  }
  if (changes.empty()) {
    out << "nothing has changed\n";
    return;
  }
  text_table table{{{"TABLE"},
                    {"ROW", column_kind::text},
                    {"COLUMN"},
                    {"BEFORE", column_kind::text},
                    {"AFTER", column_kind::text}}};
  for (const auto& change : changes) {
    // Only the first of its lines names a row, and no line says which workflow it is of.
    std::string name{change.table}, row = row_text(change, before, after);
    for (const auto& each : change.columns)
      if (each.column != "workflow_id")
        table.add({std::exchange(name, {}), std::exchange(row, {}), std::string{each.column},
                   value_text(each.before), value_text(each.after)});
  }
  table.print(out, terminal_width());
}

}  // namespace

int history(const target& where, const workflow_name& name, const history_options& options,
            std::ostream& out, std::ostream& err) {
  try {
    const auto store = open_existing(where);
    const uuid id = find_workflow(*store, name);
    auto found = store->history(id);
    if (!found) throw name_error{fmt::format("there is no workflow {}", to_text(id))};
    if (options.diff) {
      const auto& [from, to] = *options.diff;
      const auto before = engine::state_at(*found, seq_of(*found, from));
      const auto after = engine::state_at(*found, seq_of(*found, to));
      if (!before && !after)
        throw name_error{fmt::format("workflow {} was not there at {} and {}", to_text(id),
                                     text_of(from), text_of(to))};
      print_difference(before ? before.value() : workflow_state{},
                       after ? after.value() : workflow_state{}, options.json, out);
      return 0;
    }
    if (!options.at) {
      print_decisions(*found, options.json, out);
      return 0;
    }
    const std::int64_t seq = seq_of(*found, *options.at);
    auto then = engine::state_at(*found, seq);
    if (!then)
      throw name_error{
          fmt::format("workflow {} was not there at {}", to_text(id), text_of(*options.at))};
    show_options shown;
    shown.json = options.json;
    print_workflow(out, history_at(*std::move(found), seq, *std::move(then)), {}, shown);
    if (!options.json)
      out << "tasks are as decisions left them: the past does not tell what workers wrote\n";
    return 0;
  } catch (const name_error& wrong) {
    err << fmt::format("nava: {}\n", printable(wrong.what()));
  } catch (const std::invalid_argument& misfit) {
    err << fmt::format("nava: the workflow cannot be replayed: {}; see nava verify\n",
                       printable(misfit.what()));
  }
  return 1;
}

}  // namespace nava::tools
