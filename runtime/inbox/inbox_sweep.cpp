// SPDX-License-Identifier: Apache-2.0
#include "runtime/inbox/inbox_sweep.hpp"

#include <algorithm>
#include <utility>

namespace nava {
namespace {

// A number is given before its commit, and seen after it, and somebody may retry an old event: so
// sweeps begin at the front again and again.
constexpr std::chrono::seconds between_whole_sweeps{2};

}  // namespace

persistence::claimed_events inbox_sweep::claim(std::size_t events_max) {
  request_.events_max = std::min(events_max, persistence::inbox_events_max);
  auto claimed = inbox_.claim_events(request_);
  if (std::exchange(is_first_window_, false))
    begin_ = claimed.seen_from > request_.after_seq ? claimed.seen_from - 1 : request_.after_seq;
  has_more_ = claimed.are_more;
  // Where there was plenty there may be more: what is older goes first.
  const bool is_rich = claimed.events.size() > events_max / 2;
  if (claimed.are_more && !is_rich)
    request_.after_seq = claimed.seen_to;
  else
    begin_again();
  return claimed;
}

void inbox_sweep::begin_again() {
  const auto now = clock::now();
  const bool is_whole = now - last_whole_ >= between_whole_sweeps;
  if (is_whole) last_whole_ = now;
  request_.after_seq = is_whole ? 0 : begin_;
  is_first_window_ = true;
}

}  // namespace nava
