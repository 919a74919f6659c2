// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <mutex>
#include <nava/runtime/worker.hpp>
#include <utility>

namespace nava {

/// A task whose lease this worker holds, from its claim until its end is stored. What its handler
/// uses is thread-safe; the rest belongs to the worker's lock.
class held_task : public task_context {
 public:
  using clock = std::chrono::steady_clock;

  held_task(persistence::task_lease lease, const task_definition* definition)
      : lease_(std::move(lease)),
        input_(std::move(lease_.input)),
        definition_(definition),
        renewed_(clock::now()) {}

  [[nodiscard]] const uuid& id() const override { return lease_.task_id; }
  [[nodiscard]] const std::string& name() const override { return lease_.name; }
  [[nodiscard]] const engine::payload& input() const override { return input_; }
  [[nodiscard]] std::int64_t attempt() const override { return lease_.attempt; }
  [[nodiscard]] std::int64_t attempts_max() const override { return lease_.attempts_max; }
  [[nodiscard]] const uuid& workflow_id() const override { return lease_.workflow_id; }
  [[nodiscard]] const resource& about() const override { return lease_.about; }
  [[nodiscard]] const std::optional<uuid>& step_id() const override { return lease_.step_id; }
  [[nodiscard]] std::stop_token stop_token() const override { return stop_.get_token(); }
  void report(json::object progress) override {
    const std::lock_guard lock{mutex_};
    progress_ = std::move(progress);
  }

  [[nodiscard]] std::optional<json::object> take_progress() {
    const std::lock_guard lock{mutex_};
    return std::exchange(progress_, std::nullopt);
  }

  [[nodiscard]] const persistence::task_lease& lease() const { return lease_; }
  /// Null where this worker has no handler for tasks of this name.
  [[nodiscard]] const task_definition* definition() const { return definition_; }

  /// The lease is gone: the handler is asked to stop, and what it returns is dropped.
  void drop() {
    dropped_ = true;
    stop_.request_stop();
  }
  [[nodiscard]] bool is_dropped() const { return dropped_; }
  void request_stop() { stop_.request_stop(); }

  /// That it is to be settled, once; false where it was already.
  [[nodiscard]] bool end() { return !std::exchange(is_ended_, true); }
  [[nodiscard]] bool is_ended() const { return is_ended_; }

  void begin() { began_ = clock::now(); }
  [[nodiscard]] bool has_begun() const { return began_.has_value(); }
  [[nodiscard]] bool is_over_time() const {
    return began_ && definition_ != nullptr && definition_->policy.time_limit.count() > 0 &&
           clock::now() - *began_ >= definition_->policy.time_limit;
  }

  [[nodiscard]] clock::time_point renewed() const { return renewed_; }
  void set_renewed(clock::time_point at) { renewed_ = at; }

 private:
  persistence::task_lease lease_;
  engine::payload input_;
  const task_definition* definition_;
  std::stop_source stop_;
  std::atomic<bool> dropped_ = false;
  std::mutex mutex_;
  std::optional<json::object> progress_;
  bool is_ended_ = false;
  std::optional<clock::time_point> began_;
  clock::time_point renewed_;
};

}  // namespace nava
