// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/nava.hpp>
#include <nava/schema/text.hpp>
#include <ostream>

#include "tools/commands/commands.hpp"
#include "tools/terminal/json_output.hpp"
#include "tools/terminal/terminal.hpp"
#include "tools/terminal/text_table.hpp"
#include "tools/terminal/text_width.hpp"

namespace nava::tools {
namespace {

std::string work_text(const scheduled_work& work) {
  if (const auto* start = std::get_if<scheduled_start>(&work))
    return fmt::format("starts {} for {}", start->wfdef_key, start->resource_name);
  const auto& happens = std::get<scheduled_event>(work);
  return fmt::format("delivers {} to {}/{}", happens.name, happens.resource.name,
                     happens.resource.id);
}

std::string ticks_text(const std::vector<timestamp>& ticks) {
  std::string text;
  for (const timestamp tick : ticks) text += (text.empty() ? "" : ", ") + time_text(tick);
  return text;
}

json::value optional_time(const std::optional<timestamp>& time) {
  if (!time) return nullptr;
  return json::value(schema::to_text(*time));
}

json::object schedule_json(const schedule_state& state) {
  json::array ticks;
  for (const timestamp tick : state.next_ticks) ticks.emplace_back(schema::to_text(tick));
  json::object object{{"name", state.name},
                      {"when", state.spec.text()},
                      {"paused", state.is_paused},
                      {"last_tick", optional_time(state.last_tick)},
                      {"next_ticks", std::move(ticks)},
                      {"last_error", nullptr},
                      {"last_workflow", nullptr}};
  if (state.last_error) object["last_error"] = *state.last_error;
  if (state.last_workflow) object["last_workflow"] = schema::to_text(*state.last_workflow);
  return object;
}

void print_list(const std::vector<schedule_state>& all, bool as_json, std::ostream& out) {
  if (as_json) {
    json::array list;
    for (const auto& each : all) list.push_back(schedule_json(each));
    write_json(out, list);
    out << '\n';
    return;
  }
  text_table table{{{"NAME", column_kind::text},
                    {"WHEN", column_kind::text},
                    {"DOES", column_kind::text},
                    {"STATUS"},
                    {"LAST TICK"},
                    {"NEXT", column_kind::detail},
                    {"ERROR", column_kind::detail}}};
  for (const auto& each : all)
    table.add({each.name, each.spec.text(), work_text(each.work),
               each.is_paused ? "PAUSED" : "ACTIVE", time_text(each.last_tick),
               ticks_text(each.next_ticks), each.last_error.value_or("")});
  if (all.empty())
    out << "no schedules\n";
  else
    table.print(out, terminal_width());
}

}  // namespace

int show_schedules(const target& where, const schedules_options& options, std::ostream& out,
                   std::ostream& err) {
  runtime run{std::shared_ptr{open_existing(where)}, {}};
  schedules stored{run};
  try {
    const auto act = [&](const std::string& name, std::string_view done, auto verb) {
      if (name.empty()) return;
      (stored.*verb)(name);
      if (!options.json) out << fmt::format("{} {}\n", done, printable(name));
    };
    act(options.pause, "paused", &schedules::pause);
    act(options.resume, "resumed", &schedules::resume);
    act(options.trigger, "triggered", &schedules::trigger);
    act(options.remove, "removed", &schedules::remove);
    if (!options.acts() || options.json) print_list(stored.list(), options.json, out);
    return 0;
  } catch (const nava::error& failure) {
    if (failure.kind() != error_kind::not_found) throw;
    err << fmt::format("nava: {}\n", printable(failure.what()));
  } catch (const refused& wrong) {
    err << fmt::format("nava: {}\n", printable(wrong.what()));
  }
  return 1;
}

}  // namespace nava::tools
