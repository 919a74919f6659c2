// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <memory>
#include <nava/export.hpp>
#include <nava/workflow/deadline.hpp>
#include <span>
#include <string>
#include <vector>

/// Notices between processes that something waits to be claimed, or has ended. They make it sooner,
/// no more: who hears none finds it at the next poll.
namespace nava::persistence {

/// What one process tells others. It carries no data: who hears it looks into the database.
struct notice {
  /// What waits to be claimed, or has ended.
  enum class subject {
    tasks,   ///< of the queue `key` are due
    events,  ///< are in the inbox
    end      ///< of the workflow whose id is `key`
  };
  subject about{};    ///< decides what `key` is
  std::string key{};  ///< the queue, or the id of the workflow; empty for `events`

  /// Orders by subject, then by key.
  friend auto operator<=>(const notice&, const notice&) = default;
};

/// Hears the notices of other stores, on a connection of its own. Used by one thread, but for
/// interrupt().
class NAVA_EXPORT notice_listener {
 public:
  virtual ~notice_listener() = default;

  /// Waits for notices. Returns those that have come; none at the deadline, and after interrupt().
  /// Throws error where the connection is lost, and std::system_error where the system cannot wait:
  /// notices may have been missed.
  virtual std::vector<notice> wait(deadline limit) = 0;
  /// Ends a wait that is under way, or else the next. Any thread may call it.
  virtual void interrupt() = 0;
};

/// Where the database carries no notices, as SQLite, nobody is told and there is no listener.
/// Thread-safe.
class NAVA_EXPORT notice_board {
 public:
  virtual ~notice_board() = default;

  /// Returns whether tell() reaches anybody: true on PostgreSQL, false on SQLite.
  [[nodiscard]] virtual bool carries_notices() const { return false; }
  /// Tells those who listen on the same schema in other stores, in a transaction of its own. Throws
  /// error.
  virtual void tell(std::span<const notice> notices, deadline limit = {}) {
    (void)notices;
    (void)limit;
  }
  /// Null where the database carries none. Throws error. The listener may outlive the store.
  [[nodiscard]] virtual std::unique_ptr<notice_listener> listen(deadline limit = {}) {
    (void)limit;
    return nullptr;
  }
};

}  // namespace nava::persistence
