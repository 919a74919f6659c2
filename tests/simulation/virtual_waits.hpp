// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pthread.h>

#include <cstdint>
#include <ctime>
#include <limits>

/// What the functions of the C library do for a virtual thread. Each is for virtual threads only,
/// but for is_virtual().
namespace nava::test::virtual_threads::waits {

using nanoseconds = std::int64_t;

inline constexpr nanoseconds second = 1'000'000'000;
inline constexpr nanoseconds never = std::numeric_limits<nanoseconds>::max();

/// Whether the calling thread is one.
[[nodiscard]] bool is_virtual();
/// Whether it runs without others.
[[nodiscard]] bool is_alone();
/// Ends the run.
[[noreturn]] void stuck(const char* reason);

[[nodiscard]] pthread_t begin(void* (*body)(void*), void* argument);
/// Waits for its end. False where there is no such thread.
[[nodiscard]] bool join(pthread_t thread);

void lock(const pthread_mutex_t* mutex);
/// False where another thread has it, or this one and it may not have it twice.
[[nodiscard]] bool try_lock(const pthread_mutex_t* mutex);
void unlock(const pthread_mutex_t* mutex);

/// Returns 0, or ETIMEDOUT at `until`, an instant of the run.
[[nodiscard]] int wait(const pthread_cond_t* condition, const pthread_mutex_t* mutex,
                       nanoseconds until);
void wake_one(const pthread_cond_t* condition);
void wake_all(const pthread_cond_t* condition);
void yield();
void sleep_until(nanoseconds instant);

/// Returns the instant of the run, which moves with each look.
[[nodiscard]] nanoseconds now();
/// Returns how far the clock is ahead of the instants of the run.
[[nodiscard]] nanoseconds offset(clockid_t clock);
[[nodiscard]] std::uint64_t random();

}  // namespace nava::test::virtual_threads::waits
