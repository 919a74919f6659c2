// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <nava/workflow/deadline.hpp>
#include <nava/workflow/error.hpp>

namespace nava::persistence {

/// How long one statement of a pooled session waits for a lock before it fails with contention:
/// several times what a commit holds a row for, and so short that the connection is soon free.
inline constexpr std::chrono::milliseconds lock_patience{20};

/// Waits for what another session has locked without keeping a connection meanwhile: the statement
/// fails after lock_patience, and is run again after a pause, until the call's deadline. Of the
/// calls that were refused several times, a bounded number tries at a time; the connections of the
/// others are not used up. Thread-safe.
class lock_wait {
 public:
  explicit lock_wait(std::size_t tries_at_once) : free_(tries_at_once) {}

  /// Runs `statement(is_again)` until it is not refused for a lock. Throws what it throws: the last
  /// refusal when the deadline has passed.
  template <class Statement>
  auto run(deadline limit, Statement statement) {
    std::exception_ptr refusal;
    for (int tries = 1;; ++tries) {
      try {
        if (tries <= free_tries) return statement(tries > 1);
        if (const place held{*this, limit}; held.is_taken()) return statement(true);
      } catch (const error& failure) {
        // Who finds no connection between two tries still waits for the lock, and hears of that.
        if (is_refusal(failure))
          refusal = std::current_exception();
        else if (!refusal || failure.kind() != error_kind::contention)
          throw;
      }
      pause(tries, limit);
      if (limit.has_passed()) std::rethrow_exception(refusal);
    }
  }

  /// Whether the server refused a statement for what other transactions do: nothing was written.
  [[nodiscard]] static bool is_refusal(const error& failure);

 private:
  class place {
   public:
    place(lock_wait& of, deadline limit);
    place(const place&) = delete;
    ~place();
    [[nodiscard]] bool is_taken() const { return is_taken_; }

   private:
    lock_wait& of_;
    bool is_taken_;
  };

  // Most locks are gone by then, and need not wait behind those that are kept.
  static constexpr int free_tries = 3;

  static void pause(int tries, deadline limit);

  std::mutex mutex_;
  std::condition_variable left_;
  std::size_t free_;
};

}  // namespace nava::persistence
