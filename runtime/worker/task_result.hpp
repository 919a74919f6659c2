// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "runtime/worker/held_task.hpp"

/// How the attempt of a handler ends.
namespace nava {

/// Returns `values` as they are stored. Throws error (invalid_input), naming `what`, for what
/// cannot be stored, or is longer than `bytes_max` as JSON.
[[nodiscard]] json::object storable_result(json::object values, std::string_view what,
                                           std::size_t bytes_max);

/// Returns the wait after this failed attempt, without its random part.
[[nodiscard]] std::chrono::milliseconds backoff_after(std::int64_t attempt,
                                                      const task_policy& policy);

/// For how long a task is put off whose workflow, or parent, is paused; and at most, where another
/// worker may be able to run it.
inline constexpr std::chrono::milliseconds put_off{60'000};
/// For how long a task is first left to another worker; by so much longer each time.
inline constexpr std::chrono::milliseconds first_pass{500};

/// Gives a task back as if the attempt had not been.
[[nodiscard]] persistence::settlement given_back(const held_task& task,
                                                 std::chrono::milliseconds delay = {});

/// Ends an attempt that failed; where `may_try_again`, the task is put off unless it is out of
/// attempts.
[[nodiscard]] persistence::settlement failed(const held_task& task, const std::string& why,
                                             bool may_try_again);

/// Runs the handler, unless the task has expired or is out of attempts. Never throws what it
/// throws.
[[nodiscard]] persistence::settlement run_handler(held_task& task);

/// The same end, for a decision; of an attempt that is not postponed.
[[nodiscard]] task_end end_of(const held_task& task, const persistence::settlement& ended);

}  // namespace nava
