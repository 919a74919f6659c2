// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <nava/engine/runtime.hpp>
#include <nava/schema/row.hpp>
#include <random>
#include <set>
#include <thread>

#include "engine/definition_data.hpp"

namespace nava::engine {
namespace {

using persistence::commit_result;
using persistence::error;
using persistence::error_kind;
using persistence::loaded_workflow;
using persistence::unit_of_work;

constexpr std::chrono::milliseconds wait_first{1};
constexpr std::chrono::milliseconds wait_max{200};

// A unit that was applied by an earlier try of the same call was applied by that call.
outcome done(const uuid& workflow_id) { return {workflow_id, commit_result::applied}; }

bool may_pass(error_kind kind) {
  return kind == error_kind::contention || kind == error_kind::connection_lost ||
         kind == error_kind::outcome_unknown;
}

// Half of the wait is random, so that those who collided once do not collide again.
void wait_before(int next_try) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const auto doubled = wait_first * (1 << std::min(next_try, 10));
  const auto bound = std::min<std::chrono::microseconds>(doubled, wait_max);
  std::uniform_int_distribution<std::int64_t> part{bound.count() / 2, bound.count()};
  std::this_thread::sleep_for(std::chrono::microseconds{part(random)});
}

}  // namespace

runtime::runtime(const persistence::database_url& url, std::vector<definition> definitions,
                 runtime_options options)
    : runtime(std::shared_ptr{persistence::open_store(url, options.store)}, std::move(definitions),
              options) {}

runtime::runtime(std::shared_ptr<persistence::store> store, std::vector<definition> definitions,
                 runtime_options options)
    : options_(std::move(options)), store_(std::move(store)) {
  if (options_.tries_max < 1)
    throw error{error_kind::invalid_input, "a runtime needs at least one try (tries_max)"};
  for (auto& each : definitions) {
    const auto [place, is_new] = definitions_[each.key()].try_emplace(each.revision(), each);
    if (!is_new)
      throw definition_error{
          fmt::format("definition '{}' revision {} was given twice", each.key(), each.revision())};
  }
  register_definitions();
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

// The one loop that tries again. `step` answers with a value when it is done, with nothing when
// it has to begin anew.
template <class Step>
auto runtime::retry(Step step) const {
  // A write of unknown outcome stays one until it is answered, whatever fails after it.
  std::optional<error> unanswered;
  for (int tries = 1;; ++tries) {
    try {
      if (auto done = step()) return *std::move(done);
      unanswered.reset();
      if (tries >= options_.tries_max)
        throw error{error_kind::contention,
                    fmt::format("others changed the workflow during each of {} tries; try again "
                                "later",
                                tries)};
    } catch (const error& failure) {
      if (failure.kind() == error_kind::outcome_unknown) unanswered = failure;
      if (!may_pass(failure.kind()) || tries >= options_.tries_max) {
        if (unanswered) throw error{*unanswered};
        throw;
      }
    }
    wait_before(tries);
  }
}

const definition& runtime::newest(std::string_view wfdef_key) const {
  const auto found = definitions_.find(wfdef_key);
  if (found == definitions_.end())
    throw refused{fmt::format("this runtime was given no definition '{}'", wfdef_key)};
  return found->second.rbegin()->second;
}

const definition& runtime::definition_of(const schema::workflow& row) const {
  const auto revisions = definitions_.find(row.wfdef_key);
  if (revisions != definitions_.end())
    if (const auto found = revisions->second.find(row.wfdef_rev); found != revisions->second.end())
      return found->second;
  throw unknown_revision{
      fmt::format("workflow {} runs by revision {} of definition '{}', which this "
                  "runtime was not given; give it that revision too",
                  schema::to_text(row.id), row.wfdef_rev, row.wfdef_key)};
}

outcome runtime::start(std::string_view wfdef_key, const resource& about, json::object params,
                       start_options options) {
  const definition& chosen = newest(wfdef_key);
  const unit_of_work unit =
      decide_start(chosen,
                   {new_id(), about, std::move(params), std::move(options.title),
                    std::move(options.owner_id), std::move(options.company_id), options.ts_expire},
                   now(), new_id())
          .work;
  return retry([&]() -> std::optional<outcome> {
    if (store_->create(unit) != commit_result::conflict) return done(unit.workflow.id);
    for (const auto& there : store_->load(about.name, about.id))
      if (there.state.workflow.wfdef_key == wfdef_key)
        return outcome{there.state.workflow.id, commit_result::already_applied};
    return std::nullopt;
  });
}

std::vector<resource> runtime::resources_of(const event& happened) const {
  std::set<resource> resources;
  bool is_handled = false;
  for (const auto& [key, revisions] : definitions_)
    for (const auto& [number, each] : revisions)
      for (const std::size_t position : each.data().handlers_for(happened.name)) {
        is_handled = true;
        resources.insert(each.data().handlers[position].select(happened).resource);
      }
  if (!is_handled)
    throw event_refused{fmt::format("no definition handles the event '{}'", happened.name)};
  return {resources.begin(), resources.end()};
}

bool runtime::handles(const event& happened, const schema::workflow& row) const {
  return definitions_.contains(row.wfdef_key) && definition_of(row).handles(happened.name);
}

std::vector<outcome> runtime::deliver(const event& happened) {
  std::vector<outcome> outcomes;
  // One workflow that refuses or fails must not keep the event from the others.
  std::exception_ptr refusal, failure;
  for (const resource& about : resources_of(happened)) {
    std::vector<loaded_workflow> found;
    try {
      found =
          retry([&] { return std::optional{store_->load(about.name, about.id, happened.key)}; });
    } catch (...) {
      failure = std::current_exception();
    }
    for (auto& each : found) {
      try {
        if (!handles(happened, each.state.workflow)) continue;
        outcomes.push_back(deliver_to(std::move(each), happened));
      } catch (const unknown_revision&) {
        failure = std::current_exception();
      } catch (const refused&) {
        refusal = std::current_exception();
      } catch (...) {
        failure = std::current_exception();
      }
    }
  }
  if (failure) std::rethrow_exception(failure);
  if (outcomes.empty() && refusal) std::rethrow_exception(refusal);
  if (outcomes.empty())
    throw event_refused{fmt::format("event '{}' for {}/{} finds no workflow that handles it",
                                    happened.name, happened.resource.name, happened.resource.id)};
  return outcomes;
}

outcome runtime::deliver_to(loaded_workflow loaded, const event& happened) {
  const uuid id = loaded.state.workflow.id;
  return decide_and_commit(std::move(loaded), id, happened.key,
                           [&](const definition& chosen, const persistence::workflow_state& state,
                               timestamp at, const uuid& transaction_id) {
                             return decide(chosen, state, happened, at, transaction_id);
                           });
}

outcome runtime::decide_and_commit(std::optional<loaded_workflow> loaded, const uuid& workflow_id,
                                   std::string_view event_key, const decide_function& decide_on) {
  // A unit whose outcome is unknown is run again as it is; a conflict asks for a new one.
  std::optional<unit_of_work> unit;
  return retry([&]() -> std::optional<outcome> {
    if (!unit) {
      if (!loaded) loaded = store_->load(workflow_id, event_key);
      if (!loaded)
        throw error{error_kind::not_found,
                    fmt::format("there is no workflow {}", schema::to_text(workflow_id))};
      if (loaded->event_applied) return outcome{workflow_id, commit_result::already_applied};
      unit = decide_on(definition_of(loaded->state.workflow), loaded->state, now(), new_id()).work;
    }
    if (store_->commit(*unit) != commit_result::conflict) return done(workflow_id);
    unit.reset();
    loaded.reset();
    return std::nullopt;
  });
}

outcome runtime::command_one(const uuid& workflow_id, command what, std::string_view reason) {
  return decide_and_commit(std::nullopt, workflow_id, {},
                           [&](const definition& chosen, const persistence::workflow_state& state,
                               timestamp at, const uuid& transaction_id) {
                             return decide(chosen, state, what, reason, at, transaction_id);
                           });
}

outcome runtime::pause(const uuid& workflow_id, std::string_view reason) {
  return command_one(workflow_id, command::pause, reason);
}

outcome runtime::resume(const uuid& workflow_id, std::string_view reason) {
  return command_one(workflow_id, command::resume, reason);
}

outcome runtime::cancel(const uuid& workflow_id, std::string_view reason) {
  return command_one(workflow_id, command::cancel, reason);
}

outcome runtime::abort(const uuid& workflow_id, std::string_view reason) {
  return command_one(workflow_id, command::abort, reason);
}

}  // namespace nava::engine
