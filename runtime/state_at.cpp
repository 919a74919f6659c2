// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/engine/state_difference.hpp>
#include <nava/runtime/runtime.hpp>
#include <nava/schema/text.hpp>
#include <stdexcept>

namespace nava {
namespace {

template <class Point>
found<workflow_state> state_in(persistence::store& store, const uuid& id, Point point,
                               deadline limit) {
  const auto past = store.history(id, {}, limit);
  if (!past) return {};
  try {
    return engine::state_at(*past, point);
  } catch (const std::invalid_argument& misfit) {
    throw error{error_kind::other, fmt::format("workflow {} cannot be replayed: {}",
                                               schema::to_text(id), misfit.what())};
  }
}

}  // namespace

found<workflow_state> runtime::state_at(const uuid& workflow_id, std::int64_t seq, deadline limit) {
  return state_in(*store_, workflow_id, seq, limit);
}

found<workflow_state> runtime::state_at(const uuid& workflow_id, timestamp at, deadline limit) {
  return state_in(*store_, workflow_id, at, limit);
}

}  // namespace nava
