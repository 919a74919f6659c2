// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "engine/runner.hpp"

/// Timers: tasks of the runtime's own, which are due at the instant and whose end runs hooks. So
/// they are claimed, fenced, cancelled and recorded as tasks are.
namespace nava::engine {

enum class timer_kind {
  wake,    ///< a key of the application's; on_wake
  due,     ///< ts_due of the step; on_due
  expired  ///< ts_expire of the workflow, or of a step; on_expired
};

/// Of a step, or of the workflow. `key` is empty but for timer_kind::wake.
struct timer {
  timer_kind kind{};
  std::string key{};
  std::optional<uuid> step_id{};

  friend bool operator==(const timer&, const timer&) = default;
};

/// Returns the key, `ts_due` or `ts_expire`; valid as long as `which`.
[[nodiscard]] std::string_view title_of(const timer& which);

/// None for a task of the application's, and for a timer of a later version of Nava.
[[nodiscard]] std::optional<timer> timer_of(const schema::workflow_task& task);

/// Sets the timer, or moves it. None: takes it away, if it is there.
void set_timer(runner& runner, const timer& which, const std::optional<timestamp>& at);

/// Throws action_refused for a step without on_expired, since nothing else would tell of the time.
void expire_step_at(runner& runner, const schema::workflow_step& row,
                    const std::optional<timestamp>& at);

/// Those of a step, its answer links too, or the workflow's own.
void cancel_timers(runner& runner, const std::optional<uuid>& step_id);

/// Sets the next of a timer that repeats, where `fired` was due at `at`.
void repeat_timer(runner& runner, const timer& fired, timestamp at);

/// Runs the hooks of a timer. A workflow, or a step, that is finished has none.
void fire_timer(runner& runner, const timer& which);

}  // namespace nava::engine
