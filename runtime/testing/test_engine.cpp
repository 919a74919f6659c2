// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nava/schema/text.hpp>
#include <nava/testing.hpp>
#include <nava/workflow/error.hpp>
#include <stdexcept>

#include "engine/child.hpp"
#include "engine/timer.hpp"
#include "runtime/inbox/event_delivery.hpp"
#include "runtime/inbox/held_events.hpp"
#include "runtime/worker/task_result.hpp"
#include "runtime/worker/worker_setup.hpp"

namespace nava::testing {
namespace {

using namespace std::chrono_literals;
using persistence::settlement;

constexpr std::size_t runs_max = 10'000;
// On the test's clock, which does not move while a task runs.
constexpr std::chrono::milliseconds lease = 1h;

const persistence::inbox_claim drainer{
    .events_max = 100, .lease = lease, .owner = "test", .event_names = {}};

std::shared_ptr<persistence::store> open_in_memory(const timestamp& now,
                                                   const schema::database_description& extensions) {
  persistence::store_options options;
  options.extensions = extensions;
  options.clock = [&now] { return now; };
  return persistence::open_store(persistence::database_url{"sqlite::memory:"}, options);
}

runtime_options by_clock(const timestamp& now) {
  runtime_options options;
  options.clock = [&now] { return now; };
  return options;
}

}  // namespace

class test_engine::workshop {
 public:
  workshop(std::vector<definition> definitions, const test_options& options)
      : now_(options.now),
        store_(open_in_memory(now_, options.extensions)),
        runtime_(store_, std::move(definitions), by_clock(now_)),
        tasks_(by_name({}, runtime_.own_tasks(lease))) {
    for (std::string& queue : runtime_.own_queues()) watch(std::move(queue));
  }

  void run(task_definition task) {
    const std::string name = task.name;
    tasks_.insert_or_assign(name, std::move(by_name({std::move(task)}, {}).at(name)));
    watch(name);
  }

  void watch(std::string queue) {
    const bool is_known = std::any_of(lanes_.begin(), lanes_.end(),
                                      [&](const auto& lane) { return lane.queue == queue; });
    if (is_known) return;
    for (const std::int64_t priority : {1, 0, -1}) lanes_.push_back({queue, priority, {}});
  }

  std::size_t run_due() {
    std::size_t runs = 0;
    while (true) {
      persistence::claim_request request{.lanes = lanes_, .lease = lease, .owner = "test"};
      auto claimed = store_->claim(request);
      const std::size_t now = claimed.tasks.empty() ? deliver_due() : 1;
      if (now == 0) return runs;
      runs += now;
      if (runs > runs_max)
        throw std::logic_error{fmt::format(
            "{} tasks, timers and events were due at {} alone; look for those that set each other "
            "going",
            runs_max, schema::to_text(now_))};
      if (!claimed.tasks.empty()) run(std::move(claimed.tasks.front()));
    }
  }

  void skip(std::chrono::microseconds by) { now_ = later(by); }

  std::size_t advance(std::chrono::microseconds by) {
    const timestamp end = later(by);
    std::size_t runs = run_due();
    while (const auto next = next_due()) {
      if (*next > end - now_) break;
      now_ += *next;
      runs += run_due();
    }
    now_ = end;
    return runs;
  }

  [[nodiscard]] std::vector<schema::workflow_inbox> inbox() {
    return store_->list_events({.limit = persistence::inbox_events_max});
  }

  [[nodiscard]] workflow_history history(const uuid& id) {
    auto found = store_->history(id);
    if (!found)
      throw error{error_kind::not_found, fmt::format("no workflow {}", schema::to_text(id))};
    return *std::move(found);
  }

  // Ids of one instant tell nothing of the order of decisions; mutations do.
  [[nodiscard]] std::vector<schema::workflow_task> tasks_as_added(const uuid& id) {
    const auto all = history(id);
    std::vector<schema::workflow_task> tasks;
    for (const auto& mutation : all.mutations) {
      if (mutation.name != "add-task") continue;
      const std::string_view added{mutation.mutation.at("_id").as_string()};
      for (const auto& task : all.tasks)
        if (schema::to_text(task.id) == added) tasks.push_back(task);
    }
    return tasks;
  }

  [[nodiscard]] nava::runtime& runtime() { return runtime_; }
  [[nodiscard]] timestamp now() const { return now_; }

 private:
  [[nodiscard]] timestamp later(std::chrono::microseconds by) const {
    if (by < 0us) throw std::logic_error{"the clock of a test never goes back"};
    return now_ + by;
  }

  [[nodiscard]] std::optional<std::chrono::microseconds> next_due() {
    auto next = store_->next_due(lanes_);
    for (const auto& each : inbox())
      if (each.status != schema::inbox_status::failed && each.ts_due && *each.ts_due > now_)
        next = std::min(next.value_or(std::chrono::microseconds::max()), *each.ts_due - now_);
    return next;
  }

  struct delivered_event {
    schema::workflow_inbox row;
    persistence::inbox_settlement ended;
  };

  // `before`: those of its resource that went before it.
  [[nodiscard]] persistence::inbox_settlement end_of_delivery(
      const schema::workflow_inbox& event, bool is_behind_early,
      const std::vector<delivered_event>& before) {
    using enum persistence::inbox_settlement::result;
    for (const auto& each : before) {
      if (each.ended.ends_as == again) return given_back(event);
      if (each.ended.ends_as == early && !event.unreadable && have_one_subject(each.row, event))
        return kept_behind(event, each.ended);
    }
    return runtime_.deliver_in_order(event, is_behind_early, drainer, {}, {});
  }

  // How many events of the inbox were due.
  std::size_t deliver_due() {
    auto claimed = store_->claim_events(drainer);
    put_in_order(claimed.events);
    std::map<resource, std::vector<delivered_event>> delivered;
    for (const auto& each : claimed.events) {
      auto& before = delivered[resource{each.resource_name, each.resource_id}];
      before.push_back(
          {each, end_of_delivery(each, claimed.behind_early.contains(each.seq), before)});
      (void)store_->settle_events({&before.back().ended, 1});
    }
    return claimed.events.size();
  }

  void run(persistence::task_lease claimed) {
    const auto known = tasks_.find(claimed.name);
    if (known == tasks_.end()) {
      const settlement back = given_back(held_task{claimed, nullptr});
      (void)store_->settle({&back, 1});
      throw std::logic_error{fmt::format(
          "a queue that is watched has a task '{}'; give it to run_tasks() too", claimed.name)};
    }
    held_task task{std::move(claimed), &known->second};
    task.begin();
    settlement ended = task.lease().is_paused ? given_back(task, put_off) : run_handler(task);
    if (ended.ends_as == settlement::result::postponed) {
      ended.progress = task.take_progress();
      // A test has no use for chance.
      if (ended.error) ended.delay = backoff_after(task.attempt(), known->second.policy);
    }
    const auto& of = task.lease();
    try {
      if (ended.ends_as != settlement::result::postponed &&
          runtime_.listens_to_task(of.wfdef_key, of.wfdef_rev, of.name)) {
        (void)runtime_.end_task(of.workflow_id, end_of(task, ended),
                                {of.fence, "test", of.ts_start}, lease);
        return;
      }
    } catch (const engine::workflow_paused&) {
      ended = given_back(task, put_off);
    }
    (void)store_->settle({&ended, 1});
  }

  timestamp now_;
  std::shared_ptr<persistence::store> store_;
  nava::runtime runtime_;
  task_definitions tasks_;
  std::vector<persistence::agenda_lane> lanes_;
};

test_engine::test_engine(std::vector<definition> definitions, const test_options& options)
    : workshop_(std::make_unique<workshop>(std::move(definitions), options)) {}

test_engine::~test_engine() = default;

runtime& test_engine::runtime() { return workshop_->runtime(); }

timestamp test_engine::now() const { return workshop_->now(); }

test_engine& test_engine::run_tasks(task_definition task) {
  workshop_->run(std::move(task));
  return *this;
}

test_engine& test_engine::answer_tasks(std::string name, json::object result) {
  return run_tasks(
      {std::move(name), [result = std::move(result)](task_context&) { return result; }});
}

test_engine& test_engine::fail_tasks(std::string name, std::string reason) {
  return run_tasks({std::move(name), [reason = std::move(reason)](task_context&) -> json::object {
                      throw give_up{reason};
                    }});
}

test_engine& test_engine::watch_queue(std::string name) {
  workshop_->watch(std::move(name));
  return *this;
}

std::size_t test_engine::run_due() { return workshop_->run_due(); }

std::size_t test_engine::advance(std::chrono::microseconds by) { return workshop_->advance(by); }

std::vector<std::string> test_engine::inbox() {
  std::vector<std::string> lines;
  for (const auto& each : workshop_->inbox())
    lines.push_back(fmt::format("{} {}/{} {}", each.event_name, each.resource_name,
                                each.resource_id, schema::to_text(each.status)));
  return lines;
}

void test_engine::skip(std::chrono::microseconds by) { workshop_->skip(by); }

std::vector<std::string> test_engine::steps(const uuid& workflow_id) {
  std::vector<std::string> lines;
  for (const auto& step : workshop_->history(workflow_id).state.steps) {
    std::string line = fmt::format("{} {}", step.step_key, to_text(step.status));
    const bool is_finished = step.stm_state == engine::state_finished;
    const std::string& state = is_finished ? step.stm_from.value() : step.stm_state;
    if (!is_finished || state != engine::state_created) line += ' ' + state;
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> test_engine::tasks(const uuid& workflow_id) {
  std::vector<std::string> lines;
  for (const auto& task : workshop_->tasks_as_added(workflow_id))
    if (!task.name.starts_with(engine::runtime_prefix))
      lines.push_back(fmt::format("{} {}", task.name, to_text(task.status)));
  return lines;
}

std::vector<std::string> test_engine::timers(const uuid& workflow_id) {
  auto tasks = workshop_->tasks_as_added(workflow_id);
  std::stable_sort(tasks.begin(), tasks.end(),
                   [](const auto& left, const auto& right) { return left.ts_due < right.ts_due; });
  // The workflow may expire too.
  const auto steps = workshop_->history(workflow_id).state.steps;
  const auto whose = [&](const engine::timer& timer) {
    const auto step = std::find_if(steps.begin(), steps.end(),
                                   [&](const auto& each) { return each.id == timer.step_id; });
    const bool is_told = timer.kind == engine::timer_kind::expired && step != steps.end();
    return is_told ? step->step_key + " " : std::string{};
  };
  std::vector<std::string> lines;
  for (const auto& task : tasks)
    if (const auto timer = engine::timer_of(task); timer && !is_finished(task.status))
      lines.push_back(fmt::format("{}{} {}", whose(*timer), engine::title_of(*timer),
                                  schema::to_text(*task.ts_due)));
  return lines;
}

std::vector<std::string> test_engine::messages(const uuid& workflow_id) {
  std::vector<std::string> lines;
  for (const auto& message : workshop_->history(workflow_id).messages)
    lines.push_back(fmt::format("{}: {}", message.source, message.content));
  return lines;
}

std::vector<std::string> test_engine::mutations(const uuid& workflow_id) {
  std::vector<std::string> lines;
  for (const auto& mutation : workshop_->history(workflow_id).mutations)
    lines.push_back(mutation.name);
  return lines;
}

std::vector<std::string> test_engine::children(const uuid& workflow_id) {
  std::vector<std::string> lines;
  for (const auto& task : workshop_->tasks_as_added(workflow_id)) {
    if (task.name != engine::child_task) continue;
    const auto asked = engine::child_request_of(task.input);
    lines.push_back(fmt::format("{} {}/{} {}", asked.wfdef_key, asked.about.name, asked.about.id,
                                to_text(task.status)));
  }
  return lines;
}

}  // namespace nava::testing
