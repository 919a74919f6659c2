// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <mutex>
#include <nava/runtime/worker.hpp>
#include <utility>

namespace nava {

/// A task whose lease this worker holds, from its claim until its end is stored. What its handler
/// uses is thread-safe; the rest belongs to the worker's lock.
class held_task final : public task_context {
 public:
  using clock = std::chrono::steady_clock;

  held_task(persistence::task_lease lease, const task_definition* definition)
      : lease_(std::move(lease)),
        input_(std::move(lease_.input)),
        definition_(definition),
        claimed_(clock::now()),
        renewed_(claimed_) {}

  [[nodiscard]] const uuid& id() const override { return lease_.task_id; }
  [[nodiscard]] const std::string& name() const override { return lease_.name; }
  [[nodiscard]] const engine::payload& input() const override { return input_; }
  [[nodiscard]] std::int64_t attempt() const override { return lease_.attempt; }
  [[nodiscard]] std::int64_t attempts_max() const override { return lease_.attempts_max; }
  [[nodiscard]] const uuid& workflow_id() const override { return lease_.workflow_id; }
  [[nodiscard]] const resource& about() const override { return lease_.about; }
  [[nodiscard]] const std::optional<uuid>& step_id() const override { return lease_.step_id; }
  [[nodiscard]] deadline limit() const override { return limit_; }
  [[nodiscard]] std::stop_token stop_token() const override { return stop_.get_token(); }
  [[nodiscard]] const std::optional<json::object>& progress() const override {
    return lease_.progress;
  }
  void report(json::object progress) override;

  [[nodiscard]] std::optional<json::object> take_progress();
  /// For the next renewal, where this one failed.
  void put_back(std::optional<json::object> progress);

  [[nodiscard]] const persistence::task_lease& lease() const { return lease_; }
  /// Null where this worker has no handler for tasks of this name.
  [[nodiscard]] const task_definition* definition() const { return definition_; }
  /// Whether its end is a decision, as the claimer found.
  [[nodiscard]] bool ends_in_decision() const { return ends_in_decision_; }
  void set_ends_in_decision(bool whether) { ends_in_decision_ = whether; }
  /// How often others that came later have gone before it.
  [[nodiscard]] int passed_over() const { return passed_over_; }
  void pass_over() { ++passed_over_; }
  /// Whether `ts_expire` has passed, by the database's clock at the claim.
  [[nodiscard]] bool has_expired() const {
    return lease_.ts_expire && *lease_.ts_expire <= lease_.ts_start + (clock::now() - claimed_);
  }

  /// The lease is not to be kept any more. What the handler returns is dropped.
  void drop() { is_dropped_ = true; }
  [[nodiscard]] bool is_dropped() const { return is_dropped_; }
  /// Outside of the worker's lock: an application may have something called then.
  void request_stop() { stop_.request_stop(); }

  /// Notes that the task has ended. Returns whether it had not.
  [[nodiscard]] bool end() { return !std::exchange(is_ended_, true); }
  [[nodiscard]] bool is_ended() const { return is_ended_; }

  void begin();
  [[nodiscard]] bool runs() const { return is_begun_ && !is_ended_; }
  /// Never while it does not run.
  [[nodiscard]] clock::time_point time_is_over() const {
    return runs() ? limit_.at() : clock::time_point::max();
  }

  [[nodiscard]] clock::time_point renewed() const { return renewed_; }
  void set_renewed(clock::time_point at) { renewed_ = at; }

 private:
  persistence::task_lease lease_;
  engine::payload input_;
  const task_definition* definition_;
  const clock::time_point claimed_;
  std::stop_source stop_;
  std::atomic<bool> is_dropped_ = false;
  std::mutex mutex_;
  std::optional<json::object> progress_;
  bool ends_in_decision_ = false;
  int passed_over_ = 0;
  bool is_begun_ = false;
  bool is_ended_ = false;
  deadline limit_ = deadline::never();
  clock::time_point renewed_;
};

}  // namespace nava
