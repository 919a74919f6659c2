// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <nava/persistence/inbox.hpp>
#include <vector>

namespace nava {

/// Claims events of the inbox, window by window, and begins again at the end: with the first READY
/// event that was there, so that it does not pass again over what was delivered, whose rows an old
/// snapshot may keep. Used by one thread.
class inbox_sweep {
 public:
  /// `request` has lease, owner and names.
  inbox_sweep(persistence::event_inbox& inbox, persistence::inbox_claim request)
      : inbox_(inbox), request_(std::move(request)) {}

  /// Leases up to `events_max` events of one window.
  [[nodiscard]] persistence::claimed_events claim(std::size_t events_max);
  /// Whether there are windows behind it: claim again.
  [[nodiscard]] bool has_more() const { return has_more_; }

 private:
  using clock = std::chrono::steady_clock;

  void begin_again();

  persistence::event_inbox& inbox_;
  persistence::inbox_claim request_;
  clock::time_point last_whole_{};
  bool is_first_window_ = true;
  bool has_more_ = false;
  std::int64_t begin_ = 0;  ///< all READY events that were seen lie behind it
};

}  // namespace nava
