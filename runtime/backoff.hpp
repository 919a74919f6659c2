// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <nava/workflow/deadline.hpp>

namespace nava {

/// Exponential backoff with jitter, from 1 to 200 ms: a database that is away or busy is not helped
/// by haste. Ends at the deadline. Thread-safe, as all here.
void back_off(int tries, deadline limit);

/// Waits for a random part of `took`, the time that the try took. Who lost to another process
/// decides again within the time that a decision takes: who waits for longer loses to all that
/// come meanwhile.
void yield_to_rivals(std::chrono::steady_clock::duration took, deadline limit);

}  // namespace nava
