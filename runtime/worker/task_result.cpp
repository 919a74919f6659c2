// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/task_result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/text.hpp>
#include <random>

#include "engine/failed_look.hpp"
#include "workflow/storable.hpp"

namespace nava {
namespace {

using namespace std::chrono_literals;
using persistence::settlement;

constexpr std::chrono::milliseconds put_off_max = std::chrono::hours{24 * 366};

settlement ended_as(const held_task& task, settlement::result result) {
  settlement ended;
  ended.workflow_id = task.workflow_id();
  ended.task_id = task.id();
  ended.fence = task.lease().fence;
  ended.attempt = task.attempt();
  ended.ends_as = result;
  return ended;
}

std::chrono::milliseconds jitter(std::chrono::milliseconds wait) {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_int_distribution<std::int64_t> more{0, wait.count() / 5};
  return std::chrono::milliseconds{more(random)};
}

}  // namespace

json::object storable_result(json::object values, std::string_view what, std::size_t bytes_max) {
  check_size(least_size(values), what);
  json::value form = std::move(values);
  make_storable(form, what, 1);
  if (const std::size_t size = json::serialize(form).size(); size > bytes_max)
    throw error{error_kind::invalid_input,
                fmt::format("{} has {} bytes as JSON, {} are allowed; keep it elsewhere and refer "
                            "to it",
                            what, size, bytes_max)};
  return std::move(form.get_object());
}

std::chrono::milliseconds backoff_after(std::int64_t attempt, const task_policy& policy) {
  // Thirty-five doublings make more than a year of a millisecond.
  constexpr std::int64_t attempts_told_apart = 36;
  const std::int64_t last = std::min(attempt, attempts_told_apart);
  auto wait = policy.backoff;
  for (std::int64_t i = 1; i < last && wait < policy.backoff_max; ++i) wait *= 2;
  return std::min(wait, policy.backoff_max);
}

settlement given_back(const held_task& task, std::chrono::milliseconds delay) {
  settlement ended = ended_as(task, settlement::result::postponed);
  ended.attempt -= 1;
  ended.delay = std::clamp(delay, 0ms, put_off_max);
  return ended;
}

settlement failed(const held_task& task, const std::string& why, bool may_try_again) {
  const bool again = may_try_again && task.attempt() < task.attempts_max();
  settlement ended =
      ended_as(task, again ? settlement::result::postponed : settlement::result::failed);
  ended.error = engine::printable(why);
  if (!again || task.definition() == nullptr) return ended;
  ended.delay = backoff_after(task.attempt(), task.definition()->policy);
  ended.delay += jitter(ended.delay);
  return ended;
}

settlement run_handler(held_task& task) {
  if (task.attempt() > task.attempts_max())
    return failed(task, "the worker that ran the last attempt died or lost its lease", false);
  if (task.has_expired())
    return failed(task, fmt::format("expired at {}", schema::to_text(*task.lease().ts_expire)),
                  false);
  try {
    settlement ended = ended_as(task, settlement::result::completed);
    ended.output = storable_result(task.definition()->run(task), "the result of a task",
                                   task_result_bytes_max);
    return ended;
  } catch (const snooze& put) {
    return given_back(task, put.delay());
  } catch (const give_up& reason) {
    return failed(task, reason.what(), false);
  } catch (const std::exception& thrown) {
    return failed(task, thrown.what(), true);
  } catch (...) {
    return failed(task, "the handler threw what is not a std::exception", true);
  }
}

task_end end_of(const held_task& task, const settlement& ended) {
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

}  // namespace nava
