// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <nava/runtime/worker.hpp>
#include <nava/schema/text.hpp>
#include <set>
#include <thread>

#include "persistence/log.hpp"
#include "runtime/backoff.hpp"
#include "runtime/worker/held_task.hpp"
#include "runtime/worker/task_claimer.hpp"
#include "runtime/worker/task_result.hpp"
#include "runtime/worker/task_signal.hpp"
#include "runtime/worker/worker_setup.hpp"

namespace nava {
namespace {

using namespace std::chrono_literals;
using persistence::lease_loss;
using persistence::settlement;
using held_pointer = std::shared_ptr<held_task>;
using losses = std::vector<std::optional<lease_loss>>;

// What stop() keeps of its time to give back what has not ended.
constexpr std::chrono::milliseconds time_to_give_back{1'000};
// For a task that another worker may be able to run, or that of a workflow that is paused.
constexpr std::chrono::milliseconds put_off{60'000};
// Of results, in one settlement. A row more may follow.
constexpr std::size_t batch_bytes_max = 4 * task_result_bytes_max;

bool may_retry(const std::exception& failure) {
  const auto* ours = dynamic_cast<const exception*>(&failure);
  return ours != nullptr && ours->may_retry();
}

std::size_t bytes_of(const settlement& ended) {
  return (ended.output ? json::serialize(*ended.output).size() : 0) +
         (ended.error ? ended.error->size() : 0);
}

}  // namespace

class worker::engine_room {
 public:
  engine_room(runtime& of, std::vector<task_definition> tasks, worker_options options)
      : runtime_(of),
        log_(persistence::logger_or_default(of.options_.store.logger)),
        tasks_(by_name(std::move(tasks))),
        options_(completed(std::move(options), tasks_)) {
    try {
      threads_.emplace_back([this] { claim_tasks(); });
      threads_.emplace_back([this] { settle_tasks(); });
      threads_.emplace_back([this] { keep_leases(); });
      for (std::size_t i = 0; i < options_.threads; ++i)
        threads_.emplace_back([this] { run_tasks(); });
    } catch (...) {
      end();
      throw;
    }
  }

  ~engine_room() { end(); }

  bool stop(deadline limit) {
    limit = limit.value_or(deadline::in(options_.stop_timeout));
    const auto left = limit.remaining(std::chrono::hours{24});
    const auto drained =
        limit.is_never() ? limit : deadline::in(left - std::min(left / 2, time_to_give_back));
    std::unique_lock lock{mutex_};
    stopping_ = true;
    for (const held_pointer& each : std::exchange(waiting_, {})) end(each, given_back(*each));
    wake_all();
    const auto is_done = [this] { return holds_nothing(); };
    if (changed_.wait_until(lock, drained.at(), is_done)) return true;
    const auto stopped = drop_running();
    lock.unlock();
    for (const held_pointer& each : stopped) each->request_stop();
    lock.lock();
    changed_.wait_until(lock, limit.at(), is_done);
    return false;
  }

 private:
  struct ended_task {
    held_pointer task;
    settlement how;
  };

  // After it no thread runs. Leases that could not be given back end by themselves.
  void end() {
    (void)stop({});
    {
      const std::lock_guard lock{mutex_};
      abandoned_ = true;
      wake_all();
    }
    for (std::thread& each : threads_) each.join();
  }

  [[nodiscard]] bool holds_nothing() const { return held_.empty() && !is_claiming_; }
  [[nodiscard]] bool is_over() const { return abandoned_ || (stopping_ && holds_nothing()); }

  void wake_all() {
    changed_.notify_all();
    runtime_.tasks_stored_->raise();
  }

  // Under the lock. A handler that comes back later finds its task dropped.
  std::vector<held_pointer> drop_running() {
    std::vector<held_pointer> dropped;
    for (const held_pointer& each : held_)
      if (!each->is_ended() && !each->is_dropped()) {
        each->drop();
        end(each, given_back(*each));
        dropped.push_back(each);
      }
    changed_.notify_all();
    return dropped;
  }

  // Under the lock. A task is settled once, whatever comes later.
  void end(const held_pointer& task, settlement how) {
    if (task->end()) ended_.push_back({task, std::move(how)});
  }

  // Tells of what failed, and waits, so that a database that is away is not asked without pause.
  void tell(std::string_view what, int tries, const std::exception& failure) {
    log_->log(tries == 1 ? spdlog::level::warn : spdlog::level::debug,
              "worker {}: {} failed and is tried again: {}", options_.name, what, failure.what());
    back_off(tries, deadline::in(1s));
  }

  void claim_tasks() {
    persistence::claim_request request;
    request.lease = options_.lease;
    request.owner = options_.name;
    request.priority_step = options_.priority_step;
    task_claimer claimer{runtime_.store(), options_.queues, std::move(request)};
    int tries = 0;
    while (true) {
      const std::uint64_t seen = runtime_.tasks_stored_->raised();
      const std::size_t places = await_places();
      if (places == 0) return;
      std::vector<persistence::task_lease> claimed;
      auto wait = options_.poll;
      try {
        claimed = claimer.claim(places);
        if (claimed.empty()) wait = claimer.until_next_due(wait);
        tries = 0;
      } catch (const std::exception& failure) {
        tell("claiming tasks", ++tries, failure);
        wait = 0ms;
      }
      const bool is_idle = claimed.empty();
      take(std::move(claimed));
      if (is_idle) runtime_.tasks_stored_->wait(seen, deadline::in(wait));
    }
  }

  // How many more tasks this worker may hold, which it is claiming from now on; 0 when it stops.
  std::size_t await_places() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return stopping_ || held_.size() < options_.tasks_max; });
    is_claiming_ = !stopping_;
    return stopping_ ? 0 : options_.tasks_max - held_.size();
  }

  void take(std::vector<persistence::task_lease> claimed) {
    const std::lock_guard lock{mutex_};
    is_claiming_ = false;
    for (persistence::task_lease& lease : claimed) {
      const auto known = tasks_.find(lease.name);
      const auto held = std::make_shared<held_task>(
          std::move(lease), known == tasks_.end() ? nullptr : &known->second);
      held_.insert(held);
      if (stopping_)
        end(held, given_back(*held));
      else if (may_run(*held))
        waiting_.push_back(held);
      else
        end(held, given_back(*held, put_off));
    }
    changed_.notify_all();
  }

  // Whether this worker can run the task, and end it.
  bool may_run(const held_task& task) {
    const auto& lease = task.lease();
    if (lease.is_paused) return false;
    std::string why;
    if (task.definition() == nullptr)
      why = fmt::format("its queue has a task '{}', for which it has no handler", lease.name);
    try {
      (void)runtime_.listens_to_task(lease.wfdef_key, lease.wfdef_rev, lease.name);
    } catch (const engine::unknown_revision& unknown) {
      why = unknown.what();
    }
    if (why.empty()) return true;
    if (told_.insert(why).second) log_->warn("worker {}: {}", options_.name, why);
    return false;
  }

  void run_tasks() {
    while (const held_pointer task = next_task()) {
      settlement ended = run_handler(*task);
      if (ended.ends_as != settlement::result::postponed && end_by_decision(*task, ended))
        forget(task);
      else
        hand_over(task, std::move(ended));
    }
  }

  held_pointer next_task() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return nullptr;
    held_pointer task = std::move(waiting_.front());
    waiting_.pop_front();
    task->begin();
    // Its time limit may be the next that the keeper of leases has to look at.
    changed_.notify_all();
    return task;
  }

  void hand_over(const held_pointer& task, settlement ended) {
    const std::lock_guard lock{mutex_};
    if (!task->is_dropped()) end(task, std::move(ended));
    changed_.notify_all();
  }

  void forget(const held_pointer& task) {
    const std::lock_guard lock{mutex_};
    held_.erase(task);
    changed_.notify_all();
  }

  // Whether the end of the task is stored, or never will be. Where it is not, the task is settled
  // as `ended` says, which may have changed.
  bool end_by_decision(held_task& task, settlement& ended) {
    const auto& lease = task.lease();
    for (int tries = 1; !task.is_dropped(); ++tries) {
      try {
        if (!runtime_.listens_to_task(lease.wfdef_key, lease.wfdef_rev, lease.name)) return false;
        const task_attempt by{lease.fence, options_.name, lease.ts_start};
        if (!runtime_.end_task(lease.workflow_id, end_of(task, ended), by, options_.lease))
          log_->info("worker {}: task '{}' {} was cancelled or taken over; its end is not stored",
                     options_.name, lease.name, schema::to_text(lease.task_id));
        return true;
      } catch (const engine::workflow_paused&) {
        ended = given_back(task, put_off);
        return false;
      } catch (const std::exception& failure) {
        log_->warn("worker {}: the end of task '{}' {}: {}", options_.name, lease.name,
                   schema::to_text(lease.task_id), failure.what());
        if (!may_retry(failure)) {
          ended = failed(task, failure.what(), true);
          return false;
        }
        back_off(tries, deadline::in(1s));
      } catch (...) {
        ended = failed(task, "its end threw what is not a std::exception", true);
        return false;
      }
    }
    return false;
  }

  static task_end end_of(const held_task& task, const settlement& ended) {
    task_end end;
    end.id = task.id();
    end.name = task.name();
    end.status = ended.ends_as == settlement::result::completed ? schema::task_status::completed
                                                                : schema::task_status::failed;
    if (ended.output) end.result = *ended.output;
    end.error = ended.error;
    end.attempt = task.attempt();
    return end;
  }

  void settle_tasks() {
    int tries = 0;
    while (true) {
      const std::vector<ended_task> batch = next_ended();
      if (batch.empty()) return;
      try {
        forget_settled(batch, settle(batch));
        tries = 0;
      } catch (const std::exception& failure) {
        if (may_retry(failure)) {
          tell("settling tasks", ++tries, failure);
          put_back(batch);
        } else {
          settle_each(batch);
        }
      }
    }
  }

  losses settle(std::span<const ended_task> batch) {
    std::vector<settlement> how;
    for (const ended_task& each : batch) how.push_back(each.how);
    return runtime_.store().settle(how);
  }

  // One of them cannot be stored, and must not hold up the others.
  void settle_each(const std::vector<ended_task>& batch) {
    for (ended_task each : batch) {
      for (int tries = 1; tries <= 2; ++tries) {
        try {
          forget_settled({each}, settle({&each, 1}));
          break;
        } catch (const std::exception& failure) {
          log_->warn("worker {}: the end of task '{}' {}: {}", options_.name, each.task->name(),
                     schema::to_text(each.task->id()), failure.what());
          each.how = failed(*each.task, failure.what(), true);
          if (tries == 2) forget(each.task);
        }
      }
    }
  }

  void put_back(const std::vector<ended_task>& batch) {
    const std::lock_guard lock{mutex_};
    ended_.insert(ended_.begin(), batch.begin(), batch.end());
  }

  // Empty when the worker is over.
  std::vector<ended_task> next_ended() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return !ended_.empty() || is_over(); });
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

  void forget_settled(const std::vector<ended_task>& batch, const losses& found) {
    bool are_locked = false, are_postponed = false;
    {
      const std::lock_guard lock{mutex_};
      for (std::size_t i = 0; i < batch.size(); ++i) {
        if (found[i] == lease_loss::locked) {
          are_locked = true;
          ended_.push_back(batch[i]);
          continue;
        }
        if (found[i] && *found[i] != lease_loss::settled)
          log_->info("worker {}: task '{}' {} was {}; its end is not stored", options_.name,
                     batch[i].task->name(), schema::to_text(batch[i].task->id()),
                     *found[i] == lease_loss::lost ? "taken over" : "cancelled");
        are_postponed |= batch[i].how.ends_as == settlement::result::postponed;
        held_.erase(batch[i].task);
      }
      changed_.notify_all();
    }
    // So that the claimer learns when they are due.
    if (are_postponed) runtime_.tasks_stored_->raise();
    if (are_locked) back_off(5, deadline::in(1s));
  }

  void keep_leases() {
    int tries = 0;
    while (true) {
      const std::vector<held_pointer> due = due_for_renewal();
      if (due.empty()) return;
      std::vector<persistence::renewal> leases;
      for (const held_pointer& each : due)
        leases.push_back(
            {each->workflow_id(), each->id(), each->lease().fence, each->take_progress()});
      const auto now = held_task::clock::now();
      try {
        note_renewed(due, runtime_.store().renew(leases, options_.lease), now);
        tries = 0;
      } catch (const std::exception& failure) {
        for (std::size_t i = 0; i < due.size(); ++i)
          due[i]->put_back(std::move(leases[i].progress));
        tell("renewing leases", ++tries, failure);
      }
    }
  }

  void note_renewed(const std::vector<held_pointer>& due, const losses& found,
                    held_task::clock::time_point now) {
    std::vector<held_pointer> lost;
    {
      const std::lock_guard lock{mutex_};
      for (std::size_t i = 0; i < due.size(); ++i) {
        // What is locked is tried again in a tenth of the lease.
        due[i]->set_renewed(
            found[i] == lease_loss::locked ? now - options_.lease / 3 + options_.lease / 10 : now);
        // What has ended may have been settled meanwhile; its settlement tells.
        if (!found[i] || found[i] == lease_loss::locked || due[i]->is_ended()) continue;
        due[i]->drop();
        std::erase(waiting_, due[i]);
        held_.erase(due[i]);
        lost.push_back(due[i]);
      }
      changed_.notify_all();
    }
    for (const held_pointer& each : lost) each->request_stop();
  }

  // Waits until leases want to be renewed; empty when the worker is over. Asks those to stop whose
  // time is over, and renews their leases no more.
  std::vector<held_pointer> due_for_renewal() {
    std::unique_lock lock{mutex_};
    while (!is_over()) {
      std::vector<held_pointer> due, late;
      const auto now = held_task::clock::now();
      auto next = now + options_.lease / 3;
      for (const held_pointer& each : held_) {
        if (each->is_dropped() && !each->is_ended()) continue;
        const bool is_late = each->time_is_over() <= now;
        if (is_late && !each->stop_token().stop_requested()) late.push_back(each);
        if (is_late) continue;
        const auto at = each->renewed() + options_.lease / 3;
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
      changed_.wait_until(lock, std::max(next, now + 1ms));
    }
    return {};
  }

  runtime& runtime_;
  const std::shared_ptr<spdlog::logger> log_;
  const task_definitions tasks_;
  const worker_options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool abandoned_ = false;       ///< what is held is left to its lease
  bool is_claiming_ = false;     ///< leases may come
  std::set<held_pointer> held_;  ///< every lease: of tasks that wait, run, or are to be settled
  std::deque<held_pointer> waiting_;  ///< for a thread
  std::deque<ended_task> ended_;      ///< to be settled
  std::set<std::string> told_;        ///< what was warned of, once each
  std::vector<std::thread> threads_;
};

worker::worker(runtime& of, std::vector<task_definition> tasks, worker_options options)
    : room_(std::make_unique<engine_room>(of, std::move(tasks), std::move(options))) {}

worker::~worker() = default;

bool worker::stop(deadline limit) { return room_->stop(limit); }

}  // namespace nava
