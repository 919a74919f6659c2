// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <nava/engine/decision.hpp>
#include <nava/persistence/store.hpp>

/// What a runtime and its calls are given, and what a call answers. Values.
namespace nava {

/// How a runtime works.
struct runtime_options {
  /// How the runtime opens the database. A runtime on an open store uses `logger` alone.
  persistence::store_options store{};
  /// The time of decisions, in the years 1 to 9999; none: the system's clock. A replay or a test
  /// sets it. Called by every thread that calls the runtime.
  std::function<timestamp()> clock{};
  /// The time of a call without a deadline of its own. After conflicts, refused locks and lost
  /// connections a call tries again until then, and throws the last error.
  std::chrono::milliseconds call_timeout{30'000};
  /// The places of an LRU cache of unfinished workflows that this runtime has committed; 0: no
  /// cache. An event or command for a cached workflow costs one round trip, its commit, instead of
  /// two. A stale entry fails the commit's check of the revision, and the call decides again on the
  /// loaded workflow.
  ///
  /// A workflow takes a place for each 32 KiB begun of its state, about 50 steps. So the cache
  /// takes at most about that many times 32 KiB, and usually a third of it.
  ///
  /// Leave it 0 where somebody changes rows of a workflow by hand without raising its revision: the
  /// cache does not notice. With it, deliver() may not notice a workflow of the resource whose
  /// definition revision this runtime was not given.
  std::size_t cache_workflows = 0;
  /// Tells workers and drainers of other processes of tasks and events that this runtime stores,
  /// and those who wait for workflows of their ends, so that they need not wait for their polls: on
  /// PostgreSQL, by NOTIFY, outside of all commits.
  bool tells_others = true;
};

/// What start() stores with a new workflow. A call that finds one stores nothing of it.
struct start_options {
  std::string title{};                      ///< empty: the definition's
  std::optional<std::string> owner_id{};    ///< lists find the workflow by it
  std::optional<std::string> company_id{};  ///< lists find the workflow by it
  std::optional<timestamp> ts_expire{};     ///< when on_expired runs
  std::vector<std::string> tags{};          ///< as workflow_context::tag() adds them
  std::optional<std::string> actor{};       ///< who starts it; stored with the event `nava.start`
  deadline limit{};                         ///< not set: `runtime_options::call_timeout` from now
};

/// Who gives a command to a workflow, why, and under which key.
struct command_options {
  std::string reason{};                ///< kept in the stored event `nava.pause` …
  std::optional<std::string> actor{};  ///< stored with that event
  /// Names the click or request: a command that is repeated under it is `already_applied`, whoever
  /// gives it. One key for all commands and events of the workflow.
  event_key key = no_key;
  deadline limit{};  ///< not set: `runtime_options::call_timeout` from now
};

/// Of a link by which somebody answers once.
struct link_options {
  std::chrono::milliseconds valid_for{std::chrono::hours{72}};  ///< up to a year
  std::optional<std::string> answers_as{};                      ///< the actor of the answer
  command_options command{};  ///< of issue_link(), for the event `nava.issue-link`
};

/// Whether a call has stored something, or an earlier call had.
enum class delivery {
  applied,         ///< by this call
  already_applied  ///< by an earlier delivery or start
};

/// What a call did to one workflow. A value: threads may read one object.
struct outcome {
  uuid workflow_id{};  ///< of start(): also of a workflow that was there already
  delivery result{};   ///< whether this call stored it
  /// The step that went to ERROR because its handler threw, under on_exception::fail_step; retry(),
  /// recover() or ignore() brings it back. Empty with `already_applied`, though the step may be in
  /// ERROR.
  std::optional<engine::step_failure> failed{};
};

}  // namespace nava
