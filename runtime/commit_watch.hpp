// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <nava/schema/types.hpp>
#include <nava/workflow/deadline.hpp>

namespace nava {

/// Wakes those who wait for commits of one workflow by this process, or for its end. Thread-safe.
class commit_watch {
  struct watched {
    std::size_t watches = 0;
    std::uint64_t raised = 0;
    std::condition_variable changed{};
  };

 public:
  /// Called after a commit; costs a look into an empty map where nobody waits.
  void raise(const uuid& workflow_id) {
    const std::lock_guard lock{mutex_};
    const auto found = watched_.find(workflow_id);
    if (found == watched_.end()) return;
    ++found->second.raised;
    found->second.changed.notify_all();
  }

  /// Where notices of any workflow may have been missed.
  void raise_all() {
    const std::lock_guard lock{mutex_};
    for (auto& [id, each] : watched_) {
      ++each.raised;
      each.changed.notify_all();
    }
  }

  /// Watches a workflow as long as it lives.
  class watch {
   public:
    watch(commit_watch& commits, const uuid& workflow_id) : commits_(commits) {
      const std::lock_guard lock{commits_.mutex_};
      place_ = commits_.watched_.try_emplace(workflow_id).first;
      ++place_->second.watches;
      seen_ = place_->second.raised;
    }
    watch(const watch&) = delete;
    watch& operator=(const watch&) = delete;
    ~watch() {
      const std::lock_guard lock{commits_.mutex_};
      if (--place_->second.watches == 0) commits_.watched_.erase(place_);
    }

    /// Waits for a commit since the watch began, or since the last call ended, or the deadline.
    /// Returns whether there was one.
    bool wait(deadline limit) {
      std::unique_lock lock{commits_.mutex_};
      const bool was_raised = place_->second.changed.wait_until(
          lock, limit.at(), [&] { return place_->second.raised != seen_; });
      seen_ = place_->second.raised;
      return was_raised;
    }

   private:
    commit_watch& commits_;
    std::map<uuid, watched>::iterator place_;
    std::uint64_t seen_ = 0;
  };

 private:
  std::mutex mutex_;
  std::map<uuid, watched> watched_;
};

}  // namespace nava
