// SPDX-License-Identifier: Apache-2.0
#include "runtime/schedules/stored_schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nava/engine/context.hpp>
#include <nava/schema/text.hpp>

#include "engine/own_task.hpp"

namespace nava {
namespace {

using namespace engine;

constexpr std::array<std::string_view, 3> missed_names{"skip", "one", "all"};
constexpr std::array<std::string_view, 4> overlap_names{"skip", "buffer_one", "allow",
                                                        "cancel_other"};

[[noreturn]] void refuse_other_version(std::string_view key) {
  throw refused{fmt::format("a schedule has no '{}'; another version of Nava has stored it", key)};
}

const json::value& value_of(const json::object& values, std::string_view key) {
  const json::value* found = values.if_contains(key);
  if (found == nullptr) refuse_other_version(key);
  return *found;
}

std::string text_of(const json::object& values, std::string_view key) {
  const json::value& found = value_of(values, key);
  if (!found.is_string()) refuse_other_version(key);
  return std::string{found.get_string()};
}

std::int64_t number_of(const json::object& values, std::string_view key) {
  const json::value& found = value_of(values, key);
  if (!found.is_int64()) refuse_other_version(key);
  return found.get_int64();
}

json::object object_of(const json::object& values, std::string_view key) {
  const json::value& found = value_of(values, key);
  if (!found.is_object()) refuse_other_version(key);
  return found.get_object();
}

template <class Enum, std::size_t Count>
Enum enum_of(const json::object& values, std::string_view key,
             const std::array<std::string_view, Count>& names) {
  const auto found = std::find(names.begin(), names.end(), text_of(values, key));
  if (found == names.end()) refuse_other_version(key);
  return static_cast<Enum>(found - names.begin());
}

std::optional<timestamp> time_of(const json::object& values, std::string_view key) {
  const json::value* found = values.if_contains(key);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return schema::parse_timestamp(found->get_string());
}

json::object written_work(const scheduled_work& work) {
  if (const auto* start = std::get_if<scheduled_start>(&work))
    return {{"start", start->wfdef_key},
            {"resource_name", start->resource_name},
            {"params", start->params}};
  const auto& event = std::get<scheduled_event>(work);
  return {{"event", event.name},
          {"resource_name", event.resource.name},
          {"resource_id", event.resource.id},
          {"data", event.data}};
}

scheduled_work read_work(const json::object& work) {
  if (work.contains("start"))
    return scheduled_start{text_of(work, "start"), text_of(work, "resource_name"),
                           object_of(work, "params")};
  return scheduled_event{text_of(work, "event"),
                         {text_of(work, "resource_name"), text_of(work, "resource_id")},
                         object_of(work, "data")};
}

// A tick that starts a workflow waits for a worker whose runtime has the definition.
task_options due_at_once(const json::object& work) {
  return own_task(work.contains("start") ? text_of(work, "start") : std::string{});
}

void set(workflow_context& on, const json::object& wanted) {
  json::object memory = wanted;
  memory["since"] = schema::to_text(on.now());
  on.memorize(memory);
  std::vector<uuid> earlier;
  for (const auto& task : on.open_tasks())
    if (!is_finished(task.status) && !task.input.contains("now")) earlier.push_back(task.id);
  for (const uuid& id : earlier) on.cancel_task(id);
  (void)on.add_task(tick_task, {}, due_at_once(object_of(wanted, "work")));
}

}  // namespace

const definition& schedule_definition() {
  static const definition made = [] {
    definition_builder schedule{std::string{schedule_key}, revision{1}};
    schedule.title("Schedule").stage("schedule", "Schedule");
    schedule.step("ticks", {.stage = "schedule"});
    schedule.on(std::string{set_event},
                [](workflow_context& on, const event& wanted) { set(on, wanted.data); });
    schedule.on(std::string{trigger_event}, [](workflow_context& on, const event&) {
      (void)on.add_task(tick_task, {{"now", true}}, due_at_once(object_of(on.memory(), "work")));
    });
    schedule.on_started([](workflow_context& on) {
      on.add_step("ticks");
      set(on, json::object{on.params()});
    });
    return schedule.build();
  }();
  return made;
}

json::object stored_schedule::written(const schedule_spec& spec, const scheduled_work& work,
                                      const schedule_options& options) {
  return {{"spec", spec.text()},
          {"work", written_work(work)},
          {"missed", missed_names[static_cast<std::size_t>(options.missed)]},
          {"missed_max", static_cast<std::int64_t>(options.missed_max)},
          {"grace_s", options.grace.count()},
          {"overlap", overlap_names[static_cast<std::size_t>(options.overlapping)]}};
}

stored_schedule stored_schedule::read(const json::object& memory) {
  schedule_options options;
  options.missed = enum_of<missed_ticks>(memory, "missed", missed_names);
  options.missed_max = static_cast<std::size_t>(number_of(memory, "missed_max"));
  options.grace = std::chrono::seconds{number_of(memory, "grace_s")};
  options.overlapping = enum_of<overlap>(memory, "overlap", overlap_names);
  const auto since = time_of(memory, "since");
  if (!since) refuse_other_version("since");
  return {schedule_spec::parse(text_of(memory, "spec")), read_work(object_of(memory, "work")),
          options, *since};
}

json::object tick_progress::written() const {
  json::object values;
  if (last_tick) values["last_tick"] = schema::to_text(*last_tick);
  if (last_workflow) values["last_workflow"] = schema::to_text(*last_workflow);
  if (waiting) values["waiting"] = schema::to_text(*waiting);
  if (error) values["error"] = *error;
  return values;
}

tick_progress tick_progress::read(const std::optional<json::object>& progress) {
  tick_progress found;
  if (!progress) return found;
  found.last_tick = time_of(*progress, "last_tick");
  found.waiting = time_of(*progress, "waiting");
  if (const json::value* id = progress->if_contains("last_workflow"); id && id->is_string())
    found.last_workflow = schema::parse_uuid(id->get_string());
  if (const json::value* error = progress->if_contains("error"); error && error->is_string())
    found.error = std::string{error->get_string()};
  return found;
}

}  // namespace nava
