// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>
#include <nava/runtime/runtime.hpp>
#include <nava/schema/row.hpp>
#include <nava/schema/workflow_tables.hpp>

#include "engine/definition_data.hpp"
#include "persistence/log.hpp"
#include "runtime/call.hpp"
#include "runtime/commit_watch.hpp"
#include "runtime/notices/notice_exchange.hpp"
#include "runtime/schedules/stored_schedule.hpp"
#include "runtime/wake_signal.hpp"

namespace nava {
namespace {

using namespace engine;
using persistence::loaded_workflow;

// A unit that was applied by an earlier try of the same call was applied by that call.
outcome done(const decision& made) {
  return {made.work.workflow.id, delivery::applied, made.failed};
}

std::string text_of(const resource& about) { return fmt::format("{}/{}", about.name, about.id); }

}  // namespace

runtime::runtime(const persistence::database_url& url, std::vector<definition> definitions,
                 runtime_options options)
    : runtime(std::shared_ptr{persistence::open_store(url, options.store)}, std::move(definitions),
              options) {}

runtime::runtime(std::shared_ptr<persistence::store> store, std::vector<definition> definitions,
                 runtime_options options)
    : options_(std::move(options)),
      store_(std::move(store)),
      cache_(std::make_shared<workflow_cache>(options_.cache_workflows)),
      turns_(std::make_shared<turns>()),
      tasks_stored_(std::make_shared<wake_signal>()),
      events_stored_(std::make_shared<wake_signal>()),
      commits_(std::make_shared<commit_watch>()),
      notices_(std::make_shared<notice_exchange>(
          store_, tasks_stored_, events_stored_, commits_,
          persistence::logger_or_default(options_.store.logger))) {
  for (auto& each : definitions) {
    if (each.key().starts_with(runtime_prefix))
      throw definition_error{
          fmt::format("definition '{}': names that begin with '{}' are the runtime's own",
                      each.key(), runtime_prefix)};
    const auto [place, is_new] = definitions_[each.key()].try_emplace(each.revision(), each);
    if (!is_new)
      throw definition_error{
          fmt::format("definition '{}' revision {} was given twice", each.key(), each.revision())};
  }
  register_definitions();
  definitions_[std::string{schedule_key}].try_emplace(1, schedule_definition());
}

void runtime::register_definitions() {
  std::vector<schema::workflow_definition> rows;
  for (const auto& [key, revisions] : definitions_)
    for (const auto& [number, each] : revisions) rows.push_back(each.row());
  if (rows.empty()) return;
  const auto stored = store_->register_definitions(rows);
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (schema::to_json<schema::workflow_definition_table>(rows[i]) !=
        schema::to_json<schema::workflow_definition_table>(stored[i]))
      throw definition_error{
          fmt::format("definition '{}' revision {} differs from the one in the database; give the "
                      "changed one a new revision",
                      rows[i].wfdef_key, rows[i].wfdef_rev)};
}

timestamp runtime::now() const {
  if (options_.clock) return options_.clock();
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

runtime::call runtime::begin(std::string subject, deadline limit) const {
  return {std::move(subject), limit.value_or(deadline::in(options_.call_timeout))};
}

void runtime::take_turn(const resource& about, call& within) {
  if (within.turn) return;
  within.turn = turns_->take(about, within.limit);
  if (!within.turn)
    throw error{error_kind::contention,
                fmt::format("{}: earlier calls of this process on it took all of the call's time; "
                            "nothing was written; try again later",
                            within.subject)};
}

const definition& runtime::newest(std::string_view wfdef_key) const {
  const auto found = definitions_.find(wfdef_key);
  if (found == definitions_.end())
    throw refused{fmt::format("this runtime was given no definition '{}'", wfdef_key)};
  return found->second.rbegin()->second;
}

const definition* runtime::find_definition(std::string_view wfdef_key,
                                           std::int64_t wfdef_rev) const {
  const auto revisions = definitions_.find(wfdef_key);
  if (revisions == definitions_.end()) return nullptr;
  const auto found = revisions->second.find(wfdef_rev);
  return found == revisions->second.end() ? nullptr : &found->second;
}

const definition& runtime::definition_of(const schema::workflow& row) const {
  if (const definition* found = find_definition(row.wfdef_key, row.wfdef_rev)) return *found;
  throw unknown_revision{
      fmt::format("workflow {} runs by revision {} of definition '{}', which this "
                  "runtime was not given; give it that revision too",
                  schema::to_text(row.id), row.wfdef_rev, row.wfdef_key)};
}

outcome runtime::start(std::string_view wfdef_key, const resource& about, json::object params,
                       start_options options) {
  return start_as(wfdef_key,
                  {.workflow_id = new_id(),
                   .resource = about,
                   .params = std::move(params),
                   .title = std::move(options.title),
                   .owner_id = std::move(options.owner_id),
                   .company_id = std::move(options.company_id),
                   .ts_expire = options.ts_expire,
                   .tags = std::move(options.tags),
                   .actor = std::move(options.actor)},
                  options.limit);
}

outcome runtime::start_as(std::string_view wfdef_key, start_request request, deadline limit) {
  const definition& chosen = newest(wfdef_key);
  const resource about = request.resource;
  call within = begin(text_of(about), limit);
  take_turn(about, within);
  const std::uint64_t epoch = cache_->epoch();
  decision made = decide_start(chosen, request, now(), new_id());
  return until_done(within, [&]() -> std::optional<outcome> {
    if (commit(made, within, epoch) != commit_result::conflict) return done(made);
    const std::string_view key = request.cause ? request.cause->key.text() : std::string_view{};
    for (const auto& there : store_->load(about, key, within.limit)) {
      if (there.state.workflow.wfdef_key != wfdef_key) continue;
      if (request.cause && !there.event_applied)
        throw event_refused{fmt::format("event '{}' starts no workflow: {} has one of '{}' already",
                                        request.cause->name, within.subject, wfdef_key)};
      return outcome{there.state.workflow.id, delivery::already_applied, {}};
    }
    return std::nullopt;
  });
}

// The commit has succeeded; failing to cache it must not fail the call.
void runtime::keep(workflow_state state, std::uint64_t cache_epoch) noexcept {
  const uuid id = state.workflow.id;
  const std::int64_t revision = state.workflow.revision;
  try {
    cache_->put(std::move(state), cache_epoch);
  } catch (...) {
    cache_->drop(id, revision);
  }
}

void runtime::tell_of_commit(const schema::workflow& stored) {
  commits_->raise(stored.id);
  if (options_.tells_others && is_finished(stored.status))
    notices_->tell({persistence::notice::subject::end, schema::to_text(stored.id)});
}

void runtime::tell_of_tasks(const unit_of_work& stored) {
  if (stored.tasks.inserted.empty() && stored.tasks.updated.empty()) return;
  tasks_stored_->raise();
  if (!options_.tells_others) return;
  const timestamp present =
      std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  for (const schema::workflow_task& each : stored.tasks.inserted)
    if (!each.ts_due || *each.ts_due <= present)
      notices_->tell({persistence::notice::subject::tasks, each.queue.value_or(each.name)});
}

// The epoch is that in which the state was found that the decision was made on: of a server that
// has gone since, the state is not to be trusted, though its revision be there on the next.
commit_result runtime::commit(decision& made, const call& within, std::uint64_t cache_epoch) {
  const unit_of_work& unit = made.work;
  try {
    const auto result = unit.read_revision == 0 ? store_->create(unit, within.limit)
                                                : store_->commit(unit, within.limit);
    if (result != commit_result::conflict) {
      tell_of_tasks(unit);
      tell_of_commit(unit.workflow);
    }
    if (result == commit_result::applied)
      keep(std::move(made.state), cache_epoch);
    else
      cache_->drop(unit.workflow.id, unit.read_revision);
    return result;
  } catch (...) {
    cache_->drop(unit.workflow.id, unit.read_revision);
    throw;
  }
}

// Nothing where the decision has to be made on a state that is loaded: whatever is wrong with this
// one may come from the state being outdated, so nobody is told.
std::optional<outcome> runtime::decide_on_cached(const workflow_state& known,
                                                 std::uint64_t cache_epoch,
                                                 const decide_function& decide,
                                                 const call& within) {
  const schema::workflow& row = known.workflow;
  decision made;
  try {
    made = decide(definition_of(row), known, now(), new_id());
  } catch (...) {
    cache_->drop(row.id, row.revision);
    return std::nullopt;
  }
  try {
    const auto result =
        until_done(within, [&] { return std::optional{commit(made, within, cache_epoch)}; });
    if (result != commit_result::conflict) return done(made);
  } catch (const error& failure) {
    if (failure.may_retry()) throw;
  }
  return std::nullopt;
}

outcome runtime::decide_and_commit(std::optional<loaded_workflow> loaded, std::uint64_t cache_epoch,
                                   const uuid& workflow_id, std::string_view event_key,
                                   const decide_function& decide, call& within) {
  // A unit whose outcome is unknown is run again as it is; a conflict asks for a new one.
  std::optional<decision> made;
  return until_done(within, [&]() -> std::optional<outcome> {
    if (!made) {
      if (!loaded) {
        cache_epoch = cache_->epoch();
        loaded = store_->load(workflow_id, event_key, within.limit);
      }
      if (!loaded) throw gone(workflow_id);
      if (loaded->event_applied) return outcome{workflow_id, delivery::already_applied, {}};
      made = decide(definition_of(loaded->state.workflow), loaded->state, now(), new_id());
    }
    if (commit(*made, within, cache_epoch) != commit_result::conflict) return done(*made);
    made.reset();
    loaded.reset();
    return std::nullopt;
  });
}

}  // namespace nava
