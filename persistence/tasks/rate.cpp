// SPDX-License-Identifier: Apache-2.0
#include "persistence/tasks/rate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/workflow/error.hpp>

#include "persistence/tasks/task_arguments.hpp"

namespace nava::persistence {
namespace {

using namespace std::chrono_literals;

[[noreturn]] void refuse_rate(const std::string& why) {
  throw error{error_kind::invalid_input, why};
}

}  // namespace

void check_rate(std::string_view queue, const std::optional<task_rate>& rate) {
  check_limit(queue, 0);
  if (!rate) return;
  if (rate->tasks < 1 || rate->tasks > task_rate_max)
    refuse_rate(
        fmt::format("task_rate::tasks is {}; 1 to {} are allowed", rate->tasks, task_rate_max));
  if (rate->period < 1ms || rate->period > std::chrono::hours{24 * 366})
    refuse_rate(fmt::format("task_rate::period is {} ms; 1 ms to a year are allowed",
                            rate->period.count()));
  if (rate->burst < 1 || rate->burst > rate->tasks)
    refuse_rate(
        fmt::format("task_rate::burst is {}; 1 to task_rate::tasks, which is {}, are allowed",
                    rate->burst, rate->tasks));
  if (std::chrono::microseconds{rate->period}.count() < static_cast<std::int64_t>(rate->tasks))
    refuse_rate("a rate is at most one task each microsecond");
}

rate_arguments::rate_arguments(const task_rate& rate)
    : tasks(std::to_string(rate.tasks)),
      period(std::to_string(std::chrono::microseconds{rate.period}.count())),
      burst(std::to_string(rate.burst)) {}

std::optional<task_rate> rate_from(const std::vector<connection::row>& rows) {
  if (rows.empty()) return std::nullopt;
  const auto& row = rows.front();
  const std::chrono::microseconds period{std::stoll(row.at(1).value())};
  return task_rate{.tasks = std::stoull(row.at(0).value()),
                   .period = std::chrono::duration_cast<std::chrono::milliseconds>(period),
                   .burst = std::stoull(row.at(2).value())};
}

// More than the whole burst is left of a slower rate, or of a clock that was set back.
rate_bucket::rate_bucket(const task_rate& rate, const std::optional<timestamp>& spent_until,
                         timestamp now)
    : rate_(rate),
      now_(now),
      spent_until_(std::clamp(spent_until.value_or(now), now, now + time_of(rate.burst))) {}

// Rounded up, so that no period sees more than it may.
std::chrono::microseconds rate_bucket::time_of(std::size_t tasks) const {
  const auto per_period = static_cast<std::int64_t>(rate_.tasks);
  const std::chrono::microseconds period{rate_.period};
  return std::chrono::microseconds{
      (period.count() * static_cast<std::int64_t>(tasks) + per_period - 1) / per_period};
}

std::size_t rate_bucket::free() const {
  const std::chrono::microseconds period{rate_.period};
  const std::int64_t spent = (spent_until_ - now_).count() * static_cast<std::int64_t>(rate_.tasks);
  const std::int64_t ahead = (spent + period.count() - 1) / period.count();
  return static_cast<std::size_t>(
      std::max<std::int64_t>(static_cast<std::int64_t>(rate_.burst) - ahead, 0));
}

std::chrono::microseconds rate_bucket::wait() const {
  const auto most_ahead = std::chrono::microseconds{rate_.period} *
                          static_cast<std::int64_t>(rate_.burst - 1) /
                          static_cast<std::int64_t>(rate_.tasks);
  return std::max(spent_until_ - now_ - most_ahead, 0us);
}

timestamp rate_bucket::spent_after(std::size_t tasks) const {
  return spent_until_ + time_of(tasks);
}

}  // namespace nava::persistence
