// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <nava/engine/event.hpp>
#include <nava/engine/refusal.hpp>
#include <nava/persistence/inbox.hpp>
#include <vector>

namespace nava {

/// When an event of the inbox is tried again, and when no more.
struct delivery_policy {
  std::int64_t attempts_max = 10;
  std::chrono::milliseconds backoff{1'000};
  std::chrono::milliseconds backoff_max{60'000};
};

/// An event that no workflow here takes, and perhaps one of another release does.
class handled_elsewhere : public engine::unknown_revision {
 public:
  using unknown_revision::unknown_revision;
};

/// Puts claimed events into the order of their delivery: by seq, but EARLY ones right before the
/// first later event of their name and resource. What comes between may be what they wait for.
void put_in_order(std::vector<schema::workflow_inbox>& claimed);

/// The event in a row of the inbox. One without a key has the row as key: it is delivered again
/// where its end was not stored.
[[nodiscard]] engine::event event_in(const schema::workflow_inbox& row);
/// The row for an event. Throws error (invalid_input) for one that no runtime would take.
[[nodiscard]] schema::workflow_inbox inbox_row(const engine::event& happened);

}  // namespace nava
