// SPDX-License-Identifier: Apache-2.0
#include "persistence/tasks/task_arguments.hpp"

#include <fmt/format.h>

#include <iterator>
#include <nava/schema/text.hpp>
#include <nava/workflow/error.hpp>
#include <nava/workflow/limits.hpp>

#include "persistence/commit/unit_parts.hpp"
#include "persistence/rows/row_text.hpp"

namespace nava::persistence {
namespace {

constexpr column_place progress_place{"workflow_agenda", "progress"};
constexpr column_place result_place{"workflow_task", "result"};
constexpr column_place error_place{"workflow_task", "error"};

[[noreturn]] void refuse(const std::string& why) { throw error{error_kind::invalid_input, why}; }

void check_count(std::size_t count) {
  if (count > tasks_at_once_max)
    refuse(fmt::format("{} tasks at once, {} are allowed; make several calls", count,
                       tasks_at_once_max));
}

std::optional<std::string> storable_json(const std::optional<json::object>& value,
                                         const column_place& place) {
  if (!value) return std::nullopt;
  return detail::json_text_of(*value, place);
}

template <class Lease>
lease_arguments named(const Lease& lease) {
  return {schema::to_text(lease.workflow_id), schema::to_text(lease.task_id),
          std::to_string(lease.fence)};
}

void append_text(std::string& out, std::string_view key, const std::optional<std::string>& text) {
  if (!text) return;
  fmt::format_to(std::back_inserter(out), R"(,"{}":)", key);
  append_quoted(out, *text);
}

void append_json(std::string& out, std::string_view key, const std::optional<std::string>& json) {
  if (json) fmt::format_to(std::back_inserter(out), R"(,"{}":{})", key, *json);
}

}  // namespace

void check_lanes(std::span<const agenda_lane> lanes) {
  for (const agenda_lane& lane : lanes) check_argument(lane.queue, "queue");
}

void check_limit(std::string_view queue, std::size_t most) {
  check_argument(queue, "queue");
  if (queue.empty()) refuse("a queue has a name");
  if (most > tasks_at_once_max)
    refuse(fmt::format("{} tasks of a queue at once, {} are allowed; 0 takes the limit away", most,
                       tasks_at_once_max));
}

void check_lease(std::chrono::milliseconds lease) {
  if (lease < std::chrono::milliseconds{1} || lease > std::chrono::hours{24})
    refuse(fmt::format("a lease takes 1 ms to 24 h, not {} ms", lease.count()));
}

void check_claim(const claim_request& request) {
  check_lanes(request.lanes);
  check_lease(request.lease);
  check_argument(request.owner, "owner of a lease");
  if (request.tasks_max == 0) refuse("a claim is for one task at least");
  check_count(request.tasks_max);
  if (request.priority_step < std::chrono::milliseconds{0} ||
      request.priority_step > std::chrono::hours{24 * 366})
    refuse("the step of a priority is 0 ms to a year");
}

std::chrono::milliseconds ahead_of(const agenda_lane& lane,
                                   std::chrono::milliseconds priority_step) {
  // The step of a higher priority is a year at the most, and a thousand years are enough.
  constexpr std::int64_t steps_max = 1'000;
  return priority_step * std::clamp(lane.priority, -steps_max, steps_max);
}

std::vector<lease_arguments> arguments_of(std::span<const renewal> leases) {
  check_count(leases.size());
  std::vector<lease_arguments> all;
  all.reserve(leases.size());
  for (const renewal& each : leases)
    all.emplace_back(named(each)).progress = storable_json(each.progress, progress_place);
  return all;
}

schema::task_status status_of(settlement::result ends_as) {
  using enum settlement::result;
  if (ends_as == completed) return schema::task_status::completed;
  return ends_as == failed ? schema::task_status::failed : schema::task_status::scheduled;
}

std::vector<lease_arguments> arguments_of(std::span<const settlement> ended) {
  check_count(ended.size());
  std::vector<lease_arguments> all;
  all.reserve(ended.size());
  for (const settlement& each : ended) {
    lease_arguments& made = all.emplace_back(named(each));
    made.status = schema::to_text(status_of(each.ends_as));
    made.attempt = std::to_string(each.attempt);
    made.result = storable_json(each.output, result_place);
    if (each.error) check_text(*each.error, error_place);
    made.error = each.error;
    if (each.delay < std::chrono::milliseconds{0} ||
        each.delay > std::chrono::hours{24 * 366 * 100})
      refuse("a task is postponed by 0 ms to a hundred years");
    made.delay = each.delay;
    made.progress = storable_json(each.progress, progress_place);
  }
  return all;
}

std::string rows_text(std::span<const lease_arguments> leases,
                      std::span<const std::size_t> places) {
  std::string rows = "[";
  for (const std::size_t place : places) {
    const lease_arguments& each = leases[place];
    fmt::format_to(std::back_inserter(rows),
                   R"({}{{"n":{},"workflow_id":"{}","_id":"{}","lease_fence":{})",
                   rows.size() > 1 ? "," : "", place, each.workflow_id, each.task_id, each.fence);
    append_json(rows, "progress", each.progress);
    if (!each.status.empty())
      fmt::format_to(std::back_inserter(rows), R"(,"status":"{}","attempt":{},"delay":{})",
                     each.status, each.attempt, each.delay.count());
    append_json(rows, "result", each.result);
    append_text(rows, "error", each.error);
    rows += '}';
  }
  rows += ']';
  if (rows.size() > unit_bytes_max)
    refuse(
        fmt::format("what is to be stored is {} bytes long as JSON, {} are allowed; settle fewer "
                    "tasks at once, or keep large results elsewhere",
                    rows.size(), unit_bytes_max));
  return rows;
}

lease_loss loss_from(std::string_view why) {
  if (why == "settled") return lease_loss::settled;
  if (why == "cancelled") return lease_loss::cancelled;
  return why == "locked" ? lease_loss::locked : lease_loss::lost;
}

}  // namespace nava::persistence
