// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

/// Threads, locks, waits, clocks and chance as a seed says. In the program that is linked with it,
/// the functions of the C library by which threads wait are these: one thread runs at a time, the
/// seed says which goes on where one waits, and time goes on where all wait. So a run of the real
/// runtime, with its real threads, happens again exactly.
///
/// What waits in other ways, as in `std::atomic::wait`, a file or a socket, stops everything.
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

/// A number below `end`, which is above 0.
[[nodiscard]] std::uint64_t chance(std::uint64_t end);
/// Threads that the calling thread makes from now on, and itself, belong to the group.
void join_group(group mine);
/// No thread of the group runs again, as if its process was killed. Where that is the group of the
/// calling thread, it does not return.
void kill_group(group whose);
[[nodiscard]] bool is_dead(group whose);
/// Lets others go on, perhaps.
void let_others();
/// Lets nobody else go on while it runs. What waits in it stops the run.
void without_others(const std::function<void()>& what);
///@}

/// Of all choices so far, and the times at which they were made.
[[nodiscard]] std::uint64_t digest();

}  // namespace nava::test::virtual_threads
