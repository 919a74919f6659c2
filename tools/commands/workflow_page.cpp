// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/workflow_page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <nava/engine/definition.hpp>
#include <nava/schema/workflow_tables.hpp>
#include <nava/workflow/legal_hold.hpp>
#include <optional>
#include <ostream>
#include <sstream>

#include "tools/terminal/json_output.hpp"
#include "tools/terminal/terminal.hpp"
#include "tools/terminal/text_table.hpp"
#include "tools/terminal/text_width.hpp"

namespace nava::tools {
namespace {

using namespace schema;
using nava::workflow_history;

constexpr std::size_t open_steps_told_max = 6;

std::string json_text(const json::value& value) {
  std::ostringstream text;
  write_json(text, value);
  return text.str();
}

std::string memory_text(const json::object& memory) {
  std::string text;
  for (const auto& member : memory)
    text.append(text.empty() ? "" : ", ")
        .append(member.key())
        .append("=")
        .append(json_text(member.value()));
  return text;
}

// _FINISHED says no more than the status COMPLETED, so the state before it is shown.
std::string state_text(const workflow_step& step) {
  std::string state = step.stm_state;
  if (state == engine::state_finished) {
    state = step.stm_from.value_or("");
    if (state == engine::state_created) state.clear();
  }
  if (!step.stm_label) return state;
  return state.empty() ? *step.stm_label : fmt::format("{}, {}", state, *step.stm_label);
}

// Who has a step; where nobody has it, who may claim it.
std::string people_text(const workflow_step& step) {
  if (step.delegate_id)
    return fmt::format("{} for {}", *step.delegate_id, step.owner_id.value_or(""));
  if (step.owner_id) return *step.owner_id;
  const engine::candidates may = engine::candidates_of(step);
  std::vector<std::string> names = may.users;
  names.insert(names.end(), may.groups.begin(), may.groups.end());
  names.insert(names.end(), may.roles.begin(), may.roles.end());
  return names.empty() ? "" : fmt::format("one of {}", fmt::join(names, ", "));
}

// What is shown of a history, and how many rows of each kind there were.
class page {
 public:
  page(std::ostream& out, workflow_history history, std::vector<own_tables::rows> own_rows,
       const show_options& options)
      : out_(out),
        history_(std::move(history)),
        own_rows_(std::move(own_rows)),
        options_(options),
        width_(terminal_width()),
        waits_for_(open_steps()),
        shows_all_(!options.steps && !options.events) {
    keep_tail("Steps", history_.state.steps);
    keep_tail("Tasks", history_.tasks);
    keep_tail("Events", history_.events);
    keep_tail("Messages", history_.messages);
    keep_tail("Mutations", history_.mutations);
  }

  void print() const {
    print_head();
    if (shows_all_) print_stages();
    if (shows_all_ || options_.steps) print_steps();
    if (shows_all_) {
      print_participants();
      print_memory();
      print_tasks();
      for (const auto& table : own_rows_) print_own_rows(table);
    }
    if (shows_all_ || options_.events) print_events();
    if (shows_all_)
      out_ << fmt::format("\n{} mutations; --json shows them\n", totals_.contains("Mutations")
                                                                     ? totals_.at("Mutations")
                                                                     : history_.mutations.size());
  }

  void print_json() const {
    const auto& state = history_.state;
    json::object all;
    all["workflow"] = row_as_json<workflow_table>(state.workflow);
    if (shows_all_) all["workflow_stage"] = rows<workflow_stage_table>(state.stages);
    if (shows_all_ || options_.steps) all["workflow_step"] = rows<workflow_step_table>(state.steps);
    if (shows_all_) {
      all["workflow_participant"] = rows<workflow_participant_table>(state.participants);
      all["workflow_memory"] = row_as_json<workflow_memory_table>(state.memory);
      all["workflow_task"] = rows<workflow_task_table>(history_.tasks);
    }
    if (shows_all_ || options_.events) {
      all["workflow_event"] = rows<workflow_event_table>(history_.events);
      all["workflow_message"] = rows<workflow_message_table>(history_.messages);
    }
    if (shows_all_) {
      all["workflow_mutation"] = rows<workflow_mutation_table>(history_.mutations);
      json::array not_shown;
      for (const auto& table : own_rows_) {
        if (table.failure.empty())
          all[table.table] = json::array(table.rows.begin(), table.rows.end());
        if (!table.failure.empty() || table.are_more)
          not_shown.push_back(json::object{
              {"table", table.table},
              {"why", table.failure.empty()
                          ? fmt::format("only the first {} rows are shown", own_tables::rows_max)
                          : table.failure}});
      }
      if (!not_shown.empty()) all["not_shown"] = std::move(not_shown);
    }
    write_json(out_, all);
    out_ << '\n';
  }

 private:
  template <class Table>
  static json::array rows(const std::vector<typename Table::row_type>& rows) {
    json::array list;
    for (const auto& row : rows) list.push_back(row_as_json<Table>(row));
    return list;
  }

  template <class Row>
  void keep_tail(const std::string& heading, std::vector<Row>& rows) {
    if (!options_.tail || rows.size() <= *options_.tail) return;
    totals_[heading] = rows.size();
    rows.erase(rows.begin(), rows.end() - static_cast<std::ptrdiff_t>(*options_.tail));
  }

  // Who asks about a workflow asks this first: what is not done, in which state, with whom.
  [[nodiscard]] std::string open_steps() const {
    std::string text;
    std::size_t open = 0;
    for (const auto& step : history_.state.steps) {
      if (is_finished(step.status) || ++open > open_steps_told_max) continue;
      std::string more = step.status == step_status::error ? "ERROR" : step.stm_state;
      if (more == engine::state_created) more.clear();
      if (const std::string who = people_text(step); !who.empty())
        more += (more.empty() ? "" : ", ") + who;
      text.append(text.empty() ? "" : "; ").append(step.title);
      if (!more.empty()) text += fmt::format(" ({})", more);
    }
    if (open > open_steps_told_max)
      text += fmt::format("; and {} more", open - open_steps_told_max);
    return text;
  }

  void print_head() const {
    const workflow& row = history_.state.workflow;
    constexpr std::size_t name_width = 14;
    out_ << printable(row.title) << '\n';
    const auto line = [&](std::string_view name, std::string_view value) {
      if (value.empty()) return;
      const std::string text = printable(value);
      std::string before = fmt::format("  {:<{}}", name, name_width - 2);
      for (const auto& part : width_ == 0 ? std::vector{text} : wrap(text, width_ - name_width)) {
        out_ << before << part << '\n';
        before.assign(name_width, ' ');
      }
    };
    line("id", to_text(row.id));
    line("definition", fmt::format("{} revision {}", row.wfdef_key, row.wfdef_rev));
    line("resource", row.resource_name + "/" + row.resource_id);
    line("status", fmt::format("{}, {} done", to_text(row.status), percent(row.progress)));
    line("legal hold", fmt::format("{}", fmt::join(legal_holds_of(row), ", ")));
    line("waits for", waits_for_);
    line("revision", fmt::format("{}, last seq {}", row.revision, row.last_seq));
    line("owner", row.owner_id.value_or(""));
    line("company", row.company_id.value_or(""));
    line("note", row.note.value_or(""));
    line("started", time_text(row.ts_start));
    line("expires", time_text(row.ts_expire));
    line("finished", time_text(row.ts_finish));
  }

  void print_section(const std::string& heading, const text_table& rows) const {
    if (rows.empty()) return;
    out_ << '\n' << heading;
    if (const auto total = totals_.find(heading); total != totals_.end())
      out_ << fmt::format(", the last {} of {}", *options_.tail, total->second);
    out_ << '\n';
    rows.print(out_, width_, "  ");
  }

  void print_stages() const {
    text_table table{{{"STAGE", column_kind::text}, {"STATUS"}}};
    for (const auto& row : history_.state.stages)
      table.add({row.stage_name, std::string{to_text(row.status)}});
    print_section("Stages", table);
  }

  void print_steps() const {
    text_table table{{{"STEP", column_kind::text},
                      {"STATUS"},
                      {"STATE", column_kind::text},
                      {"STARTED"},
                      {"FINISHED"},
                      {"OWNER", column_kind::detail},
                      {"DUE", column_kind::detail},
                      {"MEMORY", column_kind::detail}}};
    for (const auto& row : history_.state.steps)
      table.add({row.title, std::string{to_text(row.status)}, state_text(row),
                 time_text(row.ts_start), time_text(row.ts_finish), people_text(row),
                 time_text(row.ts_due), memory_text(row.memory)});
    print_section("Steps", table);
  }

  void print_participants() const {
    text_table table{{{"ROLE", column_kind::text}, {"USER", column_kind::text}}};
    for (const auto& row : history_.state.participants) table.add({row.role, row.user_id});
    print_section("Participants", table);
  }

  void print_memory() const {
    text_table table{{{"KEPT IN"}, {"KEY", column_kind::text}, {"VALUE", column_kind::text}}};
    const auto add = [&](std::string_view where, const json::object& object) {
      for (const auto& member : object)
        table.add({std::string{where}, std::string{member.key()}, json_text(member.value())});
    };
    add("params", history_.state.memory.params);
    add("memory", history_.state.memory.memory);
    add("output", history_.state.memory.output);
    print_section("Memory", table);
  }

  void print_tasks() const {
    text_table table{{{"TASK", column_kind::text},
                      {"STATUS"},
                      {"DUE"},
                      {"INPUT", column_kind::detail},
                      {"ERROR", column_kind::detail}}};
    for (const auto& row : history_.tasks)
      table.add({row.name, std::string{to_text(row.status)}, time_text(row.ts_due),
                 memory_text(row.input), row.error.value_or("")});
    print_section("Tasks", table);
  }

  void print_own_rows(const own_tables::rows& own) const {
    std::string heading{own.table};
    if (!own.failure.empty()) {
      out_ << '\n' << printable(heading) << "\n  " << printable(own.failure) << '\n';
      return;
    }
    if (own.are_more) heading += fmt::format(", the first {}", own_tables::rows_max);
    std::vector<table_column> columns;
    for (const std::string_view column : own.columns)
      columns.push_back({std::string{column}, column_kind::text});
    text_table table{std::move(columns)};
    for (const json::object& row : own.rows) {
      std::vector<std::string> cells;
      for (const std::string_view column : own.columns) {
        const json::value* value = row.if_contains(column);
        if (value == nullptr || value->is_null())
          cells.emplace_back();
        else
          cells.push_back(value->is_string() ? std::string{value->get_string()}
                                             : json_text(*value));
      }
      table.add(std::move(cells));
    }
    print_section(printable(heading), table);
  }

  void print_events() const {
    text_table events{{{"SEQ"},
                       {"AT"},
                       {"EVENT", column_kind::text},
                       {"BY", column_kind::text},
                       {"KEY", column_kind::text}}};
    for (const auto& row : history_.events)
      events.add({std::to_string(row.seq), time_text(row.at), row.event_name,
                  row.actor.value_or(""), row.event_key.value_or("")});
    print_section("Events", events);

    text_table messages{{{"SEQ"},
                         {"AT"},
                         {"SOURCE", column_kind::text},
                         {"BY", column_kind::text},
                         {"MESSAGE", column_kind::text}}};
    for (const auto& row : history_.messages)
      messages.add({std::to_string(row.seq), time_text(row.at), row.source, row.author.value_or(""),
                    row.content});
    print_section("Messages", messages);
  }

  std::ostream& out_;
  workflow_history history_;
  std::vector<own_tables::rows> own_rows_;
  const show_options& options_;
  std::size_t width_;
  std::string waits_for_;
  bool shows_all_;
  std::map<std::string, std::size_t> totals_;  // of the sections that are cut
};

}  // namespace

void print_workflow(std::ostream& out, nava::workflow_history history,
                    std::vector<own_tables::rows> own_rows, const show_options& options) {
  const page shown{out, std::move(history), std::move(own_rows), options};
  options.json ? shown.print_json() : shown.print();
}

}  // namespace nava::tools
