// SPDX-License-Identifier: Apache-2.0
#include "simulation/scenario.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include <functional>
#include <list>
#include <map>
#include <nava/nava.hpp>
#include <nava/runtime/verify_workflows.hpp>
#include <thread>

namespace nava::test {
namespace {

using namespace std::chrono_literals;
using virtual_threads::chance;

constexpr int processes = 2;
constexpr std::chrono::milliseconds lease = 2s;
constexpr std::chrono::seconds tick{3};

void note(step_context& step, std::string_view what, const json::value& more) {
  const json::value so_far = step.recall(what);
  json::array all = so_far.is_null() ? json::array{} : so_far.as_array();
  all.push_back(more);
  step.memorize({{what, std::move(all)}});
}

// A task with an effect outside, then a time that comes, then two answers from outside, of which
// the first may come before anybody waits for it, and a step that one of two persons takes.
definition job() {
  definition_builder job{"job", revision{1}};
  job.keep_hash_chain();
  job.stage("s", "Stage");
  job.step("work", {.stage = "s"})
      .on_task_finished("effect",
                        [](step_context& step, const task_end&) {
                          note(step, "ends", 1);
                          step.wake_in("rest", 300ms);
                        })
      .on_wake("rest", [](step_context& step) {
        note(step, "times", 1);
        step.finish();
        step.workflow().add_step("questions");
      });
  job.step("questions", {.stage = "s", .candidates = {.groups = {"clerks"}}})
      .on("answer", [](step_context& step, const event& answer) {
        note(step, "answers", answer.data.at("n"));
        if (answer.data.at("n") == 2) step.finish();
      });
  job.keep_early("answer", 1h);
  job.on_started([](workflow_context& on) {
    on.add_step("work").add_task("effect", {}, {.attempts_max = 1'000});
    // Nobody listens to its end.
    on.add_task("mail", {}, {.attempts_max = 1'000});
  });
  return job.build();
}

// Begins again under the same resource after it was erased.
definition audit() {
  definition_builder audit{"audit", revision{1}};
  audit.stage("s", "Stage").step("looking", {.stage = "s"});
  audit.on_started([](workflow_context& on) { on.add_step("looking"); });
  return audit.build();
}

std::shared_ptr<spdlog::logger> no_log() {
  auto silent = std::make_shared<spdlog::logger>("simulation");
  silent->set_level(spdlog::level::off);
  return silent;
}

// Virtual time makes patience cheap.
template <class Call>
auto insist(Call call) {
  while (true) {
    try {
      return call();
    } catch (const nava::exception& failure) {
      if (!failure.may_retry()) throw;
      std::this_thread::sleep_for(100ms);
    }
  }
}

std::size_t events_of(const workflow_history& history, const std::string& key) {
  return static_cast<std::size_t>(std::ranges::count_if(
      history.events, [&](const auto& each) { return each.event_key == key; }));
}

}  // namespace

class scenario::cast {
 public:
  cast(std::shared_ptr<persistence::store> real, fault_plan& plan)
      : real_(std::make_shared<watched_store>(std::move(real), plan)), plan_(plan) {}

  std::vector<std::string> play() {
    options_.store.logger = no_log();
    options_.cache_workflows = chance(2) * 16;
    jobs_.resize(1 + chance(2));
    clients_ = begin_runtime(virtual_threads::first_group, false);
    running_most_ = chance(2);
    insist([&] { return clients_->store().limit_running("effect", running_most_), 0; });
    if (chance(4) == 0) insist([&] { return set_schedule(), 0; });
    for (int i = 0; i < processes; ++i) begin_process();
    std::vector<std::thread> clients;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      clients.emplace_back([this, i] { publish_answers(i); });
      // Tasks of a workflow that is PAUSED are looked at each minute.
      if (chance(4) == 0) clients.emplace_back([this, i] { hold_up(i); });
      for (const char* user : {"eva", "max"})
        clients.emplace_back([this, i, user] { take_questions(i, user); });
    }
    clients.emplace_back([this] { look_twice(); });
    for (std::thread& each : clients) each.join();
    while (!is_done()) {
      std::this_thread::sleep_for(1s);
      bring_back_the_dead();
    }
    if (is_scheduled_) pause_schedule();
    is_over_ = true;
    for (const process& each : processes_)
      while (!each.has_ended && !virtual_threads::is_dead(each.group))
        std::this_thread::sleep_for(1s);
    check();
    return std::move(broken_);
  }

 private:
  struct one_job {
    std::optional<uuid> id{};
    std::set<std::string> winners{};
    std::vector<std::string> acknowledged{};  // keys
  };
  struct process {
    virtual_threads::group group = 0;
    bool has_ended = false;
  };

  template <class Read>
  auto look(Read read) {
    std::optional<decltype(read(*real_))> result;
    virtual_threads::without_others([&] { result.emplace(read(*real_)); });
    return *std::move(result);
  }

  std::unique_ptr<runtime> begin_runtime(virtual_threads::group mine, bool may_die) {
    const auto store = std::make_shared<simulated_store>(real_, plan_, mine, may_die);
    return insist([&] {
      return std::make_unique<runtime>(store, std::vector{job(), audit()}, options_);
    });
  }

  void begin_process() {
    const virtual_threads::group mine = ++groups_;
    process& made = processes_.emplace_back(mine);
    std::thread{[this, mine, &made] {
      work(mine);
      made.has_ended = true;
    }}.detach();
  }

  void work(virtual_threads::group mine) {
    virtual_threads::join_group(mine);
    const auto store = std::make_shared<simulated_store>(real_, plan_, mine, true);
    const auto run = insist([&] {
      return std::make_unique<runtime>(store, std::vector{job(), audit()}, options_);
    });
    const auto effect = [this](task_context& task) {
      effects_[task.id()]++;
      expect_no_more_run();
      // Some are longer than their lease.
      const std::uint64_t longest_ms = chance(8) == 0 ? 5'000 : 50;
      std::this_thread::sleep_for(
          std::chrono::milliseconds{static_cast<std::int64_t>(chance(longest_ms))});
      if (chance(16) == 0) throw std::runtime_error{"no luck"};
      return json::object{};
    };
    const std::string name = fmt::format("process {}", mine);
    const worker works{*run,
                       {{"effect", effect}, {"mail", effect}},
                       {.name = name, .threads = 2, .tasks_max = 4, .lease = lease, .poll = 3s}};
    const inbox_drainer delivers{
        *run, {.name = name, .threads = 2, .events_max = 8, .lease = lease, .poll = 3s}};
    while (!is_over_) std::this_thread::sleep_for(1s);
  }

  // Of tasks whose lease has not ended.
  void expect_no_more_run() {
    if (running_most_ == 0) return;
    const auto running = look([](auto& store) {
      return store.list_tasks({.status = schema::task_status::running, .name = "effect"});
    });
    if (running.size() > running_most_)
      broken_.push_back(
          fmt::format("{} tasks run, of a queue of {}", running.size(), running_most_));
  }

  void set_schedule() {
    is_scheduled_ = true;
    schedules{*clients_}.set("ticks", schedule_spec::every(tick, {}),
                             scheduled_start{"audit", "tick"},
                             {.missed = missed_ticks::all, .overlapping = overlap::allow});
  }

  // Without a key: a try whose answer was lost is refused when it is made again.
  void pause_schedule() {
    while (!insist([&] { return schedules{*clients_}.find("ticks").value(); }).is_paused) try {
        schedules{*clients_}.pause("ticks");
      } catch (const nava::exception& failure) {
        if (!failure.may_retry()) throw;
        std::this_thread::sleep_for(100ms);
      }
  }

  // From the first tick that was run to the last none is left out.
  void check_schedule() {
    const auto rows = look([](auto& store) {
      return store.list({.wfdef_key = "audit", .limit = persistence::list_rows_max}).workflows;
    });
    std::set<timestamp> ticks;
    for (const auto& row : rows)
      if (row.resource_name == "tick")
        ticks.insert(*parse_timestamp(row.resource_id.substr(row.resource_id.find('/') + 1)));
    const auto stands = insist([&] { return schedules{*clients_}.find("ticks").value(); });
    if (stands.last_tick && !ticks.contains(*stands.last_tick))
      broken_.push_back("the last tick has started nothing");
    for (const timestamp at : ticks)
      if (at != *ticks.begin() && !ticks.contains(at - tick))
        broken_.push_back("a tick was left out before " + schema::to_text(at));
  }

  void bring_back_the_dead() {
    const auto dead = processes_.remove_if(
        [](const process& each) { return virtual_threads::is_dead(each.group); });
    for (std::size_t i = 0; i < dead; ++i) begin_process();
  }

  static resource resource_of(std::size_t i) { return {"job", std::to_string(i)}; }
  static void rest() {
    std::this_thread::sleep_for(
        std::chrono::milliseconds{static_cast<std::int64_t>(chance(1'000))});
  }

  void publish_answers(std::size_t i) {
    one_job& mine = jobs_[i];
    mine.id = insist([&] { return clients_->start("job", resource_of(i)); }).workflow_id;
    for (int n = 1; n <= 2; ++n) {
      rest();
      // A workflow that is COMPLETED takes none.
      comment(mine, fmt::format("comment {}", n));
      insist([&] {
        return clients_->publish({.name = "answer",
                                  .resource = resource_of(i),
                                  .key = fmt::format("answer {}", n),
                                  .data = {{"n", n}}});
      });
      mine.acknowledged.push_back(fmt::format("answer {}", n));
    }
  }

  void comment(one_job& on, const std::string& key) {
    insist([&] { return clients_->comment(*on.id, "seen", {.actor = "eva", .key = key}); });
    on.acknowledged.push_back(key);
  }

  void hold_up(std::size_t i) {
    await_id(i);
    rest();
    try {
      insist([&] { return clients_->pause(*jobs_[i].id, {.key = "pause"}); });
    } catch (const engine::action_refused&) {
      return;  // it has ended already
    }
    rest();
    insist([&] { return clients_->resume(*jobs_[i].id, {.key = "resume"}); });
    jobs_[i].acknowledged.insert(jobs_[i].acknowledged.end(), {"pause", "resume"});
  }

  void await_id(std::size_t i) {
    while (!jobs_[i].id) std::this_thread::sleep_for(50ms);
  }

  void take_questions(std::size_t i, const std::string& user) {
    await_id(i);
    while (true) {
      bring_back_the_dead();
      const auto loaded = insist([&] { return clients_->store().load(*jobs_[i].id); });
      const auto& steps = loaded->state.steps;
      const auto found = std::ranges::find(steps, "questions", &schema::workflow_step::step_key);
      if (found == steps.end()) {
        std::this_thread::sleep_for(1s);
        continue;
      }
      try {
        insist([&] {
          return clients_->claim(*jobs_[i].id, found->id, {.user = user, .groups = {"clerks"}},
                                 {.key = "claim of " + user});
        });
        jobs_[i].winners.insert(user);
        jobs_[i].acknowledged.push_back("claim of " + user);
        return;
      } catch (const engine::action_refused&) {
        if (loaded->state.workflow.status != schema::workflow_status::paused) return;
        std::this_thread::sleep_for(200ms);
      }
    }
  }

  // The second life must not see rows of the first.
  void look_twice() {
    const resource about{"audit", "1"};
    for (int life = 1; life <= 2; ++life) {
      const uuid id = insist([&] { return clients_->start("audit", about); }).workflow_id;
      const auto said =
          insist([&] { return clients_->comment(id, "seen", {.actor = "eva", .key = "once"}); });
      (void)said;
      const auto history = insist([&] { return clients_->store().history(id); });
      if (!history || events_of(*history, "once") != 1 || history->events.size() != 2)
        broken_.push_back(fmt::format("life {} of the audit has other events", life));
      insist([&] { return clients_->store().erase(id); });
      // A request to create it that the network held back finds its tombstone.
      if (const auto left = insist([&] { return clients_->store().count_rows(id); });
          std::ranges::any_of(left, [](const auto& each) { return each.rows != 0; }))
        broken_.push_back("an erased workflow has rows");
    }
  }

  bool is_done() {
    for (const one_job& each : jobs_) {
      const auto found = look([&](auto& store) { return store.load(*each.id); });
      if (!found || found->state.workflow.status != schema::workflow_status::completed ||
          !found->state.tasks.empty())
        return false;
    }
    return look([](auto& store) { return store.list_events({}); }).empty();
  }

  void check() {
    for (std::size_t i = 0; i < jobs_.size(); ++i) check_job(i);
    if (is_scheduled_) check_schedule();
    broken_.insert(broken_.end(), plan_.broken.begin(), plan_.broken.end());
    const auto listen = [this](const contradiction& found) { broken_.push_back(found.text); };
    (void)look([&](auto& store) {
      return verify_workflows(store, persistence::list_request{}, {.on_contradiction = listen});
    });
  }

  void check_job(std::size_t i) {
    const one_job& mine = jobs_[i];
    const auto history = look([&](auto& store) { return store.history(*mine.id); }).value();
    const auto expect = [&](bool is_so, const std::string& what) {
      if (!is_so)
        broken_.push_back(
            fmt::format("job {}: {}: {}", i, what, json::serialize(workflow_json(history.state))));
    };
    const auto& steps = history.state.steps;
    expect(steps.at(0).memory == json::value{{"ends", {1}}, {"times", {1}}},
           "its task has one end, and its time came once");
    expect(steps.at(1).memory == json::value{{"answers", {1, 2}}},
           "each answer is applied once, in order");
    for (const std::string& key : mine.acknowledged)
      expect(events_of(history, key) == 1, fmt::format("'{}' is there once", key));
    expect(mine.winners.size() <= 1, "one person has the step");
    if (!mine.winners.empty())
      expect(steps.at(1).owner_id == *mine.winners.begin(), "who was told to have the step has it");
    for (const auto& task : history.tasks)
      if (task.name == "effect" || task.name == "mail")
        expect(task.status == schema::task_status::completed && effects_.contains(task.id),
               fmt::format("'{}' was done before it was COMPLETED", task.name));
  }

  const std::shared_ptr<persistence::store> real_;
  fault_plan& plan_;
  runtime_options options_;
  std::unique_ptr<runtime> clients_;
  std::vector<one_job> jobs_;
  std::list<process> processes_;
  virtual_threads::group groups_ = virtual_threads::first_group;
  bool is_over_ = false;
  std::size_t running_most_ = 0;  // of `effect`; 0: any number
  bool is_scheduled_ = false;
  std::map<uuid, int> effects_;
  std::vector<std::string> broken_;
};

scenario::scenario(std::shared_ptr<persistence::store> real, fault_plan& plan)
    : cast_(std::make_unique<cast>(std::move(real), plan)) {}

scenario::~scenario() = default;

std::vector<std::string> scenario::play() { return cast_->play(); }

}  // namespace nava::test
