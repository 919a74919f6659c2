// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <exception>
#include <map>
#include <nava/runtime/runtime.hpp>
#include <nava/schema/text.hpp>
#include <set>

#include "engine/definition_data.hpp"
#include "engine/selected_event.hpp"
#include "runtime/call.hpp"
#include "runtime/inbox/event_delivery.hpp"

/// Events, from their selectors to the workflows that take them.
namespace nava {

using namespace engine;
using persistence::loaded_workflow;

namespace {

// Selectors may send an event elsewhere than to its own resource.
std::string listed(const std::map<resource, std::set<std::string_view>>& definitions) {
  std::string list;
  for (const auto& [about, keys] : definitions)
    list += fmt::format("{}{}/{}", list.empty() ? "" : ", ", about.name, about.id);
  return list;
}

}  // namespace

// What the workflows that an event reached have answered. One that refuses or fails must not keep
// the event from the others.
struct runtime::answers {
  std::vector<outcome> outcomes;
  std::exception_ptr refusal, failure;
  std::exception_ptr paused;  ///< one of the workflows was; also a refusal
  std::exception_ptr misfit;  ///< the data does not fit one of them
  std::exception_ptr late;    ///< one that it would start was deleted before
  bool is_failure_known = true;

  template <class Attempt>
  void collect(Attempt attempt) {
    try {
      if (std::optional<outcome> done = attempt()) outcomes.push_back(*done);
    } catch (const unknown_revision&) {
      keep_failure(true);
    } catch (const data_refused&) {
      misfit = std::current_exception();
    } catch (const workflow_paused&) {
      paused = refusal = std::current_exception();
    } catch (const refused&) {
      if (!paused) refusal = std::current_exception();
    } catch (const error& thrown) {
      if (thrown.kind() == error_kind::deleted)
        late = std::current_exception();
      else
        keep_failure(thrown.outcome_known());
    } catch (const exception& thrown) {
      keep_failure(thrown.outcome_known());
    } catch (...) {
      keep_failure(true);
    }
  }

 private:
  // The last one, but none hides one after which nobody knows what is stored.
  void keep_failure(bool is_known) {
    if (is_known && !is_failure_known) return;
    failure = std::current_exception();
    is_failure_known = is_known;
  }
};

runtime::routes runtime::routes_of(const event& happened) const {
  routes found;
  for (const auto& [key, revisions] : definitions_)
    for (const auto& [number, each] : revisions)
      for (const selection& chosen : found.selections[&each.data()] = each.data().select(happened))
        found.definitions[chosen.resource].insert(key);
  for (const auto& [key, revisions] : definitions_)
    if (revisions.rbegin()->second.is_started_by(happened.name)) found.started.push_back(key);
  return found;
}

bool runtime::handles(const event& happened, const schema::workflow& row) const {
  return definitions_.contains(row.wfdef_key) && definition_of(row).handles(happened.name);
}

std::vector<outcome> runtime::deliver(const event& happened, deadline limit) {
  answers given;
  return deliver(happened, limit, given);
}

void runtime::deliver_whole(const event& happened, deadline limit) {
  answers given;
  (void)deliver(happened, limit, given);
  if (given.paused) std::rethrow_exception(given.paused);
}

std::vector<outcome> runtime::deliver(const event& happened, deadline limit, answers& given) {
  check_event(happened);
  limit = limit.value_or(deadline::in(options_.call_timeout));
  const routes ways = routes_of(happened);
  if (ways.definitions.empty() && ways.started.empty())
    refuse_unhandled(happened, fmt::format("no definition handles the event '{}'", happened.name),
                     limit);
  for (const auto& [about, wfdef_keys] : ways.definitions)
    deliver_along(about, ways, happened, limit, given);
  bool is_one_new = false;
  for (const std::string_view wfdef_key : ways.started)
    given.collect([&]() -> std::optional<outcome> {
      return start_on(happened, wfdef_key, given.outcomes, is_one_new, limit);
    });
  // Somebody else has started one meanwhile, and its handlers have not had the event.
  if (is_one_new && ways.definitions.contains(happened.resource))
    deliver_along(happened.resource, ways, happened, limit, given);
  if (given.failure) std::rethrow_exception(given.failure);
  // One that is paused, or does not wait yet, may still take it.
  const bool may_come =
      given.refusal && (given.paused || keeps_early(happened.name) > std::chrono::milliseconds{0});
  if (given.misfit && !may_come) std::rethrow_exception(given.misfit);
  if (given.outcomes.empty() && given.refusal) std::rethrow_exception(given.refusal);
  if (given.outcomes.empty() && given.late) std::rethrow_exception(given.late);
  if (given.outcomes.empty())
    refuse_unhandled(happened,
                     fmt::format("event '{}' for {} finds no workflow that handles it",
                                 happened.name, listed(ways.definitions)),
                     limit);
  return std::move(given.outcomes);
}

// A program of another release may have the handler. Definitions of other programs say nothing.
void runtime::refuse_unhandled(const event& happened, const std::string& why, deadline limit) {
  for (const auto& there : store_->load(happened.resource, {}, limit)) {
    const schema::workflow& row = there.state.workflow;
    if (!is_finished(row.status) && definitions_.contains(row.wfdef_key) &&
        find_definition(row.wfdef_key, row.wfdef_rev) == nullptr)
      throw handled_elsewhere{
          fmt::format("{}; workflow {} runs by revision {} of definition '{}', which this runtime "
                      "was not given; give it that revision too",
                      why, schema::to_text(row.id), row.wfdef_rev, row.wfdef_key)};
  }
  throw event_refused{why};
}

// Nothing where there is a workflow already: its handlers have had the event, or refused it.
std::optional<outcome> runtime::start_on(const event& happened, std::string_view wfdef_key,
                                         std::span<const outcome> so_far, bool& is_one_new,
                                         deadline limit) {
  for (const auto& there : store_->load(happened.resource, happened.key.text(), limit)) {
    const schema::workflow& row = there.state.workflow;
    if (row.wfdef_key != wfdef_key) continue;
    const bool has_answered = std::any_of(so_far.begin(), so_far.end(), [&](const outcome& each) {
      return each.workflow_id == row.id;
    });
    if (!there.event_applied || has_answered) return std::nullopt;
    return outcome{row.id, delivery::already_applied, {}};
  }
  try {
    return start_as(wfdef_key,
                    {.workflow_id = new_id(),
                     .resource = happened.resource,
                     .params = happened.data,
                     .cause = happened},
                    limit);
  } catch (const event_refused&) {
    is_one_new = true;
    return std::nullopt;
  }
}

void runtime::deliver_along(const resource& about, const routes& ways, const event& happened,
                            deadline limit, answers& given) {
  call within = begin(fmt::format("{}/{}", about.name, about.id), limit);
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

}  // namespace nava
