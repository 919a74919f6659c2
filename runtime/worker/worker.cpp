// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <spdlog/logger.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <list>
#include <nava/runtime/worker.hpp>
#include <nava/schema/text.hpp>
#include <random>
#include <thread>

#include "engine/failed_look.hpp"
#include "persistence/log.hpp"
#include "runtime/backoff.hpp"
#include "runtime/worker/held_task.hpp"
#include "runtime/worker/task_claimer.hpp"
#include "runtime/worker/task_signal.hpp"
#include "workflow/storable.hpp"

namespace nava {
namespace {

using namespace std::chrono_literals;
using persistence::settlement;
using held_pointer = std::shared_ptr<held_task>;

// After its deadline stop() still gives back what has not ended.
constexpr std::chrono::milliseconds time_to_give_back{1'000};
// A task that this worker cannot run, and another may.
constexpr std::chrono::milliseconds put_off{60'000};

std::string name_of_process() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  return fmt::format("{}/{}", host.data(), getpid());
}

template <class Duration>
void check_duration(std::string_view name, Duration value, Duration least) {
  if (value < least)
    throw engine::refused{fmt::format("worker_options::{} is {} ms, and at least {} ms are needed",
                                      name, value.count(), least.count())};
}

void check_options(const worker_options& options) {
  if (options.threads == 0 || options.threads > 1'000)
    throw engine::refused{
        fmt::format("worker_options::threads is {}; a worker has 1 to 1000", options.threads)};
  if (options.tasks_max == 0)
    throw engine::refused{"worker_options::tasks_max is 0; a worker holds at least one task"};
  check_duration("lease", options.lease, 100ms);
  check_duration("poll", options.poll, 1ms);
}

std::map<std::string, task_definition, std::less<>> by_name(std::vector<task_definition> tasks) {
  std::map<std::string, task_definition, std::less<>> found;
  for (task_definition& each : tasks) {
    if (!each.run) throw engine::refused{fmt::format("task '{}' has no handler", each.name)};
    std::string name = each.name;
    if (!found.try_emplace(name, std::move(each)).second)
      throw engine::refused{fmt::format("task '{}' has two handlers; give it one", name)};
  }
  if (found.empty()) throw engine::refused{"a worker needs at least one task definition"};
  return found;
}

std::chrono::milliseconds backoff_before(std::int64_t attempt, const task_policy& policy) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const auto doublings = static_cast<int>(std::clamp<std::int64_t>(attempt - 1, 0, 30));
  const auto wait = std::min(policy.backoff * (std::int64_t{1} << doublings), policy.backoff_max);
  std::uniform_int_distribution<std::int64_t> more{0, wait.count() / 5};
  return wait + std::chrono::milliseconds{more(random)};
}

settlement ended_as(const held_task& task, settlement::result result) {
  settlement ended;
  ended.workflow_id = task.workflow_id();
  ended.task_id = task.id();
  ended.fence = task.lease().fence;
  ended.attempt = task.attempt();
  ended.ends_as = result;
  return ended;
}

// As if the attempt had not been.
settlement given_back(const held_task& task, std::chrono::milliseconds delay = 0ms) {
  settlement ended = ended_as(task, settlement::result::postponed);
  ended.attempt -= 1;
  ended.delay = delay;
  return ended;
}

settlement failed(const held_task& task, const std::string& why, bool may_try_again) {
  const bool again = may_try_again && task.attempt() < task.attempts_max();
  settlement ended =
      ended_as(task, again ? settlement::result::postponed : settlement::result::failed);
  ended.error = engine::printable(why);
  if (again && task.definition() != nullptr)
    ended.delay = backoff_before(task.attempt() + 1, task.definition()->policy);
  return ended;
}

json::object storable(json::object result) {
  check_size(least_size(result), "the result of a task");
  json::value form = std::move(result);
  make_storable(form, "the result of a task", 1);
  return std::move(form.get_object());
}

settlement run(held_task& task) {
  if (task.attempt() > task.attempts_max())
    return failed(task, "the worker that ran the last attempt died or lost its lease", false);
  if (const auto& expires = task.lease().ts_expire; expires && *expires <= task.lease().ts_start)
    return failed(task, fmt::format("expired at {}", schema::to_text(*expires)), false);
  try {
    settlement ended = ended_as(task, settlement::result::completed);
    ended.output = storable(task.definition()->run(task));
    return ended;
  } catch (const snooze& put) {
    return given_back(task, std::max(put.delay(), 0ms));
  } catch (const give_up& reason) {
    return failed(task, reason.what(), false);
  } catch (const std::exception& thrown) {
    return failed(task, thrown.what(), true);
  } catch (...) {
    return failed(task, "the handler threw what is no std::exception", true);
  }
}

}  // namespace

class worker::engine_room {
 public:
  engine_room(runtime& of, std::vector<task_definition> tasks, worker_options options)
      : runtime_(of),
        log_(persistence::logger_or_default(of.options_.store.logger)),
        tasks_(by_name(std::move(tasks))),
        options_(std::move(options)) {
    check_options(options_);
    if (options_.name.empty()) options_.name = name_of_process();
    if (options_.queues.empty())
      for (const auto& [name, definition] : tasks_) options_.queues.push_back(name);
    threads_.emplace_back([this] { claim_tasks(); });
    threads_.emplace_back([this] { settle_tasks(); });
    threads_.emplace_back([this] { keep_leases(); });
    for (std::size_t i = 0; i < options_.threads; ++i)
      threads_.emplace_back([this] { run_tasks(); });
  }

  ~engine_room() {
    (void)stop({});
    for (std::thread& each : threads_) each.join();
  }

  bool stop(deadline limit) {
    limit = limit.value_or(deadline::in(options_.stop_timeout));
    std::unique_lock lock{mutex_};
    stopping_ = true;
    for (const held_pointer& each : std::exchange(waiting_, {})) end(each, given_back(*each));
    wake_all();
    const auto is_done = [this] { return held_.empty(); };
    const bool all_ended = changed_.wait_until(lock, limit.at(), is_done);
    if (!all_ended) {
      give_up_running();
      changed_.wait_until(lock, deadline::in(time_to_give_back).at(), is_done);
    }
    return all_ended;
  }

 private:
  struct ended_task {
    held_pointer task;
    settlement how;
  };

  void wake_all() {
    changed_.notify_all();
    runtime_.tasks_stored_->raise();
  }

  // Under the lock. A handler that comes back later finds its task dropped.
  void give_up_running() {
    for (const held_pointer& each : held_)
      if (!each->is_ended() && !each->is_dropped()) {
        each->drop();
        end(each, given_back(*each));
      }
    changed_.notify_all();
  }

  // Under the lock. A task is settled once, whatever comes later.
  void end(const held_pointer& task, settlement how) {
    if (task->end()) ended_.push_back({task, std::move(how)});
  }

  // Tells of what failed, and waits, so that a database that is away is not asked without pause.
  template <class Act>
  bool attempt(std::string_view what, int& tries, Act act) {
    try {
      act();
      tries = 0;
      return true;
    } catch (const std::exception& failure) {
      ++tries;
      log_->log(tries == 1 ? spdlog::level::warn : spdlog::level::debug,
                "worker {}: {} failed and is tried again: {}", options_.name, what,
                failure.what());
      back_off(tries, deadline::in(1s));
      return false;
    }
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
      if (!attempt("claiming tasks", tries, [&] {
            claimed = claimer.claim(places);
            if (claimed.empty()) wait = claimer.until_next_due(wait);
          }))
        continue;
      if (claimed.empty())
        runtime_.tasks_stored_->wait(seen, deadline::in(wait));
      else
        take(std::move(claimed));
    }
  }

  // How many tasks more this worker may hold; 0 when it stops.
  std::size_t await_places() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return stopping_ || held_.size() < options_.tasks_max; });
    return stopping_ ? 0 : options_.tasks_max - held_.size();
  }

  void take(std::vector<persistence::task_lease> claimed) {
    const std::lock_guard lock{mutex_};
    for (persistence::task_lease& lease : claimed) {
      const auto known = tasks_.find(lease.name);
      const auto held = std::make_shared<held_task>(
          std::move(lease), known == tasks_.end() ? nullptr : &known->second);
      held_.insert(held);
      if (stopping_) {
        end(held, given_back(*held));
      } else if (held->definition() == nullptr) {
        log_->warn("worker {}: queue has a task '{}', for which it has no handler", options_.name,
                   held->name());
        end(held, given_back(*held, put_off));
      } else {
        waiting_.push_back(held);
      }
    }
    changed_.notify_all();
  }

  void run_tasks() {
    while (const held_pointer task = next_task()) {
      settlement ended = run(*task);
      if (ended.ends_as != settlement::result::postponed && !task->is_dropped() &&
          end_by_decision(*task, ended))
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

  // Whether the end of the task is stored, or will never be. Where it is not, the task is settled
  // as `ended` says, which may have changed.
  bool end_by_decision(held_task& task, settlement& ended) {
    const auto& lease = task.lease();
    for (int tries = 1; !task.is_dropped(); ++tries) {
      try {
        if (!runtime_.listens_to_task(lease.wfdef_key, lease.wfdef_rev, lease.name)) return false;
        const bool is_stored = runtime_.end_task(lease.workflow_id, end_of(task, ended),
                                                 {lease.fence, options_.name, lease.ts_start}, {})
                                   .has_value();
        if (!is_stored)
          log_->info("worker {}: task '{}' {} was cancelled or taken over; its end is not stored",
                     options_.name, lease.name, schema::to_text(lease.task_id));
        return true;
      } catch (const exception& failure) {
        log_->warn("worker {}: the end of task '{}' {}: {}", options_.name, lease.name,
                   schema::to_text(lease.task_id), failure.what());
        if (!failure.may_retry()) {
          ended = given_back(task, put_off);
          return false;
        }
        back_off(tries, deadline::in(1s));
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
      std::vector<ended_task> batch = next_ended();
      if (batch.empty()) return;
      std::vector<settlement> how;
      for (const ended_task& each : batch) how.push_back(each.how);
      std::vector<std::optional<persistence::lease_loss>> losses;
      const bool is_done =
          attempt("settling tasks", tries, [&] { losses = runtime_.store().settle(how); });
      const std::lock_guard lock{mutex_};
      if (is_done)
        forget_settled(batch, losses);
      else
        ended_.insert(ended_.begin(), batch.begin(), batch.end());
      changed_.notify_all();
    }
  }

  // Empty when the worker stops and holds nothing any more.
  std::vector<ended_task> next_ended() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return !ended_.empty() || (stopping_ && held_.empty()); });
    std::vector<ended_task> batch;
    while (!ended_.empty() && batch.size() < persistence::tasks_at_once_max) {
      batch.push_back(std::move(ended_.front()));
      ended_.pop_front();
    }
    return batch;
  }

  void forget_settled(const std::vector<ended_task>& batch,
                      const std::vector<std::optional<persistence::lease_loss>>& losses) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (losses[i] && *losses[i] != persistence::lease_loss::settled)
        log_->info("worker {}: task '{}' {} was {}; its end is not stored", options_.name,
                   batch[i].task->name(), schema::to_text(batch[i].task->id()),
                   *losses[i] == persistence::lease_loss::lost ? "taken over" : "cancelled");
      held_.erase(batch[i].task);
    }
  }

  void keep_leases() {
    int tries = 0;
    while (true) {
      std::vector<held_pointer> renewed = due_for_renewal();
      if (renewed.empty()) return;
      std::vector<persistence::renewal> leases;
      for (const held_pointer& each : renewed)
        leases.push_back({each->workflow_id(), each->id(), each->lease().fence,
                          each->take_progress()});
      const auto now = held_task::clock::now();
      std::vector<std::optional<persistence::lease_loss>> losses;
      if (!attempt("renewing leases", tries,
                   [&] { losses = runtime_.store().renew(leases, options_.lease); }))
        continue;
      const std::lock_guard lock{mutex_};
      for (std::size_t i = 0; i < renewed.size(); ++i)
        if (losses[i])
          lose(renewed[i]);
        else
          renewed[i]->set_renewed(now);
    }
  }

  // Under the lock. What has ended may have been settled meanwhile; its settlement tells.
  void lose(const held_pointer& task) {
    if (task->is_ended()) return;
    task->drop();
    std::erase(waiting_, task);
    held_.erase(task);
    changed_.notify_all();
  }

  // Waits until leases want to be renewed; empty when the worker stops and holds nothing any more.
  std::vector<held_pointer> due_for_renewal() {
    std::unique_lock lock{mutex_};
    while (true) {
      std::vector<held_pointer> due;
      const auto now = held_task::clock::now();
      auto next = now + options_.lease / 3;
      for (const held_pointer& each : held_) {
        if (each->is_over_time()) each->request_stop();
        if (each->is_dropped() || each->is_over_time()) continue;
        const auto at = each->renewed() + options_.lease / 3;
        if (at <= now && due.size() < persistence::tasks_at_once_max)
          due.push_back(each);
        else
          next = std::min(next, at);
      }
      if (!due.empty()) return due;
      if (stopping_ && held_.empty()) return {};
      changed_.wait_until(lock, std::max(next, now + 1ms));
    }
  }

  runtime& runtime_;
  const std::shared_ptr<spdlog::logger> log_;
  const std::map<std::string, task_definition, std::less<>> tasks_;
  worker_options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::set<held_pointer> held_;       ///< every lease: of tasks that wait, run, or are to be settled
  std::deque<held_pointer> waiting_;  ///< for a thread
  std::deque<ended_task> ended_;      ///< to be settled
  std::vector<std::thread> threads_;
};

worker::worker(runtime& of, std::vector<task_definition> tasks, worker_options options)
    : room_(std::make_unique<engine_room>(of, std::move(tasks), std::move(options))) {}

worker::~worker() = default;

bool worker::stop(deadline limit) { return room_->stop(limit); }

}  // namespace nava
