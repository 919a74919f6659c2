// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/held_task.hpp"

#include "runtime/worker/task_result.hpp"

namespace nava {

void held_task::report(json::object progress) {
  json::object form =
      storable_result(std::move(progress), "the progress of a task", progress_bytes_max);
  const std::lock_guard lock{mutex_};
  progress_ = std::move(form);
}

std::optional<json::object> held_task::take_progress() {
  const std::lock_guard lock{mutex_};
  return std::exchange(progress_, std::nullopt);
}

void held_task::put_back(std::optional<json::object> progress) {
  const std::lock_guard lock{mutex_};
  if (!progress_) progress_ = std::move(progress);
}

void held_task::begin() {
  is_begun_ = true;
  if (definition_ != nullptr && definition_->policy.time_limit.count() > 0)
    limit_ = deadline::in(definition_->policy.time_limit);
}

}  // namespace nava
