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

found<workflow_state> runtime::state_at(const uuid& workflow_id, std::int64_t seq, deadline limit) {
  if (seq < 1) return {};
  const auto past = store_->history(workflow_id, {.limit = seq}, limit);
  if (!past) return {};
  return replayed(workflow_id, past->mutations);
}

found<workflow_state> runtime::state_at(const uuid& workflow_id, timestamp at, deadline limit) {
  const auto past = store_->history(workflow_id, {}, limit);
  if (!past) return {};
  const auto& all = past->mutations;
  const auto later = std::find_if(all.begin(), all.end(), [&](const auto& m) { return m.at > at; });
  return replayed(workflow_id, {all.begin(), later});
}

}  // namespace nava
