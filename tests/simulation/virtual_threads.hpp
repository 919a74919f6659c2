// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

/// Threads, locks, waits, clocks and random numbers as a seed says. The program that is linked with
/// it has its own pthread_create, join, detach and once, its own mutexes and condition variables,
/// nanosleep, sched_yield, clock_gettime, getrandom and std::random_device. One thread runs at a
/// time. The seed chooses which goes on where one waits, locks, unlocks, wakes another or begins
/// one; where all wait, time passes. So a run of the real runtime, with its real threads, happens
/// again exactly.
///
/// What it cannot show: two threads never run at once, and none is stopped between two
/// instructions, so a data race is for ThreadSanitizer. Destructors of thread-local objects do not
/// run. What waits in other ways, as in `std::atomic::wait`, a file or a socket, stops everything.
namespace nava::test::virtual_threads {

/// Threads that die together.
using group = int;
inline constexpr group first_group = 0;

/// What ends a run that cannot go on, such as one in which all threads wait for each other.
using stuck_function = std::function<void(const std::string& why)>;

/// Runs `body` in a virtual thread of `first_group`, and returns when it has ended. Threads that
/// are left never run again, and their memory is lost: fork a process for each run that matters.
void run(std::uint64_t seed, std::chrono::nanoseconds longest, stuck_function is_stuck,
         std::function<void()> body);

///@{
/// In a virtual thread only.

/// Returns a random number below `end`, which is above 0.
[[nodiscard]] std::uint64_t chance(std::uint64_t end);
/// Threads that the calling thread makes from now on, and itself, belong to the group.
void join_group(group joined);
/// No thread of the group runs again, as if its process was killed. Where that is the group of the
/// calling thread, it does not return.
void kill_group(group members);
[[nodiscard]] bool is_dead(group members);
/// One time in four, another thread goes on first.
void let_others();
/// No other thread goes on while `call` runs, and the system's clock is that of no group. Ends the
/// run where `call` waits.
void without_others(const std::function<void()>& call);
///@}

/// Returns a number that follows from `number` alone, and looks as if it did not.
[[nodiscard]] std::uint64_t mixed(std::uint64_t number);

/// Returns a hash of all choices so far and of their times.
[[nodiscard]] std::uint64_t digest();

}  // namespace nava::test::virtual_threads
