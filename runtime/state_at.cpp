// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nava/runtime/runtime.hpp>
#include <nava/schema/text.hpp>
#include <stdexcept>

namespace nava {
namespace {

found<workflow_state> replayed(const uuid& id, std::span<const schema::workflow_mutation> until) {
  if (until.empty()) return {};
  try {
    return engine::replay(until);
  } catch (const std::invalid_argument& misfit) {
    throw error{error_kind::other, fmt::format("workflow {} cannot be replayed: {}",
                                               schema::to_text(id), misfit.what())};
  }
}

}  // namespace

// The first that a decision stores is its event.
found<workflow_state> runtime::state_at(const uuid& workflow_id, std::int64_t seq, deadline limit) {
  const auto past = store_->history(workflow_id, {}, limit);
  if (!past) return {};
  uuid last_decision{};
  for (const auto& event : past->events)
    if (event.seq <= seq) last_decision = event.transaction_id;
  const auto& all = past->mutations;
  const auto later = std::find_if(all.begin(), all.end(), [&](const auto& each) {
    return each.seq > seq && each.transaction_id != last_decision;
  });
  return replayed(workflow_id, {all.begin(), later});
}

found<workflow_state> runtime::state_at(const uuid& workflow_id, timestamp at, deadline limit) {
  const auto past = store_->history(workflow_id, {}, limit);
  if (!past) return {};
  const auto& all = past->mutations;
  const auto later = std::find_if(all.begin(), all.end(), [&](const auto& m) { return m.at > at; });
  return replayed(workflow_id, {all.begin(), later});
}

}  // namespace nava
