// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nava/engine/decision.hpp>
#include <nava/persistence/store.hpp>
#include <nava/workflow/id.hpp>
#include <set>

namespace nava {

class turns;
class workflow_cache;

using engine::command;
using engine::decision;
using engine::definition;
using engine::event;

struct runtime_options {
  persistence::store_options store{};
  /// What decisions take for now; none: the system's clock. A replay or a test sets it. Called
  /// by every thread that starts, delivers or commands.
  std::function<timestamp()> clock{};
  /// Of one call, unless it is given a deadline of its own. Over conflicts, locks and faults of the
  /// connection a call decides or commits again until then, and throws the last error.
  std::chrono::milliseconds call_timeout{30'000};
  /// Workflows whose state is kept in memory after this runtime has committed it, those longest
  /// unused going first; 0: none. An event or command for one of them costs one round trip, its
  /// commit, instead of two. It cannot go wrong by another process being faster: a commit succeeds
  /// only against the revision it read, and whatever does not succeed is decided again on a
  /// workflow that is loaded.
  ///
  /// A workflow takes one place for each 32 KiB begun of its state (about 50 steps), so the cache
  /// takes about as many times 32 KiB, and usually a third of that. Finished ones are not kept.
  ///
  /// Leave it 0 where somebody changes rows of a workflow by hand without raising its revision; the
  /// cache would not notice. And a workflow of a definition revision that this runtime was not
  /// given is found only where a load is made: not by an event that no revision it was given
  /// handles.
  std::size_t cache_workflows = 0;
};

struct start_options {
  std::string title{};  ///< empty: the definition's
  std::optional<std::string> owner_id{};
  std::optional<std::string> company_id{};
  std::optional<timestamp> ts_expire{};
  deadline limit{};  ///< of the call; none: `runtime_options::call_timeout` from now
};

enum class delivery {
  applied,
  already_applied  ///< by an earlier delivery or start
};

/// What became of one call on one workflow.
struct outcome {
  uuid workflow_id{};
  delivery result{};
  /// The step that went to ERROR because its handler threw; retry(), recover() or ignore() brings
  /// it back. Only where the definition says on_exception::fail_step, and for `applied`: a delivery
  /// that is repeated tells no more than `already_applied`. The status of the step stays.
  std::optional<engine::step_failure> failed{};
};

/// Loads, decides, commits, and decides again after a conflict. Thread-safe; any number of
/// runtimes, in any number of processes, may work on one database.
///
/// Starts, deliveries and commands for one resource are made one after the other, in the order in
/// which they came (a command once its workflow is found); those for other resources do not wait
/// for them. No call takes longer than its deadline, `limit` or `runtime_options::call_timeout`
/// from its begin, but for what its handlers take, and for a second in which it asks who holds the
/// lock that it waited for.
///
/// Calls throw: refused, where nothing was stored and nothing will change by trying again;
/// what a handler throws, by its definition's choice; error for the rest, which at the
/// deadline is contention, connection_lost or outcome_unknown.
class runtime {
 public:
  /// Opens the database by open_store(), which migrates a SQLite file and no server unless the
  /// options say otherwise, and registers the definitions. Throws definition_error where a stored
  /// definition of the same key and revision differs.
  runtime(const persistence::database_url& url, std::vector<definition> definitions,
          runtime_options options = {});
  /// The same on a store that is open already.
  runtime(std::shared_ptr<persistence::store> store, std::vector<definition> definitions,
          runtime_options options = {});

  /// Starts a workflow of the newest revision that was given of this definition. A resource has
  /// at most one per definition: starting it again answers `already_applied` and its id.
  outcome start(std::string_view wfdef_key, const resource& about, json::object params = {},
                start_options options = {});

  /// Hands an event to every workflow that its handlers select, each in a decision of its own.
  /// Throws event_refused when nobody handles it or no workflow is there, and what a workflow
  /// answered when it refused and none took it; one that refuses has no outcome where another
  /// takes it. Any other failure is thrown after all have been tried: deliver the event again,
  /// with its key, and those that took it answer `already_applied`.
  std::vector<outcome> deliver(const event& happened, deadline limit = {});

  /// The same for one workflow, whatever resource the event names. Throws error (not_found) where
  /// there is no such workflow.
  outcome deliver_to(const uuid& workflow_id, event happened, deadline limit = {});

  /// Moves a workflow as a whole. `reason` is kept in the event `nava.pause` … that is stored.
  outcome pause(const uuid& workflow_id, std::string_view reason = {}, deadline limit = {});
  outcome resume(const uuid& workflow_id, std::string_view reason = {}, deadline limit = {});
  outcome cancel(const uuid& workflow_id, std::string_view reason = {}, deadline limit = {});
  outcome abort(const uuid& workflow_id, std::string_view reason = {}, deadline limit = {});

  /// Brings a step in ERROR back. `recover`: it is ACTIVE again, as it was. `ignore`: it is
  /// IGNORED, which counts as finished. `retry`: it is ACTIVE again, and the event that failed it
  /// is handled again, in the same decision; what its handlers throw is thrown, and nothing is
  /// stored. Throws action_refused where the step is not in ERROR, event_refused where no handler
  /// threw, and where the event may have been for another open step too.
  outcome recover(const uuid& workflow_id, const uuid& step_id, std::string_view reason = {},
                  deadline limit = {});
  outcome ignore(const uuid& workflow_id, const uuid& step_id, std::string_view reason = {},
                 deadline limit = {});
  outcome retry(const uuid& workflow_id, const uuid& step_id, deadline limit = {});

  /// What is stored: load, list, history, erase.
  [[nodiscard]] persistence::store& store() { return *store_; }

 private:
  using decide_function = std::function<decision(const definition&, const workflow_state&,
                                                 timestamp, const uuid& transaction_id)>;

  struct answers;
  struct call;
  // Where an event goes, by its selectors, which are asked once.
  struct routes {
    // For each resource, the definitions that handle the event there.
    std::map<resource, std::set<std::string_view>> definitions;
    std::map<const engine::definition_data*, std::vector<engine::selection>> selections;
  };

  void register_definitions();
  [[nodiscard]] timestamp now() const;
  [[nodiscard]] const definition& newest(std::string_view wfdef_key) const;
  [[nodiscard]] const definition& definition_of(const schema::workflow& row) const;
  [[nodiscard]] routes routes_of(const event& happened) const;
  [[nodiscard]] bool handles(const event& happened, const schema::workflow& row) const;
  void deliver_along(const resource& about, const routes& ways, const event& happened,
                     deadline limit, answers& given);
  commit_result commit(decision& made, const call& within, std::uint64_t cache_epoch);
  void keep(workflow_state state, std::uint64_t cache_epoch) noexcept;
  std::optional<outcome> decide_on_cached(const workflow_state& known, std::uint64_t cache_epoch,
                                          const decide_function& decide, const call& within);
  outcome decide_on(const uuid& workflow_id, std::string_view event_key,
                    const decide_function& decide, deadline limit);
  outcome command_one(const uuid& workflow_id, command verb, std::string_view reason,
                      deadline limit);
  outcome command_step(const uuid& workflow_id, engine::step_command verb, const uuid& step_id,
                       std::string_view reason, deadline limit);
  outcome decide_and_commit(std::optional<persistence::loaded_workflow> loaded,
                            std::uint64_t cache_epoch, const uuid& workflow_id,
                            std::string_view event_key, const decide_function& decide,
                            call& within);
  [[nodiscard]] call begin(std::string subject, deadline limit) const;
  void take_turn(const resource& about, call& within);
  template <class Step>
  auto until_done(const call& within, Step step) const;

  runtime_options options_;
  std::shared_ptr<persistence::store> store_;
  std::shared_ptr<workflow_cache> cache_;
  std::shared_ptr<turns> turns_;
  std::map<std::string, std::map<std::int64_t, definition>, std::less<>> definitions_;
};

}  // namespace nava
