// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nava/runtime/worker.hpp>

#include "engine/failed_look.hpp"
#include "runtime/call.hpp"
#include "runtime/schedules/stored_schedule.hpp"
#include "runtime/worker/held_task.hpp"

/// The handler of ticks. What a tick does comes first, then the note that it was done: a worker
/// that dies in between leaves a tick that is run again, and finds it done by its name.
namespace nava {

using namespace engine;

namespace {

using namespace std::chrono_literals;

// When to look again whether the earlier run has ended, for which a tick has waited so long. It
// costs few looks at a run of days, and starts the next no later than by an eighth of the wait.
std::chrono::microseconds until_next_look(std::chrono::microseconds waited) {
  return std::clamp<std::chrono::microseconds>(waited / 8, 5s, 10min);
}

}  // namespace

// One claim of the task of a schedule.
class runtime::tick_run {
 public:
  tick_run(runtime& of, const held_task& task, std::chrono::milliseconds lease,
           const schema::workflow& schedule, stored_schedule stands)
      : runtime_(of),
        task_(task),
        lease_(lease),
        name_(schedule.resource_id),
        stands_(std::move(stands)),
        progress_(tick_progress::read(task.progress())) {}

  void trigger() {
    run(schema::to_text(task_.id()));
    if (progress_.error) throw give_up{*progress_.error};
  }

  /// Runs what is due, and puts the task off until the next tick.
  [[noreturn]] void run_due() {
    const timestamp now = runtime_.now();
    const auto& options = stands_.options;
    const timestamp from = std::max(progress_.last_tick.value_or(stands_.since), stands_.since);
    const auto due =
        due_ticks(stands_.spec, from, now, options.missed, options.missed_max, options.grace);
    run_waiting();
    for (const timestamp tick : due.run) {
      take(tick);
      progress_.last_tick = tick;
      keep();
    }
    if (due.last_tick != from) {
      progress_.last_tick = due.last_tick;
      keep();
    }
    const auto next = stands_.spec.next_after(std::max(now, due.last_tick));
    // The ticks have taken their time, by which the next must not be late.
    std::chrono::microseconds wait =
        next ? std::max(*next - runtime_.now(), 0us) : std::chrono::hours{24 * 366};
    if (progress_.waiting) wait = std::min(wait, until_next_look(now - *progress_.waiting));
    throw snooze{std::chrono::ceil<std::chrono::milliseconds>(wait)};
  }

 private:
  // The lease tells whether another worker has the schedule by now.
  void keep() {
    const persistence::renewal held{task_.workflow_id(), task_.id(), task_.lease().fence,
                                    progress_.written()};
    if (runtime_.store_->renew({&held, 1}, lease_).front()) throw snooze{0ms};
  }

  void take(timestamp tick) {
    if (!std::holds_alternative<scheduled_start>(stands_.work)) return run(schema::to_text(tick));
    switch (
        decide_overlap(stands_.options.overlapping, is_running(), progress_.waiting.has_value())) {
      case overlap_action::start:
        return run(schema::to_text(tick));
      case overlap_action::drop:
        return;
      case overlap_action::buffer:
        progress_.waiting = tick;
        return;
      case overlap_action::start_buffered:
        run(schema::to_text(*progress_.waiting));
        progress_.waiting = tick;
        return;
      case overlap_action::cancel_then_start:
        cancel_running();
        return run(schema::to_text(tick));
    }
  }

  void run_waiting() {
    if (!progress_.waiting || is_running()) return;
    run(schema::to_text(*progress_.waiting));
    progress_.waiting.reset();
    keep();
  }

  [[nodiscard]] bool is_running() const {
    if (!progress_.last_workflow) return false;
    const auto run = runtime_.store_->load(*progress_.last_workflow);
    return run && !is_finished(run->state.workflow.status);
  }

  void cancel_running() {
    try {
      (void)runtime_.cancel(*progress_.last_workflow, {.reason = "the next tick has come"});
    } catch (const action_refused&) {
      // It has ended meanwhile.
    } catch (const workflow_gone&) {
    }
  }

  void run(const std::string& tick) {
    const std::string key = fmt::format("{}/{}", name_, tick);
    try {
      if (const auto* start = std::get_if<scheduled_start>(&stands_.work)) {
        const auto started =
            runtime_.start(start->wfdef_key, {start->resource_name, key}, start->params);
        progress_.last_workflow = started.workflow_id;
      } else {
        const auto& what = std::get<scheduled_event>(stands_.work);
        (void)runtime_.deliver(
            {.name = what.name, .resource = what.resource, .key = key, .data = what.data});
      }
      progress_.error.reset();
    } catch (const std::exception& failure) {
      // What the database may do at another try holds the tick up. What the application refuses,
      // or its hooks throw, must not hold up the ticks after it.
      const auto* ours = dynamic_cast<const exception*>(&failure);
      if (ours != nullptr && ours->may_retry()) throw;
      progress_.error = printable(fmt::format("{}: {}", tick, failure.what()));
    }
  }

  runtime& runtime_;
  const held_task& task_;
  const std::chrono::milliseconds lease_;
  const std::string name_;
  const stored_schedule stands_;
  tick_progress progress_;
};

json::object runtime::run_tick(task_context& task, std::chrono::milliseconds lease) {
  const auto there = store_->load(task.workflow_id());
  if (!there) return {};
  tick_run tick{*this, static_cast<const held_task&>(task), lease, there->state.workflow,
                stored_schedule::read(there->state.memory.memory)};
  if (!task.input().contains("now")) tick.run_due();
  tick.trigger();
  return {};
}

}  // namespace nava
