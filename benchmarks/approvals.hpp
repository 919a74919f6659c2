// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/runtime/runtime.hpp>
#include <vector>

/// The workflow whose events are measured end to end.
namespace nava::benchmarks {

inline constexpr std::size_t approval_steps = 10;  // in four stages

/// Starting one adds its steps, three participants and a task.
[[nodiscard]] engine::definition approval();

struct approval_options {
  std::size_t cached = 0;  ///< workflows that the runtime keeps in memory
  bool chained = false;    ///< by a hash chain
  persistence::tombstone_policy tombstones{};
  std::shared_ptr<persistence::key_ring> keys{};  ///< none: payloads are not sealed
};

/// A key ring in a file of its own, which goes with it.
[[nodiscard]] std::shared_ptr<persistence::key_ring> ring_in_file();

/// A runtime of this definition on the tables of a run.
[[nodiscard]] nava::runtime approval_runtime(const persistence::database_url& url,
                                             const approval_options& options = {});

/// The resource of the approval with this number.
[[nodiscard]] nava::resource approval_of(std::int64_t number);

/// Starts one and returns its id; throws std::runtime_error unless it was new.
uuid start_approval(nava::runtime& runtime, std::int64_t number);

/// The `ordinal`-th event for workflow `id`, which is about `about`: three actions on one of its
/// steps. No event adds or finishes a step, so the next event costs the same.
[[nodiscard]] engine::event answer(const nava::resource& about, const uuid& id,
                                   std::int64_t ordinal);

/// Throws std::runtime_error unless the event was applied to one workflow.
void deliver(nava::runtime& runtime, const engine::event& happened);

/// Approvals that a runtime has started, and the events that they get in turn.
class approvals {
 public:
  /// `first` makes their resources differ from those of others.
  approvals(nava::runtime& runtime, std::int64_t first, std::int64_t workflows);

  [[nodiscard]] engine::event next();
  /// The place of the workflow that the last event was for.
  [[nodiscard]] std::size_t place() const { return (next_ - 1) % ids_.size(); }
  [[nodiscard]] const std::vector<uuid>& ids() const { return ids_; }

 private:
  std::int64_t first_;
  std::vector<uuid> ids_;
  std::size_t next_ = 0;
};

}  // namespace nava::benchmarks
