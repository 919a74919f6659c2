// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <nava/persistence/inbox.hpp>
#include <nava/workflow/resource.hpp>
#include <set>
#include <vector>

namespace nava {

struct held_event {
  schema::workflow_inbox row;
  std::chrono::steady_clock::time_point claimed{};
  bool is_behind_early = false;  ///< early ones that the claim did not bring come before it
};

/// The events that a drainer holds, from their claim until their end is stored. Of one resource one
/// is delivered at a time. Thread-safe; never asks the database.
class held_events {
 public:
  using settlement = persistence::inbox_settlement;

  explicit held_events(std::size_t events_max) : events_max_(events_max) {}

  /// Waits until half of the places are free. Returns how many are; 0 when the drainer stops.
  [[nodiscard]] std::size_t await_room();
  /// `at`: when their claim began.
  void take(std::vector<schema::workflow_inbox> claimed, std::chrono::steady_clock::time_point at,
            const std::set<std::int64_t>& behind_early = {});

  /// Waits for an event, whose delivery begins; none when the drainer stops.
  [[nodiscard]] std::optional<held_event> next_to_deliver();
  /// The delivery is over. Where it is to be made again, those behind it are given back. What came
  /// too early keeps later ones of its subject with it: they must not overtake it.
  void hand_over(const held_event& delivered, settlement how);

  /// Waits for deliveries whose end is to be stored; none when the drainer is over.
  [[nodiscard]] std::vector<settlement> next_to_settle();
  /// They are stored, or left to their leases.
  void forget(std::size_t settled);
  void put_back(std::vector<settlement> again);

  /// Nothing is claimed or begun any more; what waits is given back.
  void stop();
  [[nodiscard]] bool await_nothing_held(deadline limit);
  /// Leaves what is held to its leases: every wait ends.
  void abandon();

 private:
  void give_back(std::deque<held_event>& waiting);
  void keep_behind(const held_event& early, const settlement& how, std::deque<held_event>& waiting);

  const std::size_t events_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool abandoned_ = false;
  bool is_claiming_ = false;  ///< leases may come
  std::size_t held_ = 0;
  std::map<resource, std::deque<held_event>>
      waiting_;                ///< also of resources of which one is delivered
  std::deque<resource> free_;  ///< those of which none is
  std::vector<settlement> ended_;
};

/// Returns how an event is settled that was not tried.
[[nodiscard]] persistence::inbox_settlement given_back(const schema::workflow_inbox& event);

/// Whether whoever waits for one of two events of one resource waits for the other too.
[[nodiscard]] bool have_one_subject(const schema::workflow_inbox& one,
                                    const schema::workflow_inbox& other);

/// Returns how an event is settled of which an earlier one, of its subject, came too early.
[[nodiscard]] persistence::inbox_settlement kept_behind(
    const schema::workflow_inbox& event, const persistence::inbox_settlement& earlier);

}  // namespace nava
