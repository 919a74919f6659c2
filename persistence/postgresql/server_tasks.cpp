// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <nava/schema/text.hpp>
#include <numeric>

#include "persistence/postgresql/server_store.hpp"
#include "persistence/rows/row_text.hpp"
#include "persistence/tasks/leased_task.hpp"
#include "persistence/tasks/rate.hpp"
#include "persistence/tasks/task_arguments.hpp"

/// The task queue on a PostgreSQL server.
namespace nava::persistence::postgresql {
namespace {

std::string time_text(timestamp time) {
  return time == timestamp::min() ? "-infinity" : schema::to_text(time);
}

std::string lanes_text(std::span<const agenda_lane> lanes,
                       std::chrono::milliseconds priority_step) {
  std::string text = "[";
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    const agenda_lane& lane = lanes[i];
    fmt::format_to(std::back_inserter(text), R"({}{{"n":{},"queue":)", i > 0 ? "," : "", i);
    append_quoted(text, lane.queue);
    fmt::format_to(std::back_inserter(text),
                   R"(,"priority":{},"after_due":"{}","after_id":"{}","ahead":{}}})", lane.priority,
                   time_text(lane.after.ts_due), schema::to_text(lane.after.task_id),
                   ahead_of(lane, priority_step).count());
  }
  return text + "]";
}

template <class Number>
Number number_in(const std::optional<std::string>& text) {
  Number number{};
  if (text) std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

}  // namespace

claimed_tasks server_store::claim(const claim_request& request, deadline limit) {
  check_claim(request);
  claimed_tasks claimed;
  if (request.lanes.empty()) return claimed;
  limit = of_call(limit);
  const std::string lanes = lanes_text(request.lanes, request.priority_step);
  const std::string tasks_max = std::to_string(request.tasks_max);
  const std::string lease = std::to_string(request.lease.count());
  // SKIP LOCKED may still wait: a row that a rival has changed meanwhile is followed to its next
  // version, and waited for there.
  const auto rows = locks().run(limit, [&](bool) {
    return pool_.acquire(limit)->execute_write(tasks_.claim,
                                               {lanes, tasks_max, lease, request.owner});
  });
  for (const auto& row : rows) {
    if (row[0]) claimed.lane = number_in<std::size_t>(row[0]);
    if (row[2]) claimed.next_due = std::chrono::microseconds{number_in<std::int64_t>(row[2])};
    if (row[1]) claimed.tasks.push_back(lease_from(*row[1], stored_form::record));
  }
  // The rows of an update come in any order.
  std::sort(claimed.tasks.begin(), claimed.tasks.end(),
            [](const task_lease& a, const task_lease& b) { return a.place < b.place; });
  open_or_give_back(claimed, request.lease, limit);
  return claimed;
}

std::optional<std::chrono::microseconds> server_store::next_due(std::span<const agenda_lane> lanes,
                                                                deadline limit) {
  check_lanes(lanes);
  limit = of_call(limit);
  const auto rows = pool_.acquire(limit)->execute(
      tasks_.next_due, {lanes_text(lanes, std::chrono::milliseconds{0})});
  if (rows.empty() || !rows[0][0]) return std::nullopt;
  return std::chrono::microseconds{number_in<std::int64_t>(rows[0][0])};
}

void server_store::limit_running(std::string_view queue, std::size_t most, deadline limit) {
  check_limit(queue, most);
  limit = of_call(limit);
  locks().run(limit, [&](bool) {
    return pool_.acquire(limit)->execute_write(limits_.running, {queue, std::to_string(most)});
  });
}

std::size_t server_store::running_limit(std::string_view queue, deadline limit) {
  check_limit(queue, 0);
  const auto rows = pool_.acquire(of_call(limit))->execute(limits_.running_of, {queue});
  return number_in<std::size_t>(rows.at(0)[0]);
}

void server_store::limit_rate(std::string_view queue, const std::optional<task_rate>& rate,
                              deadline limit) {
  check_rate(queue, rate);
  limit = of_call(limit);
  locks().run(limit, [&](bool) {
    const auto connection = pool_.acquire(limit);
    if (!rate) return connection->execute_write(limits_.remove_rate, {queue});
    const rate_arguments given{*rate};
    return connection->execute_write(limits_.rate, {queue, given.tasks, given.period, given.burst});
  });
}

std::optional<task_rate> server_store::rate_limit(std::string_view queue, deadline limit) {
  check_limit(queue, 0);
  return rate_from(pool_.acquire(of_call(limit))->execute(limits_.rate_of, {queue}));
}

std::vector<listed_task> server_store::list_tasks(const task_list& which, deadline limit) {
  const task_list_arguments given{which, std::nullopt};
  limit = of_call(limit);
  auto listed = listed_from(lists_open_tasks(which)
                                ? pool_.acquire(limit)->execute(tasks_.list.open, given.open())
                                : pool_.acquire(limit)->execute(tasks_.list.ended, given.ended()));
  seal().open(listed, limit);
  return listed;
}

// What another session has locked is passed by, so that it does not hold up the others.
std::vector<std::optional<lease_loss>> server_store::for_leases(
    std::span<const lease_arguments> leases, const lease_function& run, deadline limit) {
  std::vector<std::optional<lease_loss>> found(leases.size());
  if (leases.empty()) return found;
  std::vector<std::size_t> all(leases.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const std::string rows = rows_text(leases, all);
  const auto refused = locks().run(limit, [&](bool is_again) {
    const auto connection = pool_.acquire(limit);
    return run(*connection, is_again, rows);
  });
  for (const auto& [place, loss] : refused) found[place] = loss;
  return found;
}

std::vector<std::optional<lease_loss>> server_store::renew(std::span<const renewal> leases,
                                                           std::chrono::milliseconds lease,
                                                           deadline limit) {
  check_lease(lease);
  limit = of_call(limit);
  const auto arguments = arguments_of(leases, seal(), limit);
  const std::string duration = std::to_string(lease.count());
  const auto run = [&](connection& on, bool around, const std::string& rows) {
    return refused_in(
        on.execute_write(around ? tasks_.renew_around_locks : tasks_.renew, {rows, duration}));
  };
  return for_leases(arguments, run, limit);
}

std::vector<std::optional<lease_loss>> server_store::settle(std::span<const settlement> ended,
                                                            deadline limit) {
  limit = of_call(limit);
  const auto arguments = arguments_of(ended, seal(), limit);
  const auto run = [&](connection& on, bool around, const std::string& rows) {
    const auto refused =
        on.execute_write(around ? tasks_.settle_around_locks : tasks_.settle, {rows});
    if (refused.empty()) return refused_leases{};
    std::vector<std::size_t> places;
    for (const auto& row : refused) places.push_back(number_in<std::size_t>(row[0]));
    return refused_in(on.execute(tasks_.why, {rows_text(arguments, places)}));
  };
  return for_leases(arguments, run, limit);
}

server_store::refused_leases server_store::refused_in(const std::vector<connection::row>& rows) {
  refused_leases refused;
  for (const auto& row : rows)
    refused.emplace_back(number_in<std::size_t>(row[0]), loss_from(row[1].value()));
  return refused;
}

}  // namespace nava::persistence::postgresql
