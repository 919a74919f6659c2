// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/engine/state_difference.hpp>
#include <nava/runtime/runtime.hpp>
#include <nava/schema/text.hpp>
#include <stdexcept>

namespace nava {
namespace {

found<workflow_state> state_in(const found<workflow_history>& past, const uuid& id,
                               std::int64_t seq) {
  try {
    return engine::state_at(*past, seq);
  } catch (const std::invalid_argument& misfit) {
    throw error{error_kind::other, fmt::format("workflow {} cannot be replayed: {}",
                                               schema::to_text(id), misfit.what())};
  }
}

}  // namespace

found<workflow_state> runtime::state_at(const uuid& workflow_id, std::int64_t seq, deadline limit) {
  const auto past = store_->history(workflow_id, {}, limit);
  if (!past) return {};
  return state_in(past, workflow_id, seq);
}

found<workflow_state> runtime::state_at(const uuid& workflow_id, timestamp at, deadline limit) {
  const auto past = store_->history(workflow_id, {}, limit);
  if (!past) return {};
  return state_in(past, workflow_id, engine::seq_at(*past, at));
}

}  // namespace nava
