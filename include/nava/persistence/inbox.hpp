// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <nava/export.hpp>
#include <nava/schema/workflow_rows.hpp>
#include <nava/workflow/deadline.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

/// The events that applications have stored in `workflow_inbox`, until they are delivered. An
/// inbox_drainer delivers them; the rest is for people.
namespace nava::persistence {

/// The most events of one claim, settlement or page.
inline constexpr std::size_t inbox_events_max = 1'000;

/// Which events a claim leases, for whom and for how long. A value out of its range makes the claim
/// throw error (invalid_input).
struct inbox_claim {
  /// Look at events after this one only. Those before it still hold up later ones of their
  /// resources.
  std::int64_t after_seq = 0;
  std::size_t events_max = 1;              ///< 1 to inbox_events_max
  std::chrono::milliseconds lease{};       ///< how long the events are the owner's; up to 24 h
  std::string owner;                       ///< for people: who delivers the events
  std::vector<std::string> event_names{};  ///< leave others alone; empty: take all
};

/// What claim_events() has leased, and how far it has looked.
struct claimed_events {
  std::vector<schema::workflow_inbox> events;  ///< by seq, the lease in it
  /// The seqs of those that EARLY ones of their name and resource come before: claim_earlier().
  std::set<std::int64_t> behind_early;
  ///@{
  /// The first and the last READY event that were looked at; both inbox_claim::after_seq where
  /// there is none, or where no event at all is to be had.
  std::int64_t seen_from = 0, seen_to = 0;
  ///@}
  bool are_more = false;  ///< there are later events: claim again from seen_to
};

/// What claim_earlier() has leased.
struct earlier_events {
  std::vector<schema::workflow_inbox> events;  ///< by seq
  /// Others hold one of them, or it waits for another try: none was leased.
  bool are_held = false;
};

/// How a delivery ended.
struct inbox_settlement {
  /// What becomes of the event. `delivered` deletes its row; the others store `attempt`, `error`
  /// and `delay` in the row.
  enum class result {
    delivered,  ///< the event leaves the inbox
    again,      ///< READY, not before `delay`; later events of its resource wait for it
    early,      ///< EARLY, not before `delay`; nobody waits for it
    failed      ///< FAILED
  };
  std::int64_t seq = 0;                ///< that of the event
  std::int64_t fence = 0;              ///< that of the lease
  result ends_as{};                    ///< decides what is stored
  std::int64_t attempt = 0;            ///< deliveries that count; one less where this one shall not
  std::optional<std::string> error{};  ///< why it was not delivered; none: clears the stored one
  std::chrono::milliseconds delay{0};  ///< from now until the event is due; 0 to 366 days
};

/// Which page of the inbox list_events() returns.
struct inbox_list {
  std::optional<schema::inbox_status> status{};  ///< none: any
  std::int64_t after_seq = 0;                    ///< the last of the page before
  std::size_t limit = 100;                       ///< more than inbox_events_max counts as that
};

/// The seam between delivering events and keeping them. Instants are those of the database's clock;
/// on SQLite, of the store's. Thread-safe. Each call is bounded as those of `store`, and throws
/// error as they do.
class NAVA_EXPORT event_inbox {
 public:
  virtual ~event_inbox() = default;

  /// Stores an event, in a transaction of its own, and returns its seq. Takes the columns that are
  /// an application's. Throws error (invalid_input) for what no event can have.
  virtual std::int64_t store_event(const schema::workflow_inbox& event, deadline limit = {}) = 0;

  /// Leases READY events that are due, the oldest first: of a resource the first, and some that
  /// follow it. Nobody gets an event as long as an earlier READY one of its resource and of
  /// `event_names` is not due, or an earlier one is leased. EARLY events that are due come too. One
  /// that cannot be read says so, in workflow_inbox::unreadable. Any number of drainers may claim
  /// at once.
  virtual claimed_events claim_events(const inbox_claim& request, deadline limit = {}) = 0;

  /// Leases the EARLY events before `than`, of its name and resource, due or not: those after
  /// `request.after_seq`, the oldest first. All that it finds, or none: while others hold one of
  /// them, or one waits for another try, `than` must wait.
  virtual earlier_events claim_earlier(const schema::workflow_inbox& than,
                                       const inbox_claim& request, deadline limit = {}) = 0;

  /// Stores how deliveries ended, and ends their leases. Returns how many; what somebody else has
  /// claimed meanwhile is left as it is.
  virtual std::size_t settle_events(std::span<const inbox_settlement> ended,
                                    deadline limit = {}) = 0;

  /// Returns a page of events, by seq.
  [[nodiscard]] virtual std::vector<schema::workflow_inbox> list_events(const inbox_list& request,
                                                                        deadline limit = {}) = 0;

  /// Makes FAILED and EARLY events READY, as if they had not been tried. Returns how many. An event
  /// that others have overtaken stays behind them.
  virtual std::size_t retry_events(std::span<const std::int64_t> seqs, deadline limit = {}) = 0;

  /// Deletes events that nobody has leased, READY ones too. Returns how many.
  virtual std::size_t discard_events(std::span<const std::int64_t> seqs, deadline limit = {}) = 0;
};

}  // namespace nava::persistence
