// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <nava/runtime/worker.hpp>
#include <nava/schema/text.hpp>
#include <set>
#include <thread>

#include "persistence/log.hpp"
#include "runtime/backoff.hpp"
#include "runtime/notices/notice_exchange.hpp"
#include "runtime/wake_signal.hpp"
#include "runtime/worker/held_tasks.hpp"
#include "runtime/worker/pass_counts.hpp"
#include "runtime/worker/task_claimer.hpp"
#include "runtime/worker/task_result.hpp"
#include "runtime/worker/worker_setup.hpp"

namespace nava {
namespace {

using namespace std::chrono_literals;
using persistence::lease_loss;
using persistence::settlement;

// What stop() keeps of its time to give back what has not ended.
constexpr std::chrono::milliseconds time_to_give_back{1'000};

bool may_retry(const std::exception& failure) {
  const auto* ours = dynamic_cast<const exception*>(&failure);
  return ours != nullptr && ours->may_retry();
}

// Of its workflow, for the decision at its end: the others of the runtime's own tasks are about
// other workflows.
bool needs_definition(std::string_view task_name) {
  return task_name != engine::child_start_task && task_name != engine::child_end_task &&
         task_name != engine::child_cancel_task;
}

}  // namespace

class worker::engine_room {
 public:
  engine_room(runtime& of, std::vector<task_definition> tasks, worker_options options)
      : runtime_(of),
        log_(persistence::logger_or_default(of.options_.store.logger)),
        tasks_(by_name(std::move(tasks), of.own_tasks(options.lease))),
        options_(completed(std::move(options), tasks_, of.own_queues())),
        held_(options_.tasks_max, options_.lease) {
    try {
      runtime_.notices_->hear_tasks(options_.queues);
      threads_.emplace_back([this] { claim_tasks(); });
      threads_.emplace_back([this] { settle_tasks(); });
      threads_.emplace_back([this] { keep_leases(); });
      // However long the application's handlers take, times are noticed, and children told of.
      threads_.emplace_back([this] { run_tasks(held_tasks::kind::own); });
      for (std::size_t i = 0; i < options_.threads; ++i)
        threads_.emplace_back([this] { run_tasks(held_tasks::kind::any); });
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
    held_.stop();
    runtime_.tasks_stored_->raise();
    if (held_.await_nothing_held(drained)) return true;
    held_.drop_running();
    (void)held_.await_nothing_held(limit);
    return false;
  }

 private:
  // After it no thread runs. Leases that could not be given back end by themselves.
  void end() {
    (void)stop({});
    held_.abandon();
    for (std::thread& each : threads_) each.join();
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
    std::chrono::milliseconds patience{0};
    while (true) {
      const std::uint64_t seen = runtime_.tasks_stored_->raised();
      const held_tasks::room room = held_.await_room(patience);
      if (room.tasks == 0) return;
      const bool is_full = room.of == held_tasks::kind::own;
      std::vector<persistence::task_lease> claimed;
      auto wait = options_.poll;
      try {
        claimed = claimer.claim(room.tasks,
                                is_full ? task_claimer::which::own : task_claimer::which::any);
        if (claimed.empty()) wait = claimer.until_next_due(wait);
        tries = 0;
      } catch (const std::exception& failure) {
        tell("claiming tasks", ++tries, failure);
        wait = 0ms;
      }
      const bool is_idle = claimed.empty();
      take(std::move(claimed));
      // While it is full, it waits for room, and looks at the runtime's own tasks in between.
      patience = is_idle && is_full ? wait : 0ms;
      if (is_idle && !is_full) runtime_.tasks_stored_->wait(seen, deadline::in(wait));
    }
  }

  void take(std::vector<persistence::task_lease> claimed) {
    std::vector<held_pointer> tasks;
    std::vector<std::optional<std::chrono::milliseconds>> delays;
    for (persistence::task_lease& lease : claimed) {
      const auto known = tasks_.find(lease.name);
      tasks.push_back(std::make_shared<held_task>(
          std::move(lease), known == tasks_.end() ? nullptr : &known->second));
      delays.push_back(passed_over_for(*tasks.back()));
    }
    held_.take(tasks, delays);
  }

  // For how long a task is left to others; none: this worker can run it, and end it. While programs
  // of two releases work, each takes tasks that only the other can run: soon the other gets them.
  // A task that nobody can run is asked ever more rarely.
  std::optional<std::chrono::milliseconds> passed_over_for(held_task& task) {
    if (task.lease().is_paused) return put_off;
    if (may_run(task)) return std::nullopt;
    return passes_.next_delay(task.lease().task_id);
  }

  bool may_run(held_task& task) {
    const auto& lease = task.lease();
    std::string why;
    if (task.definition() == nullptr)
      why = fmt::format("its queue has a task '{}', for which it has no handler", lease.name);
    try {
      if (needs_definition(lease.name))
        task.set_ends_in_decision(
            runtime_.listens_to_task(lease.wfdef_key, lease.wfdef_rev, lease.name));
    } catch (const engine::unknown_revision& unknown) {
      why = unknown.what();
    }
    if (why.empty()) return true;
    if (told_.insert(why).second) log_->warn("worker {}: {}", options_.name, why);
    return false;
  }

  void run_tasks(held_tasks::kind which) {
    while (const held_pointer task = held_.next_to_run(which)) {
      settlement ended = run_handler(*task);
      if (ended.ends_as == settlement::result::postponed) ended.progress = task->take_progress();
      if (ended.ends_as != settlement::result::postponed && end_by_decision(*task, ended)) {
        held_.forget({&task, 1});
        runtime_.tasks_stored_->raise();
      } else {
        held_.hand_over(task, std::move(ended));
      }
    }
  }

  // Whether the end of the task is stored, or never will be. Where it is not, the task is settled
  // as `ended` says, which may have changed.
  bool end_by_decision(held_task& task, settlement& ended) {
    const auto& lease = task.lease();
    for (int tries = 1; !task.is_dropped(); ++tries) {
      try {
        if (!needs_definition(lease.name) ||
            !runtime_.listens_to_task(lease.wfdef_key, lease.wfdef_rev, lease.name))
          return false;
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

  void settle_tasks() {
    int tries = 0;
    while (true) {
      const std::vector<ended_task> batch = held_.next_to_settle();
      if (batch.empty()) return;
      try {
        note_settled(batch, settle(batch));
        tries = 0;
      } catch (const std::exception& failure) {
        if (may_retry(failure)) {
          tell("settling tasks", ++tries, failure);
          held_.put_back(batch);
        } else {
          settle_each(batch);
        }
      }
    }
  }

  lease_losses settle(std::span<const ended_task> batch) {
    std::vector<settlement> how;
    for (const ended_task& each : batch) how.push_back(each.how);
    return runtime_.store().settle(how);
  }

  // One of them cannot be stored, and must not hold up the others.
  void settle_each(const std::vector<ended_task>& batch) {
    for (ended_task each : batch) {
      for (int tries = 1; tries <= 2; ++tries) {
        try {
          note_settled({&each, 1}, settle({&each, 1}));
          break;
        } catch (const std::exception& failure) {
          log_->warn("worker {}: the end of task '{}' {}: {}", options_.name, each.task->name(),
                     schema::to_text(each.task->id()), failure.what());
          each.how = failed(*each.task, failure.what(), true);
          if (tries == 2) held_.forget({&each.task, 1});
        }
      }
    }
  }

  void note_settled(std::span<const ended_task> batch, const lease_losses& lost) {
    std::vector<ended_task> locked;
    std::vector<held_pointer> done;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (lost[i] == lease_loss::locked) {
        locked.push_back(batch[i]);
        continue;
      }
      if (lost[i] && *lost[i] != lease_loss::settled)
        log_->info("worker {}: task '{}' {} was {}; its end is not stored", options_.name,
                   batch[i].task->name(), schema::to_text(batch[i].task->id()),
                   *lost[i] == lease_loss::lost ? "taken over" : "cancelled");
      done.push_back(batch[i].task);
    }
    held_.forget(done);
    // So that the claimer learns when they are due, and takes what a limit has held back.
    runtime_.tasks_stored_->raise();
    if (locked.empty()) return;
    held_.put_back(locked);
    back_off(5, deadline::in(1s));
  }

  void keep_leases() {
    int tries = 0;
    while (true) {
      const std::vector<held_pointer> due = held_.next_to_renew();
      if (due.empty()) return;
      std::vector<persistence::renewal> leases;
      for (const held_pointer& each : due)
        leases.push_back(
            {each->workflow_id(), each->id(), each->lease().fence, each->take_progress()});
      const auto now = held_task::clock::now();
      try {
        held_.note_renewed(due, runtime_.store().renew(leases, options_.lease), now);
        tries = 0;
      } catch (const std::exception& failure) {
        for (std::size_t i = 0; i < due.size(); ++i)
          due[i]->put_back(std::move(leases[i].progress));
        tell("renewing leases", ++tries, failure);
      }
    }
  }

  runtime& runtime_;
  const std::shared_ptr<spdlog::logger> log_;
  const task_definitions tasks_;
  const worker_options options_;
  held_tasks held_;
  // Of the claimer's thread:
  std::set<std::string> told_;  ///< what was warned of, once each
  pass_counts passes_;
  std::vector<std::thread> threads_;
};

worker::worker(runtime& of, std::vector<task_definition> tasks, worker_options options)
    : room_(std::make_unique<engine_room>(of, std::move(tasks), std::move(options))) {}

worker::~worker() = default;

bool worker::stop(deadline limit) { return room_->stop(limit); }

}  // namespace nava
