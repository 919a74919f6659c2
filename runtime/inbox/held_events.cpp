// SPDX-License-Identifier: Apache-2.0
#include "runtime/inbox/held_events.hpp"

#include <algorithm>
#include <utility>

namespace nava {
namespace {

resource resource_of(const schema::workflow_inbox& event) {
  return {event.resource_name, event.resource_id};
}

}  // namespace

persistence::inbox_settlement given_back(const schema::workflow_inbox& event) {
  using enum persistence::inbox_settlement::result;
  // Not at once: it is looked at again, and with it all that come before it.
  constexpr std::chrono::milliseconds moment{1'000};
  const bool was_early = event.status == schema::inbox_status::early;
  return {.seq = event.seq,
          .fence = event.lease_fence,
          .ends_as = was_early ? early : again,
          .attempt = event.attempt - 1,
          .error = event.error,
          .delay = was_early ? moment : std::chrono::milliseconds{0}};
}

bool have_one_subject(const schema::workflow_inbox& one, const schema::workflow_inbox& other) {
  return one.event_name == other.event_name && one.selector == other.selector;
}

persistence::inbox_settlement kept_behind(const schema::workflow_inbox& event,
                                          const persistence::inbox_settlement& earlier) {
  return {.seq = event.seq,
          .fence = event.lease_fence,
          .ends_as = persistence::inbox_settlement::result::early,
          .attempt = event.attempt - 1,
          .error = earlier.error,
          .delay = earlier.delay};
}

std::size_t held_events::await_room() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return stopping_ || held_ <= events_max_ / 2; });
  is_claiming_ = !stopping_;
  return stopping_ ? 0 : events_max_ - held_;
}

void held_events::take(std::vector<schema::workflow_inbox> claimed,
                       std::chrono::steady_clock::time_point at,
                       const std::set<std::int64_t>& behind_early) {
  const std::lock_guard lock{mutex_};
  is_claiming_ = false;
  held_ += claimed.size();
  for (schema::workflow_inbox& each : claimed) {
    if (stopping_) {
      ended_.push_back(given_back(each));
      continue;
    }
    const resource about = resource_of(each);
    const auto [place, is_new] = waiting_.try_emplace(about);
    if (is_new) free_.push_back(about);
    const bool is_behind = behind_early.contains(each.seq);
    place->second.push_back({std::move(each), at, is_behind});
  }
  changed_.notify_all();
}

std::optional<held_event> held_events::next_to_deliver() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return stopping_ || !free_.empty(); });
  if (stopping_) return std::nullopt;
  auto& waiting = waiting_.at(free_.front());
  free_.pop_front();
  held_event next = std::move(waiting.front());
  waiting.pop_front();
  return next;
}

void held_events::give_back(std::deque<held_event>& waiting) {
  for (const held_event& each : std::exchange(waiting, {})) ended_.push_back(given_back(each.row));
}

void held_events::keep_behind(const held_event& early, const settlement& how,
                              std::deque<held_event>& waiting) {
  std::erase_if(waiting, [&](const held_event& each) {
    if (each.row.unreadable || !have_one_subject(early.row, each.row)) return false;
    ended_.push_back(kept_behind(each.row, how));
    return true;
  });
}

void held_events::hand_over(const held_event& delivered, settlement how) {
  const std::lock_guard lock{mutex_};
  const auto place = waiting_.find(resource_of(delivered.row));
  if (stopping_ || how.ends_as == settlement::result::again)
    give_back(place->second);
  else if (how.ends_as == settlement::result::early)
    keep_behind(delivered, how, place->second);
  ended_.push_back(std::move(how));
  if (place->second.empty())
    waiting_.erase(place);
  else
    free_.push_back(place->first);
  changed_.notify_all();
}

std::vector<held_events::settlement> held_events::next_to_settle() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] {
    return abandoned_ || !ended_.empty() || (stopping_ && held_ == 0 && !is_claiming_);
  });
  if (abandoned_) return {};
  const auto count = static_cast<std::ptrdiff_t>(
      std::min<std::size_t>(ended_.size(), persistence::inbox_events_max));
  std::vector<settlement> batch{std::make_move_iterator(ended_.begin()),
                                std::make_move_iterator(ended_.begin() + count)};
  ended_.erase(ended_.begin(), ended_.begin() + count);
  return batch;
}

void held_events::forget(std::size_t settled) {
  const std::lock_guard lock{mutex_};
  held_ -= settled;
  changed_.notify_all();
}

void held_events::put_back(std::vector<settlement> again) {
  const std::lock_guard lock{mutex_};
  ended_.insert(ended_.end(), std::make_move_iterator(again.begin()),
                std::make_move_iterator(again.end()));
}

void held_events::stop() {
  const std::lock_guard lock{mutex_};
  stopping_ = true;
  for (auto& [about, waiting] : waiting_) give_back(waiting);
  for (const resource& each : std::exchange(free_, {})) waiting_.erase(each);
  changed_.notify_all();
}

bool held_events::await_nothing_held(deadline limit) {
  std::unique_lock lock{mutex_};
  return changed_.wait_until(lock, limit.at(), [this] { return held_ == 0 && !is_claiming_; });
}

void held_events::abandon() {
  const std::lock_guard lock{mutex_};
  abandoned_ = stopping_ = true;
  changed_.notify_all();
}

}  // namespace nava
