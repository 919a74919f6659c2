// SPDX-License-Identifier: Apache-2.0
#include "runtime/inbox/inbox_sweep.hpp"

#include <algorithm>
#include <utility>

namespace nava {
namespace {

// A number is given before its commit, and seen after it: a sweep may pass by what is committed
// late. So each begins where one ended that is older than commits take.
constexpr std::chrono::seconds commits_take{2};
// What was put off, or was held by a process that died, lies anywhere.
constexpr std::chrono::seconds between_whole_sweeps{2};

}  // namespace

std::vector<schema::workflow_inbox> inbox_sweep::claim(std::size_t events_max) {
  request_.events_max = std::min(events_max, persistence::inbox_events_max);
  while (true) {
    auto claimed = inbox_.claim_events(request_);
    if (claimed.are_more) {
      request_.after_seq = claimed.seen_to;
    } else {
      last_end_ = std::max(last_end_, claimed.seen_to);
      begin_again();
    }
    if (!claimed.events.empty() || !claimed.are_more) return std::move(claimed.events);
  }
}

void inbox_sweep::begin_again() {
  const auto now = clock::now();
  if (now - last_moved_ >= commits_take) {
    old_end_ = std::exchange(recent_end_, last_end_);
    last_moved_ = now;
  }
  request_.after_seq = old_end_;
  if (now - last_whole_ >= between_whole_sweeps) {
    last_whole_ = now;
    request_.after_seq = 0;
  }
}

}  // namespace nava
