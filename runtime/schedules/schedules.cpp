// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/persistence/related_rows.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_database.hpp>
#include <nava/workflow/error.hpp>

#include "runtime/call.hpp"
#include "runtime/schedules/stored_schedule.hpp"

namespace nava {
namespace {

using namespace engine;

constexpr std::size_t ticks_shown = 5;

resource resource_of_schedule(std::string_view name) {
  return {std::string{schedule_key}, std::string{name}};
}

void check(std::string_view name, const schedule_options& options) {
  if (name.empty() || name.size() > schedule_name_bytes_max)
    throw refused{fmt::format("the name of a schedule has 1 to {} bytes; this has {}",
                              schedule_name_bytes_max, name.size())};
  if (options.missed_max < 1 || options.missed_max > missed_ticks_max)
    throw refused{fmt::format("schedule_options::missed_max is {}; 1 to {} are allowed",
                              options.missed_max, missed_ticks_max)};
  constexpr std::chrono::seconds grace_max = std::chrono::hours{24 * 366};
  if (options.grace.count() < 0 || options.grace > grace_max)
    throw refused{fmt::format("schedule_options::grace is {} s; 0 to {} s are allowed",
                              options.grace.count(), grace_max.count())};
}

uuid id_of(persistence::store& store, std::string_view name) {
  for (const auto& there : store.load(resource_of_schedule(name)))
    if (there.state.workflow.wfdef_key == schedule_key) return there.state.workflow.id;
  throw error{error_kind::not_found, fmt::format("there is no schedule '{}'", name)};
}

tick_progress progress_of(persistence::store& store, const schema::workflow& row) {
  const std::array parents{row};
  const auto agenda = persistence::load_related<schema::workflow_database<>, "agenda">(
      store, std::span<const schema::workflow>{parents});
  for (const auto& each : agenda.rows())
    if (each.progress) return tick_progress::read(each.progress);
  return {};
}

schedule_state state_of(persistence::store& store, const workflow_state& state, timestamp now) {
  stored_schedule stands = stored_schedule::read(state.memory.memory);
  const tick_progress progress = progress_of(store, state.workflow);
  const timestamp from = std::max(now, progress.last_tick.value_or(now));
  auto next = stands.spec.ticks_between(from, timestamp::max(), ticks_shown);
  return {.name = state.workflow.resource_id,
          .spec = std::move(stands.spec),
          .work = std::move(stands.work),
          .options = stands.options,
          .is_paused = state.workflow.status == schema::workflow_status::paused,
          .last_tick = progress.last_tick,
          .last_workflow = progress.last_workflow,
          .last_error = progress.error,
          .next_ticks = std::move(next)};
}

}  // namespace

void schedules::set(std::string_view name, const schedule_spec& spec, const scheduled_work& work,
                    const schedule_options& options) {
  check(name, options);
  if (const auto* start = std::get_if<scheduled_start>(&work)) {
    (void)runtime_.newest(start->wfdef_key);
    if (start->resource_name.empty())
      throw refused{
          fmt::format("schedule '{}' starts workflows about resources without a name", name)};
  }
  json::object wanted = stored_schedule::written(spec, work, options);
  const auto started = runtime_.start(schedule_key, resource_of_schedule(name), wanted,
                                      {.title = std::string{name}});
  if (started.result == delivery::already_applied)
    (void)runtime_.deliver_to(
        started.workflow_id,
        {.name = std::string{set_event}, .key = no_key, .data = std::move(wanted)});
}

void schedules::pause(std::string_view name) {
  (void)runtime_.pause(id_of(runtime_.store(), name));
}

void schedules::resume(std::string_view name) {
  (void)runtime_.resume(id_of(runtime_.store(), name));
}

void schedules::trigger(std::string_view name) {
  (void)runtime_.deliver_to(id_of(runtime_.store(), name),
                            {.name = std::string{trigger_event}, .key = no_key});
}

void schedules::remove(std::string_view name) {
  (void)runtime_.store().erase(id_of(runtime_.store(), name));
}

std::optional<schedule_state> schedules::find(std::string_view name) const {
  for (const auto& there : runtime_.store().load(resource_of_schedule(name)))
    if (there.state.workflow.wfdef_key == schedule_key)
      return state_of(runtime_.store(), there.state, runtime_.now());
  return std::nullopt;
}

std::vector<schedule_state> schedules::list() const {
  std::vector<schedule_state> found;
  persistence::list_request request{.wfdef_key = std::string{schedule_key}};
  do {
    const auto page = runtime_.store().list(request);
    for (const auto& row : page.workflows)
      if (const auto there = runtime_.store().load(row.id))
        found.push_back(state_of(runtime_.store(), there->state, runtime_.now()));
    request.after = page.next;
  } while (!request.after.empty());
  return found;
}

}  // namespace nava
