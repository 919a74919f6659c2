// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <nava/runtime/runtime.hpp>
#include <nava/schema/row.hpp>
#include <random>
#include <set>
#include <thread>

#include "engine/definition_data.hpp"
#include "engine/selected_event.hpp"
#include "runtime/turns.hpp"
#include "runtime/workflow_cache.hpp"

namespace nava {
namespace {

using namespace engine;
using persistence::loaded_workflow;

using steady = std::chrono::steady_clock;

constexpr std::chrono::microseconds wait_first{1'000};
constexpr std::chrono::microseconds wait_max{200'000};

// A unit that was applied by an earlier try of the same call was applied by that call.
outcome done(const decision& made) {
  return {made.work.workflow.id, delivery::applied, made.failed};
}

// A random part of `most` from `least` on, so that those who collided once do not collide again.
void wait(std::chrono::microseconds least, std::chrono::microseconds most, deadline limit) {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_int_distribution<std::int64_t> part{least.count(), most.count()};
  const auto until = steady::now() + std::chrono::microseconds{part(random)};
  std::this_thread::sleep_until(std::min(until, limit.at()));
}

// Exponential backoff: a database that is away or busy is not helped by haste.
void back_off(int tries, deadline limit) {
  const auto most = std::min(wait_first * (1 << std::min(tries, 10)), wait_max);
  wait(most / 2, most, limit);
}

// Whoever lost to another process decides again within the time that a decision takes: who waits
// for longer loses to all that come meanwhile.
void yield_to_rivals(steady::duration took, deadline limit) {
  const auto most = std::chrono::duration_cast<std::chrono::microseconds>(took);
  wait(std::chrono::microseconds{0}, std::min(most, wait_max), limit);
}

std::string name_of(const resource& about) { return fmt::format("{}/{}", about.name, about.id); }

resource resource_of(const schema::workflow& row) { return {row.resource_name, row.resource_id}; }

struct workflow_gone : error {
  using error::error;
};

workflow_gone gone(const uuid& id) {
  return workflow_gone{error_kind::not_found,
                       fmt::format("there is no workflow {}", schema::to_text(id))};
}

// Selectors may send an event elsewhere than to its own resource.
std::string listed(const std::map<resource, std::set<std::string_view>>& definitions) {
  std::string list;
  for (const auto& [about, keys] : definitions)
    list += fmt::format("{}{}/{}", list.empty() ? "" : ", ", about.name, about.id);
  return list;
}

}  // namespace

// One call of an application: what its errors speak of, when it ends, and its turn.
struct runtime::call {
  std::string subject;
  deadline limit;
  std::optional<turns::turn> turn{};
};

// What the workflows that an event reached have answered. One that refuses or fails must not keep
// the event from the others.
struct runtime::answers {
  std::vector<outcome> outcomes;
  std::exception_ptr refusal, failure;

  template <class Attempt>
  void collect(Attempt attempt) {
    try {
      if (std::optional<outcome> done = attempt()) outcomes.push_back(*done);
    } catch (const unknown_revision&) {
      failure = std::current_exception();
    } catch (const refused&) {
      refusal = std::current_exception();
    } catch (...) {
      failure = std::current_exception();
    }
  }
};

runtime::runtime(const persistence::database_url& url, std::vector<definition> definitions,
                 runtime_options options)
    : runtime(std::shared_ptr{persistence::open_store(url, options.store)}, std::move(definitions),
              options) {}

runtime::runtime(std::shared_ptr<persistence::store> store, std::vector<definition> definitions,
                 runtime_options options)
    : options_(std::move(options)),
      store_(std::move(store)),
      cache_(std::make_shared<workflow_cache>(options_.cache_workflows)),
      turns_(std::make_shared<turns>()) {
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

// The one loop that decides again. `step` answers with a value when it is done, with nothing when
// it has to begin anew.
template <class Step>
auto runtime::until_done(const call& within, Step step) const {
  // A write of unknown outcome stays one until it is answered, whatever fails after it.
  std::optional<error> unanswered;
  for (int tries = 1;; ++tries) {
    const auto begin = steady::now();
    std::optional<error> last;
    try {
      if (auto done = step()) return *std::move(done);
      unanswered.reset();
      yield_to_rivals(steady::now() - begin, within.limit);
    } catch (const error& failure) {
      // What comes back may be another server, or an older state of this one, on which a revision
      // that is cached has been reached in another way.
      if (failure.kind() == error_kind::connection_lost ||
          failure.kind() == error_kind::outcome_unknown)
        cache_->clear();
      if (failure.kind() == error_kind::outcome_unknown) unanswered = failure;
      if (!failure.may_retry()) {
        if (unanswered) throw error{*unanswered};
        throw;
      }
      last = failure;
      back_off(tries, within.limit);
    }
    if (!within.limit.has_passed()) continue;
    if (unanswered) last = unanswered;
    throw error{last ? last->kind() : error_kind::contention,
                fmt::format("{}: {} ({} {})", within.subject,
                            last ? last->what()
                                 : "others changed the workflow during each try; nothing was "
                                   "written; try again later",
                            tries, tries == 1 ? "try" : "tries"),
                last ? last->sqlstate() : std::string{}};
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
  call within = begin(name_of(about), options.limit);
  take_turn(about, within);
  const std::uint64_t epoch = cache_->epoch();
  decision made =
      decide_start(chosen,
                   {new_id(), about, std::move(params), std::move(options.title),
                    std::move(options.owner_id), std::move(options.company_id), options.ts_expire},
                   now(), new_id());
  return until_done(within, [&]() -> std::optional<outcome> {
    if (commit(made, within, epoch) != commit_result::conflict) return done(made);
    for (const auto& there : store_->load(about, {}, within.limit))
      if (there.state.workflow.wfdef_key == wfdef_key)
        return outcome{there.state.workflow.id, delivery::already_applied, {}};
    return std::nullopt;
  });
}

runtime::routes runtime::routes_of(const event& happened) const {
  routes found;
  for (const auto& [key, revisions] : definitions_)
    for (const auto& [number, each] : revisions)
      for (const selection& chosen : found.selections[&each.data()] = each.data().select(happened))
        found.definitions[chosen.resource].insert(key);
  if (found.definitions.empty())
    throw event_refused{fmt::format("no definition handles the event '{}'", happened.name)};
  return found;
}

bool runtime::handles(const event& happened, const schema::workflow& row) const {
  return definitions_.contains(row.wfdef_key) && definition_of(row).handles(happened.name);
}

std::vector<outcome> runtime::deliver(const event& happened, deadline limit) {
  check_event(happened);
  answers given;
  limit = limit.value_or(deadline::in(options_.call_timeout));
  const routes ways = routes_of(happened);
  for (const auto& [about, wfdef_keys] : ways.definitions)
    deliver_along(about, ways, happened, limit, given);
  if (given.failure) std::rethrow_exception(given.failure);
  if (given.outcomes.empty() && given.refusal) std::rethrow_exception(given.refusal);
  if (given.outcomes.empty())
    throw event_refused{fmt::format("event '{}' for {} finds no workflow that handles it",
                                    happened.name, listed(ways.definitions))};
  return std::move(given.outcomes);
}

void runtime::deliver_along(const resource& about, const routes& ways, const event& happened,
                            deadline limit, answers& given) {
  call within = begin(name_of(about), limit);
  given.collect([&]() -> std::optional<outcome> {
    take_turn(about, within);
    return std::nullopt;
  });
  if (!within.turn) return;
  const auto& wfdef_keys = ways.definitions.at(about);
  const auto decide_event = [&](const definition& chosen, const workflow_state& state, timestamp at,
                                const uuid& transaction_id) {
    return decide(chosen, state, happened, ways.selections.at(&chosen.data()), at, transaction_id);
  };
  // A cached workflow that gives no answer may be another one by now, and is loaded with the rest.
  std::set<std::string> answered;
  std::uint64_t epoch = cache_->epoch();
  for (const known_state& known : cache_->find(about, wfdef_keys))
    given.collect([&]() -> std::optional<outcome> {
      const schema::workflow& row = known->workflow;
      if (!handles(happened, row)) return std::nullopt;
      const auto place = answered.insert(row.wfdef_key).first;
      const auto done = decide_on_cached(*known, epoch, decide_event, within);
      if (!done) answered.erase(place);
      return done;
    });
  // One that is deleted meanwhile may have a successor, which only the resource leads to.
  bool is_one_gone = answered.size() < wfdef_keys.size();
  while (is_one_gone) {
    is_one_gone = false;
    std::vector<loaded_workflow> found;
    given.collect([&]() -> std::optional<outcome> {
      found = until_done(within, [&] {
        epoch = cache_->epoch();
        return std::optional{store_->load(about, happened.key.text(), within.limit)};
      });
      return std::nullopt;
    });
    for (auto& each : found)
      given.collect([&]() -> std::optional<outcome> {
        const schema::workflow& row = each.state.workflow;
        if (!handles(happened, row)) return std::nullopt;
        const auto [place, is_new] = answered.insert(row.wfdef_key);
        if (!is_new) return std::nullopt;
        const uuid id = row.id;
        try {
          return decide_and_commit(std::move(each), epoch, id, happened.key.text(), decide_event,
                                   within);
        } catch (const workflow_gone&) {
          answered.erase(place);
          is_one_gone = true;
          return std::nullopt;
        }
      });
  }
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

// The epoch is that in which the state was found that the decision was made on: of a server that
// has gone since, the state is not to be trusted, though its revision be there on the next.
commit_result runtime::commit(decision& made, const call& within, std::uint64_t cache_epoch) {
  const unit_of_work& unit = made.work;
  try {
    const auto result = unit.read_revision == 0 ? store_->create(unit, within.limit)
                                                : store_->commit(unit, within.limit);
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

// Which resource it concerns is known when the workflow is found. What it decides on is looked for
// again when its turn has come.
outcome runtime::decide_on(const uuid& workflow_id, std::string_view event_key,
                           const decide_function& decide, deadline limit) {
  call within = begin(fmt::format("workflow {}", schema::to_text(workflow_id)), limit);
  if (const known_state known = cache_->find(workflow_id))
    take_turn(resource_of(known->workflow), within);
  const std::uint64_t epoch = cache_->epoch();
  if (within.turn)
    if (const known_state known = cache_->find(workflow_id))
      if (const auto done = decide_on_cached(*known, epoch, decide, within)) return *done;
  if (!within.turn) {
    const auto there = until_done(
        within, [&] { return std::make_optional(store_->load(workflow_id, {}, within.limit)); });
    if (!there) throw gone(workflow_id);
    take_turn(resource_of(there->state.workflow), within);
  }
  return decide_and_commit(std::nullopt, epoch, workflow_id, event_key, decide, within);
}

outcome runtime::deliver_to(const uuid& workflow_id, event happened, deadline limit) {
  check_event(happened);
  const auto decide_event = [&](const definition& chosen, const workflow_state& state, timestamp at,
                                const uuid& transaction_id) {
    happened.resource = resource_of(state.workflow);
    return decide(chosen, state, happened, at, transaction_id);
  };
  return decide_on(workflow_id, happened.key.text(), decide_event, limit);
}

outcome runtime::retry(const uuid& workflow_id, const uuid& step_id, deadline limit) {
  const auto history = store_->history(workflow_id);
  if (!history) throw gone(workflow_id);
  const auto failed = event_that_failed(*history, step_id);
  if (!failed)
    throw event_refused{
        fmt::format("no event failed step {} of workflow {}; recover it, or ignore "
                    "it",
                    schema::to_text(step_id), schema::to_text(workflow_id))};
  const auto decide = [&](const definition& chosen, const workflow_state& state, timestamp at,
                          const uuid& transaction_id) {
    return decide_retry(chosen, state, step_id, *failed, at, transaction_id);
  };
  return decide_on(workflow_id, {}, decide, limit);
}

outcome runtime::command_step(const uuid& workflow_id, engine::step_command verb,
                              const uuid& step_id, std::string_view reason, deadline limit) {
  const auto decide_step = [&](const definition& chosen, const workflow_state& state, timestamp at,
                               const uuid& transaction_id) {
    return decide(chosen, state, verb, step_id, reason, at, transaction_id);
  };
  return decide_on(workflow_id, {}, decide_step, limit);
}

outcome runtime::recover(const uuid& workflow_id, const uuid& step_id, std::string_view reason,
                         deadline limit) {
  return command_step(workflow_id, step_command::recover, step_id, reason, limit);
}

outcome runtime::ignore(const uuid& workflow_id, const uuid& step_id, std::string_view reason,
                        deadline limit) {
  return command_step(workflow_id, step_command::ignore, step_id, reason, limit);
}

outcome runtime::command_one(const uuid& workflow_id, command verb, std::string_view reason,
                             deadline limit) {
  const auto decide_command = [&](const definition& chosen, const workflow_state& state,
                                  timestamp at, const uuid& transaction_id) {
    return decide(chosen, state, verb, reason, at, transaction_id);
  };
  return decide_on(workflow_id, {}, decide_command, limit);
}

outcome runtime::pause(const uuid& workflow_id, std::string_view reason, deadline limit) {
  return command_one(workflow_id, command::pause, reason, limit);
}

outcome runtime::resume(const uuid& workflow_id, std::string_view reason, deadline limit) {
  return command_one(workflow_id, command::resume, reason, limit);
}

outcome runtime::cancel(const uuid& workflow_id, std::string_view reason, deadline limit) {
  return command_one(workflow_id, command::cancel, reason, limit);
}

outcome runtime::abort(const uuid& workflow_id, std::string_view reason, deadline limit) {
  return command_one(workflow_id, command::abort, reason, limit);
}

}  // namespace nava
