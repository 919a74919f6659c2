// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nava/schema/text.hpp>

#include "persistence/sqlite/file_store.hpp"
#include "persistence/tasks/leased_task.hpp"
#include "persistence/tasks/task_arguments.hpp"

/// The task queue in a SQLite file. The one writer makes claims one after the other.
namespace nava::persistence::sqlite {
namespace {

// Times are stored in one form, whose order is that of texts.
std::string time_text(timestamp time) {
  return time == timestamp::min() ? std::string{} : schema::to_text(time);
}

std::optional<std::string_view> view(const std::optional<std::string>& text) {
  if (text) return *text;
  return std::nullopt;
}

// What the statements that look for unclaimed tasks of a lane take.
class lane_arguments {
 public:
  lane_arguments(const agenda_lane& lane, const agenda_place& until, timestamp now)
      : queue_(lane.queue),
        priority_(std::to_string(lane.priority)),
        after_due_(time_text(lane.after.ts_due)),
        after_id_(schema::to_text(lane.after.task_id)),
        until_due_(time_text(until.ts_due)),
        until_id_(schema::to_text(until.task_id)),
        now_(schema::to_text(now)) {}

  [[nodiscard]] std::vector<connection::argument> all() const {
    return {queue_, priority_, after_due_, after_id_, until_due_, until_id_, now_};
  }

 private:
  std::string queue_, priority_, after_due_, after_id_, until_due_, until_id_, now_;
};

agenda_place everything_due(timestamp now) {
  agenda_place last{now, {}};
  std::fill(last.task_id.begin(), last.task_id.end(), std::uint8_t{0xff});
  return last;
}

timestamp time_in(const std::optional<std::string>& text) {
  return schema::parse_timestamp(text.value()).value();
}

}  // namespace

std::optional<std::size_t> file_store::longest_waiting(const claim_request& request, timestamp now,
                                                       deadline limit) {
  const auto connection = reader(limit);
  std::optional<std::size_t> found;
  timestamp least{};
  for (std::size_t i = 0; i < request.lanes.size(); ++i) {
    const lane_arguments of_lane{request.lanes[i], everything_due(now), now};
    const auto head = connection->execute(tasks_.head, of_lane.all());
    if (head.empty()) continue;
    const timestamp rank = time_in(head[0][0]) - ahead_of(request.lanes[i], request.priority_step);
    if (found && rank >= least) continue;
    found = i;
    least = rank;
  }
  return found;
}

claimed_tasks file_store::claim(const claim_request& request, deadline limit) {
  check_claim(request);
  limit = of_call(limit);
  claimed_tasks claimed = lease_tasks(request, limit);
  open_or_give_back(claimed, request.lease, limit);
  return claimed;
}

claimed_tasks file_store::lease_tasks(const claim_request& request, deadline limit) {
  const timestamp now = file_store::now();
  claimed_tasks claimed{{}, longest_waiting(request, now, limit), {}};
  if (!claimed.lane) {
    claimed.next_due = next_due(request.lanes, limit);
    return claimed;
  }
  const std::string& queue = request.lanes[*claimed.lane].queue;
  const lane_arguments of_lane{request.lanes[*claimed.lane], everything_due(now), now};
  std::size_t tasks_max = request.tasks_max;
  const std::string until = schema::to_text(now + request.lease), time = schema::to_text(now);
  const auto connection = writer_.acquire(limit);
  connection->execute(statements_.begin);
  std::vector<connection::row> slots;
  const bool is_limited = connection->execute(tasks_.limit_of, {queue})[0][0] != "0";
  if (is_limited) {
    slots = connection->execute(tasks_.free_slots, {queue, time, std::to_string(tasks_max)});
    tasks_max = slots.size();
  }
  const auto rate = bucket_of(*connection, queue, now);
  if (rate) tasks_max = std::min(tasks_max, rate->free());
  if (rate && rate->free() == 0) claimed.next_due = rate->wait();
  const std::string most = std::to_string(tasks_max);
  auto picked = of_lane.all();
  picked.emplace_back(most);
  for (const auto& row : connection->execute(tasks_.pick, picked))
    claimed.tasks.push_back(lease_from(row[0].value(), stored_form::json));
  for (std::size_t i = 0; i < claimed.tasks.size(); ++i) {
    const task_lease& each = claimed.tasks[i];
    const std::string workflow_id = schema::to_text(each.workflow_id),
                      task_id = schema::to_text(each.task_id);
    connection->execute(tasks_.lease, {workflow_id, task_id, until, request.owner, time});
    if (is_limited)
      connection->execute(tasks_.fill_slot,
                          {queue, slots[i][0], workflow_id, task_id, std::to_string(each.fence)});
  }
  if (rate && !claimed.tasks.empty()) {
    const std::string spent_until = schema::to_text(rate->spent_after(claimed.tasks.size()));
    connection->execute(tasks_.spend_rate, {queue, spent_until});
  }
  connection->execute_write(statements_.commit, {});
  return claimed;
}

std::optional<rate_bucket> file_store::bucket_of(connection& on, std::string_view queue,
                                                 timestamp now) const {
  const auto rows = on.execute(tasks_.rate_of, {queue});
  const auto rate = rate_from(rows);
  if (!rate) return std::nullopt;
  const auto& spent = rows.front()[3];
  return rate_bucket{*rate, spent ? std::optional{time_in(spent)} : std::nullopt, now};
}

std::optional<std::chrono::microseconds> file_store::next_due(std::span<const agenda_lane> lanes,
                                                              deadline limit) {
  check_lanes(lanes);
  const timestamp now = file_store::now();
  const std::string time = schema::to_text(now);
  const auto connection = reader(of_call(limit));
  std::optional<std::chrono::microseconds> next;
  for (const agenda_lane& lane : lanes) {
    const auto rows =
        connection->execute(tasks_.next_due, {lane.queue, std::to_string(lane.priority), time});
    if (!rows[0][0]) continue;
    const auto wait = time_in(rows[0][0]) - now;
    next = next ? std::min(*next, wait) : wait;
  }
  return next;
}

void file_store::limit_running(std::string_view queue, std::size_t most, deadline limit) {
  check_limit(queue, most);
  const std::string number = std::to_string(most);
  const auto connection = writer_.acquire(of_call(limit));
  connection->execute(statements_.begin);
  connection->execute(tasks_.remove_slots, {queue, number});
  connection->execute(tasks_.add_slots, {queue, number});
  connection->execute_write(statements_.commit, {});
}

std::size_t file_store::running_limit(std::string_view queue, deadline limit) {
  check_limit(queue, 0);
  return std::stoull(reader(of_call(limit))->execute(tasks_.limit_of, {queue})[0][0].value());
}

void file_store::limit_rate(std::string_view queue, const std::optional<task_rate>& rate,
                            deadline limit) {
  check_rate(queue, rate);
  const auto connection = writer_.acquire(of_call(limit));
  if (!rate) {
    connection->execute_write(tasks_.remove_rate, {queue});
    return;
  }
  const rate_arguments given{*rate};
  connection->execute_write(tasks_.limit_rate, {queue, given.tasks, given.period, given.burst});
}

std::optional<task_rate> file_store::rate_limit(std::string_view queue, deadline limit) {
  check_limit(queue, 0);
  return rate_from(reader(of_call(limit))->execute(tasks_.rate_of, {queue}));
}

std::vector<listed_task> file_store::list_tasks(const task_list& which, deadline limit) {
  const task_list_arguments given{which, file_store::now()};
  limit = of_call(limit);
  auto listed = listed_from(lists_open_tasks(which)
                                ? reader(limit)->execute(tasks_.list.open, given.open())
                                : reader(limit)->execute(tasks_.list.ended, given.ended()));
  seal().open(listed, limit);
  return listed;
}

template <class Write>
std::vector<std::optional<lease_loss>> file_store::for_leases(
    std::span<const lease_arguments> leases, deadline limit, Write write) {
  std::vector<std::optional<lease_loss>> found(leases.size());
  const auto connection = writer_.acquire(of_call(limit));
  connection->execute(statements_.begin);
  for (std::size_t i = 0; i < leases.size(); ++i) {
    const lease_arguments& each = leases[i];
    if (write(*connection, each)) continue;
    const auto why = connection->execute(tasks_.why, {each.workflow_id, each.task_id, each.fence});
    found[i] = loss_from(why[0][0].value());
  }
  connection->execute_write(statements_.commit, {});
  return found;
}

std::vector<std::optional<lease_loss>> file_store::renew(std::span<const renewal> leases,
                                                         std::chrono::milliseconds lease,
                                                         deadline limit) {
  check_lease(lease);
  limit = of_call(limit);
  const auto arguments = arguments_of(leases, seal(), limit);
  const timestamp now = file_store::now();
  const std::string until = schema::to_text(now + lease), time = schema::to_text(now);
  return for_leases(arguments, limit, [&](connection& on, const lease_arguments& each) {
    return !on.execute(tasks_.renew, {each.workflow_id, each.task_id, each.fence, until,
                                      view(each.progress), time})
                .empty();
  });
}

bool file_store::end_task(connection& on, const lease_arguments& each, timestamp now) const {
  const auto ended = on.execute(tasks_.end, {each.workflow_id, each.task_id, each.fence});
  if (ended.empty()) return false;
  on.execute(tasks_.end_task, {each.workflow_id, each.task_id, each.status, each.attempt,
                               view(each.result), view(each.error), view(ended[0][1]),
                               schema::to_text(now), view(ended[0][0]), each.fence});
  return true;
}

bool file_store::postpone_task(connection& on, const lease_arguments& each, timestamp now) const {
  const auto owner = on.execute(tasks_.owner, {each.workflow_id, each.task_id});
  if (on.execute(tasks_.postpone, {each.workflow_id, each.task_id, each.fence, each.attempt,
                                   schema::to_text(now + each.delay), view(each.progress)})
          .empty())
    return false;
  if (each.error)
    on.execute(tasks_.postpone_task, {each.workflow_id, each.task_id, each.attempt,
                                      view(each.error), view(owner[0][0]), each.fence});
  return true;
}

std::vector<std::optional<lease_loss>> file_store::settle(std::span<const settlement> ended,
                                                          deadline limit) {
  limit = of_call(limit);
  const auto arguments = arguments_of(ended, seal(), limit);
  const auto postponed = schema::to_text(status_of(settlement::result::postponed));
  const timestamp now = file_store::now();
  return for_leases(arguments, limit, [&](connection& on, const lease_arguments& each) {
    return each.status == postponed ? postpone_task(on, each, now) : end_task(on, each, now);
  });
}

}  // namespace nava::persistence::sqlite
