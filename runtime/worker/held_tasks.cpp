// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/held_tasks.hpp"

#include <algorithm>
#include <utility>

#include "runtime/worker/task_result.hpp"

namespace nava {
namespace {

using namespace std::chrono_literals;
using persistence::lease_loss;
using persistence::settlement;

// Of results, in one settlement. A row more may follow.
constexpr std::size_t batch_bytes_max = 4 * task_result_bytes_max;

std::size_t bytes_of(const settlement& ended) {
  return (ended.output ? json::serialize(*ended.output).size() : 0) +
         (ended.error ? ended.error->size() : 0);
}

// How many that wait are looked at for a workflow that is not busy, and how often one is passed
// over: by short tasks soon, by long ones never for long.
constexpr std::ptrdiff_t looked_at_max = 100;
constexpr int passed_over_max = 100;

bool is_own(const held_task& task) { return task.name().starts_with(engine::runtime_prefix); }

}  // namespace

void held_tasks::hold(const held_pointer& task) {
  if (held_.insert(task).second && is_own(*task)) ++own_held_;
}

void held_tasks::let_go(const held_pointer& task) {
  stopped_running(task);
  if (held_.erase(task) > 0 && is_own(*task)) --own_held_;
}

// Where the worker ends, or might be over.
void held_tasks::wake_all() {
  for (auto* each : {&has_room_, &to_run_, &to_settle_, &to_renew_, &holds_nothing_})
    each->notify_all();
}

void held_tasks::stopped_running(const held_pointer& task) {
  if (running_.erase(task) > 0) busy_.erase(busy_.find(task->workflow_id()));
}

// The ends of these tasks are decisions, of which a workflow takes one after the other. So the
// first goes whose workflow no other thread is busy with.
held_pointer held_tasks::take_first(std::deque<held_pointer>& of) {
  const auto looked_at =
      of.begin() + std::min(looked_at_max, static_cast<std::ptrdiff_t>(of.size()));
  const auto may_go = [&](const held_pointer& each) {
    return !each->ends_in_decision() || !busy_.contains(each->workflow_id()) ||
           each->passed_over() >= passed_over_max;
  };
  auto first = std::find_if(of.begin(), looked_at, may_go);
  if (first == looked_at) first = of.begin();
  for (auto passed = of.begin(); passed != first; ++passed) (*passed)->pass_over();
  held_pointer task = std::move(*first);
  of.erase(first);
  if (task->ends_in_decision()) {
    running_.insert(task);
    busy_.insert(task->workflow_id());
  }
  return task;
}

held_tasks::room held_tasks::await_room(std::chrono::milliseconds patience) {
  std::unique_lock lock{mutex_};
  room found;
  const auto find = [&](kind of) {
    const std::size_t held = of == kind::own ? own_held_ : held_.size() - own_held_;
    found = {tasks_max_ - std::min(tasks_max_, held), of};
    return stopping_ || found.tasks > 0;
  };
  if (!has_room_.wait_for(lock, patience, [&] { return find(kind::any); }))
    has_room_.wait(lock, [&] { return find(kind::any) || find(kind::own); });
  is_claiming_ = !stopping_;
  return stopping_ ? room{} : found;
}

void held_tasks::take(std::span<const held_pointer> claimed,
                      std::span<const std::optional<std::chrono::milliseconds>> delays) {
  const std::lock_guard lock{mutex_};
  is_claiming_ = false;
  for (std::size_t i = 0; i < claimed.size(); ++i) {
    hold(claimed[i]);
    if (delays[i] || stopping_)
      end(claimed[i], given_back(*claimed[i], delays[i].value_or(0ms)));
    else if (is_own(*claimed[i]))
      waiting_own_.push_back(claimed[i]);
    else
      waiting_.push_back(claimed[i]);
  }
  to_run_.notify_all();
  if (!ended_.empty()) to_settle_.notify_all();
  if (stopping_) wake_all();
}

held_pointer held_tasks::next_to_run(kind which) {
  std::unique_lock lock{mutex_};
  const auto first = [&]() -> std::deque<held_pointer>* {
    if (!waiting_own_.empty()) return &waiting_own_;
    return which == kind::any && !waiting_.empty() ? &waiting_ : nullptr;
  };
  to_run_.wait(lock, [&] { return stopping_ || first() != nullptr; });
  std::deque<held_pointer>* const from = first();
  if (from == nullptr) return nullptr;
  held_pointer task = take_first(*from);
  task->begin();
  if (task->time_is_over() < next_look_at_leases_) to_renew_.notify_all();
  return task;
}

// Under the lock. A task is settled once, whatever comes later.
void held_tasks::end(const held_pointer& task, settlement how) {
  if (task->end()) ended_.push_back({task, std::move(how)});
}

void held_tasks::hand_over(const held_pointer& task, settlement how) {
  const std::lock_guard lock{mutex_};
  stopped_running(task);
  if (!task->is_dropped()) end(task, std::move(how));
  to_settle_.notify_all();
}

void held_tasks::forget(std::span<const held_pointer> tasks) {
  const std::lock_guard lock{mutex_};
  for (const held_pointer& each : tasks) let_go(each);
  has_room_.notify_all();
  if (stopping_) wake_all();
}

std::vector<ended_task> held_tasks::next_to_settle() {
  std::unique_lock lock{mutex_};
  to_settle_.wait(lock, [this] { return !ended_.empty() || is_over(); });
  std::vector<ended_task> batch;
  if (abandoned_) return batch;
  std::size_t size = 0;
  while (!ended_.empty() && batch.size() < persistence::tasks_at_once_max &&
         size < batch_bytes_max) {
    size += bytes_of(ended_.front().how);
    batch.push_back(std::move(ended_.front()));
    ended_.pop_front();
  }
  return batch;
}

void held_tasks::put_back(std::span<const ended_task> batch) {
  const std::lock_guard lock{mutex_};
  ended_.insert(ended_.end(), batch.begin(), batch.end());
  to_settle_.notify_all();
}

std::vector<held_pointer> held_tasks::next_to_renew() {
  std::unique_lock lock{mutex_};
  while (!is_over()) {
    std::vector<held_pointer> due, late;
    const auto now = held_task::clock::now();
    auto next = now + lease_ / 3;
    for (const held_pointer& each : held_) {
      if (each->is_dropped() && !each->is_ended()) continue;
      const bool is_late = each->time_is_over() <= now;
      if (is_late && !each->stop_token().stop_requested()) late.push_back(each);
      if (is_late) continue;
      const auto at = each->renewed() + lease_ / 3;
      if (at <= now && due.size() < persistence::tasks_at_once_max)
        due.push_back(each);
      else
        next = std::min({next, at, each->time_is_over()});
    }
    if (!late.empty()) {
      lock.unlock();
      for (const held_pointer& each : late) each->request_stop();
      lock.lock();
    }
    if (!due.empty()) return due;
    // Meanwhile others may have begun, or the worker may be over.
    if (!late.empty()) continue;
    next_look_at_leases_ = std::max(next, now + 1ms);
    to_renew_.wait_until(lock, next_look_at_leases_);
  }
  return {};
}

void held_tasks::note_renewed(std::span<const held_pointer> renewed, const lease_losses& lost,
                              held_task::clock::time_point at) {
  std::vector<held_pointer> gone;
  {
    const std::lock_guard lock{mutex_};
    for (std::size_t i = 0; i < renewed.size(); ++i) {
      const held_pointer& each = renewed[i];
      // What is locked is tried again in a tenth of the lease.
      each->set_renewed(lost[i] == lease_loss::locked ? at - lease_ / 3 + lease_ / 10 : at);
      // What has ended may have been settled meanwhile; its settlement tells.
      if (!lost[i] || lost[i] == lease_loss::locked || each->is_ended()) continue;
      each->drop();
      std::erase(waiting_, each);
      std::erase(waiting_own_, each);
      let_go(each);
      gone.push_back(each);
    }
    has_room_.notify_all();
    if (stopping_) wake_all();
  }
  for (const held_pointer& each : gone) each->request_stop();
}

void held_tasks::stop() {
  const std::lock_guard lock{mutex_};
  stopping_ = true;
  for (auto* waiting : {&waiting_, &waiting_own_})
    for (const held_pointer& each : std::exchange(*waiting, {})) end(each, given_back(*each));
  wake_all();
}

bool held_tasks::await_nothing_held(deadline limit) {
  std::unique_lock lock{mutex_};
  return holds_nothing_.wait_until(lock, limit.at(), [this] { return is_empty(); });
}

void held_tasks::drop_running() {
  std::vector<held_pointer> dropped;
  {
    const std::lock_guard lock{mutex_};
    for (const held_pointer& each : held_)
      if (!each->is_ended() && !each->is_dropped()) {
        each->drop();
        end(each, given_back(*each));
        dropped.push_back(each);
      }
    wake_all();
  }
  for (const held_pointer& each : dropped) each->request_stop();
}

void held_tasks::abandon() {
  const std::lock_guard lock{mutex_};
  abandoned_ = true;
  wake_all();
}

}  // namespace nava
