// SPDX-License-Identifier: Apache-2.0
#include "loan_application/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <nava/schema/row.hpp>
#include <nava/schema/workflow_tables.hpp>
#include <ostream>
#include <span>
#include <vector>

#include "loan_application/calendar.hpp"

namespace loan {
namespace {

using namespace nava::schema;
using nava::workflow_history;
using nava::workflow_state;

namespace json = nava::json;

constexpr std::size_t time_width = 9, label_width = 19, subject_width = 34;

std::string cell(std::string_view text, std::size_t width) {
  return fmt::format("{:<{}}", text, width);
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (text.size() > width) {
    auto end = text.rfind(' ', width);
    if (end == std::string_view::npos || end == 0) end = std::min(text.find(' '), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!text.empty() || lines.empty()) lines.emplace_back(text);
  return lines;
}

// 409,600; but not a year.
std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  if (number < 10'000) return digits;
  for (auto at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string plain(const json::value& value) {
  if (value.is_string()) return std::string{value.get_string()};
  if (value.is_int64()) return grouped(value.get_int64());
  if (value.is_double()) return fmt::format("{}", value.get_double());
  if (!value.is_array()) return json::serialize(value);
  std::string list;
  for (const auto& item : value.get_array())
    list.append(list.empty() ? "" : " and ").append(plain(item));
  return list;
}

std::string spaced(std::string_view key) {
  std::string text{key};
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

// By key, for PostgreSQL's jsonb does not keep the order in which members were written.
std::map<std::string, json::value> sorted(const json::object& values) {
  std::map<std::string, json::value> members;
  for (const auto& member : values) members.emplace(member.key(), member.value());
  return members;
}

std::string plain(const json::object& values) {
  std::string list;
  for (const auto& [key, value] : sorted(values))
    list.append(list.empty() ? "" : ", ").append(spaced(key)).append(" ").append(plain(value));
  return list;
}

const workflow_step* find_step(const workflow_state& state, const nava::uuid& id) {
  const auto found = std::find_if(state.steps.begin(), state.steps.end(),
                                  [&](const auto& step) { return step.id == id; });
  return found == state.steps.end() ? nullptr : &*found;
}

std::string stage_name(const workflow_state& state, std::string_view key) {
  for (const auto& stage : state.stages)
    if (stage.key == key) return stage.stage_name;
  return std::string{key};
}

std::string percent(double part) { return fmt::format("{:.0f} %", part * 100); }

template <class Row>
std::size_t position_of(const std::vector<Row>& rows, std::int64_t seq) {
  return static_cast<std::size_t>(
      std::partition_point(rows.begin(), rows.end(),
                           [&](const auto& row) { return row.seq < seq; }) -
      rows.begin());
}

template <class Row>
std::span<const Row> between(const std::vector<Row>& rows, std::int64_t from, std::int64_t to) {
  const std::size_t first = position_of(rows, from);
  return std::span{rows}.subspan(first, position_of(rows, to) - first);
}

constexpr std::string_view clock_name = "Clock";

// Who brought an event about, and which it was.
std::pair<std::string, std::string> cause_of(const workflow_event& cause) {
  if (cause.actor) return {*cause.actor, cause.event_name};
  if (cause.event_name == "nava.task-finished")
    return {"Worker", plain(cause.event_data.at("name")) + " is done"};
  if (cause.event_name == "nava.timer") return {std::string{clock_name}, "a week has passed"};
  return {"Nava", cause.event_name};
}

std::string words(std::string_view state) {
  if (state == nava::engine::state_created) return "created";
  if (state == nava::engine::state_finished) return "done";
  return std::string{state};
}

// As the step's row says it: its state, unless its status says more.
std::string standing(const workflow_step& step) {
  return step.status == step_status::error ? "ERROR" : words(step.stm_state);
}

}  // namespace

/// One event and what came of it: the rows whose seq lies between it and the next event.
struct timeline::decision {
  decision(const workflow_history& history, std::size_t position)
      : cause(history.events[position]),
        end(position + 1 < history.events.size() ? history.events[position + 1].seq
                                                 : std::numeric_limits<std::int64_t>::max()),
        mutations(between(history.mutations, cause.seq, end)),
        messages(between(history.messages, cause.seq, end)),
        before(nava::engine::replay(between(history.mutations, 0, cause.seq))),
        after(nava::engine::replay(between(history.mutations, 0, end))) {}

  const workflow_event& cause;
  std::int64_t end;
  std::span<const workflow_mutation> mutations;
  std::span<const workflow_message> messages;
  workflow_state before;
  workflow_state after;
};

void timeline::skip(const workflow_history& history) {
  last_seq_ = history.state.workflow.last_seq;
}

void timeline::print_new(const workflow_history& history) {
  for (std::size_t i = 0; i < history.events.size(); ++i) {
    if (history.events[i].seq <= last_seq_) continue;
    print(decision{history, i});
    last_seq_ = history.events[i].seq;
  }
  out_.flush();
}

void timeline::print(const decision& made) {
  const auto [who, what] = cause_of(made.cause);
  print_head(made.cause.at, who, what, percent(made.after.workflow.progress));
  if (page_.brief) {
    if (who == clock_name) print_messages(made);
    return print_status(made);
  }
  if (const auto* reason = made.cause.event_data.if_contains("reason"))
    print_row("reason", "", plain(*reason));
  print_steps(made);
  print_stages(made);
  print_memory(made);
  print_people_and_tasks(made);
  print_messages(made);
  print_status(made);
}

void timeline::print_messages(const decision& made) {
  for (const auto& message : made.messages) print_row("message", "", message.content);
}

void timeline::print_steps(const decision& made) {
  for (const auto& step : made.after.steps) {
    const workflow_step* before = find_step(made.before, step.id);
    std::string path = before == nullptr ? "added" : standing(*before);
    bool changed = before == nullptr;
    for (const auto& mutation : made.mutations) {
      if (mutation.step_id != step.id || mutation.name != "update-step") continue;
      const json::value* state = mutation.mutation.if_contains("stm_state");
      const json::value* status = mutation.mutation.if_contains("status");
      if (state == nullptr && status == nullptr) continue;
      path += " -> " + words(plain(state != nullptr ? *state : *status));
      changed = true;
    }
    if (!changed) continue;
    if (before == nullptr && step.ts_due)
      path += fmt::format(", due {}", to_short_words(day_of(*step.ts_due)));
    if (step.stm_label && !is_finished(step.status)) path += " " + *step.stm_label;
    const ink with = step.status == step_status::error ? ink::bad
                     : is_finished(step.status)        ? ink::good
                                                       : ink::plain;
    print_row(stage_name(made.after, step.stage_key), step.title, path, with);
  }
}

void timeline::print_stages(const decision& made) {
  for (std::size_t i = 0; i < made.before.stages.size(); ++i) {
    const auto& before = made.before.stages[i];
    const auto& after = made.after.stages[i];
    if (before.status == after.status) continue;
    print_row(after.stage_name, "(the stage)",
              fmt::format("{} -> {}", to_text(before.status), to_text(after.status)),
              after.status == stage_status::error ? ink::bad : ink::good);
  }
}

void timeline::print_memory(const decision& made) {
  for (const auto& mutation : made.mutations) {
    const json::object& values = mutation.mutation;
    if (mutation.name == "set-params") print_row("params", "", plain(values));
    if ((mutation.name == "set-memory" || mutation.name == "set-step-memory") && !values.empty())
      print_row("remembers", "", plain(values));
    if (mutation.name == "set-output")
      for (const auto& [key, value] : sorted(values))
        print_row("output", spaced(key), plain(value));
  }
}

void timeline::print_people_and_tasks(const decision& made) {
  for (const auto& mutation : made.mutations) {
    if (mutation.name == "add-participant")
      print_row("joins", plain(mutation.mutation.at("user_id")),
                fmt::format("as {}", plain(mutation.mutation.at("role"))));
    if (mutation.name == "add-task" && !plain(mutation.mutation.at("name")).starts_with("nava."))
      print_row("task", plain(mutation.mutation.at("name")),
                fmt::format("{}: {}", plain(mutation.mutation.at("status")),
                            plain(mutation.mutation.at("input").as_object())));
  }
}

void timeline::print_status(const decision& made) {
  const auto before = made.before.workflow.status, after = made.after.workflow.status;
  if (before == after) return;
  const bool is_trouble = after == workflow_status::degraded || after == workflow_status::failed;
  print_row("WORKFLOW", "", fmt::format("{} -> {}", to_text(before), to_text(after)),
            is_trouble ? ink::bad : ink::good);
}

void timeline::print_unstored(nava::timestamp at, std::string_view who, std::string_view what,
                              std::string_view verdict, std::string_view why) {
  print_head(at, who, what, "nothing stored");
  print_row(verdict, "", why, verdict == "REFUSED" ? ink::bad : ink::dim);
}

void timeline::print_day(nava::timestamp at) {
  std::string day = to_words(day_of(at));
  if (day == day_) return;
  day_ = std::move(day);
  const std::size_t rest = page_.width > day_.size() + 1 ? page_.width - day_.size() - 1 : 0;
  if (!page_.brief) out_ << '\n';
  out_ << paint(ink::bold, day_) << ' ' << paint(ink::dim, std::string(rest, '-')) << '\n';
}

void timeline::print_head(nava::timestamp at, std::string_view who, std::string_view what,
                          std::string_view right) {
  print_day(at);
  const std::size_t taken = time_width + label_width + right.size();
  const std::size_t width = page_.width > taken ? page_.width - taken : 0;
  out_ << "  " << cell(clock_time(at), time_width - 2) << cell(who, label_width)
       << paint(ink::bold, cell(what, width)) << paint(ink::dim, std::string{right}) << '\n';
}

void timeline::print_row(std::string_view label, std::string_view subject, std::string_view text,
                         ink text_ink) {
  constexpr std::size_t indent = time_width + label_width;
  out_ << std::string(time_width, ' ') << paint(ink::dim, cell(label, label_width));
  std::size_t column = indent;
  if (!subject.empty()) {
    const bool fits = indent + subject_width + text.size() <= page_.width;
    out_ << (fits ? cell(subject, subject_width) : fmt::format("{}\n", subject));
    column = fits ? indent + subject_width : indent + 2;
    if (!fits) out_ << std::string(column, ' ');
  }
  print_wrapped(text, column, text_ink);
}

void timeline::print_wrapped(std::string_view text, std::size_t column, ink text_ink) {
  std::string left;
  for (auto& line : wrap(text, page_.width - column)) {
    out_ << left << paint(text_ink, std::move(line)) << '\n';
    left.assign(column, ' ');
  }
}

void timeline::print_fact(std::string_view name, std::string_view value, ink value_ink) {
  constexpr std::size_t name_width = 14;
  out_ << "  " << paint(ink::dim, cell(name, name_width));
  print_wrapped(value, name_width + 2, value_ink);
}

std::string timeline::paint(ink with, std::string text) const {
  static constexpr std::array<std::string_view, 5> codes{"", "1", "2", "32", "31"};
  const std::string_view code = codes.at(static_cast<std::size_t>(with));
  if (!page_.colours || code.empty()) return text;
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

namespace {

std::string steps_per_status(const workflow_state& state) {
  std::map<std::string_view, int> counts;
  for (const auto& step : state.steps) ++counts[to_text(step.status)];
  std::string list;
  for (const auto& [status, count] : counts)
    list.append(list.empty() ? "" : ", ").append(fmt::format("{} {}", count, status));
  return list;
}

std::string tasks_run(const std::vector<workflow_task>& tasks) {
  std::size_t run = 0;
  std::int64_t attempts = 0;
  for (const auto& task : tasks)
    if (task.status == task_status::completed && !task.name.starts_with("nava.")) {
      ++run;
      attempts += task.attempt;
    }
  return fmt::format("{} run by a worker, in {} attempts", run, attempts);
}

template <class Table>
json::array as_json(const std::vector<typename Table::row_type>& rows) {
  json::array list;
  for (const auto& row : rows) list.push_back(to_json<Table>(row));
  return list;
}

bool replays_to(const workflow_history& history, const workflow_state& stored) {
  const workflow_state replayed = nava::engine::replay(history.mutations);
  return replayed.workflow.status == stored.workflow.status &&
         replayed.workflow.progress == stored.workflow.progress &&
         replayed.memory.memory == stored.memory.memory &&
         replayed.memory.output == stored.memory.output &&
         as_json<workflow_stage_table>(replayed.stages) ==
             as_json<workflow_stage_table>(stored.stages) &&
         as_json<workflow_step_table>(replayed.steps) == as_json<workflow_step_table>(stored.steps);
}

}  // namespace

void timeline::print_summary(nava::persistence::store& store, const nava::uuid& workflow_id) {
  const auto stored = store.load(workflow_id).value().state;
  const auto history = store.history(workflow_id).value();
  const bool is_same = replays_to(history, stored);

  out_ << '\n'
       << paint(ink::bold, "Stored") << ' ' << paint(ink::dim, std::string(page_.width - 7, '-'))
       << '\n';
  print_fact("workflow", fmt::format("{} {}", stored.workflow.title, to_text(workflow_id)));
  print_fact("status", fmt::format("{}, {} of the steps finished", to_text(stored.workflow.status),
                                   percent(stored.workflow.progress)));
  print_fact("steps", steps_per_status(stored));
  print_fact("tasks", tasks_run(history.tasks));
  print_fact("decisions", fmt::format("{}, each one commit", history.events.size()));
  print_fact("replay",
             fmt::format("{} mutations, applied to nothing, give {}", history.mutations.size(),
                         is_same ? "the stored status, stages, steps, memory and output"
                                 : "something else than what is stored"),
             is_same ? ink::good : ink::bad);
  std::string_view name = "rows";
  for (const auto& [table, count] : store.count_rows(workflow_id)) {
    print_fact(name, fmt::format("{:>3}  {}", count, table));
    name = "";
  }
}

}  // namespace loan
