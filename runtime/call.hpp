// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <nava/runtime/runtime.hpp>
#include <nava/schema/text.hpp>
#include <optional>
#include <string>

#include "runtime/backoff.hpp"
#include "runtime/turns.hpp"
#include "runtime/workflow_cache.hpp"
#include "workflow/storable.hpp"

/// What the parts of runtime share: one call of an application, and the loop that tries again.
namespace nava {

inline resource resource_of(const schema::workflow& row) {
  return {row.resource_name, row.resource_id};
}

struct workflow_gone : error {
  using error::error;
};

inline workflow_gone gone(const uuid& id) {
  return workflow_gone{error_kind::not_found,
                       fmt::format("there is no workflow {}", schema::to_text(id))};
}

// A reason that no database could store is not copied.
inline engine::command_cause cause_of(const command_options& options) {
  check_size(options.reason.size(), "a reason");
  return {options.reason, options.actor, options.key};
}

// One call of an application: what its errors speak of, when it ends, and its turn.
struct runtime::call {
  std::string subject;
  deadline limit;
  std::optional<turns::turn> turn{};
};

// The one loop that decides again. `step` answers with a value when it is done, with nothing when
// it has to begin anew.
template <class Step>
auto runtime::until_done(const call& within, Step step) const {
  // A write of unknown outcome stays one until it is answered, whatever fails after it.
  std::optional<error> unanswered;
  // Why the last try that asked the database failed; nothing where others changed the workflow.
  std::optional<error> last;
  for (int tries = 1;; ++tries) {
    const auto begin = std::chrono::steady_clock::now();
    try {
      if (auto done = step()) return *std::move(done);
      unanswered.reset();
      last.reset();
      yield_to_rivals(std::chrono::steady_clock::now() - begin, within.limit);
    } catch (const error& failure) {
      // What comes back may be another server, or an older state of this one, on which a revision
      // that is cached has been reached in another way.
      if (failure.kind() == error_kind::connection_lost ||
          failure.kind() == error_kind::outcome_unknown)
        cache_->clear();
      if (failure.kind() == error_kind::outcome_unknown) unanswered = failure;
      if (!failure.may_retry()) {
        // A tombstone is an answer: what was stored is deleted, and stays so.
        if (unanswered && failure.kind() != error_kind::deleted) throw error{*unanswered};
        throw;
      }
      if (tries == 1 || !dynamic_cast<const time_over*>(&failure)) last = failure;
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

}  // namespace nava
