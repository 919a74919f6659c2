// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <nava/nava.hpp>
#include <thread>

#include "benchmarks/baseline/tasks.hpp"
#include "benchmarks/run_report.hpp"

namespace nava::benchmarks {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t tasks_per_workflow = 5;
constexpr std::size_t batch = persistence::tasks_at_once_max;
// Threads that decide at once: their commits share transactions.
constexpr std::size_t deciding = 32;

// Its tasks `plain` have nobody who listens to their end; that of its tasks `heard` is a decision.
definition errand() {
  definition_builder errand{"errand", revision{1}};
  errand.stage("s", "Stage");
  errand.step("run", {.stage = "s"}).on("more", [](step_context& step, const event&) {
    step.add_task("plain");
  });
  errand.on_task_finished("heard", [](workflow_context&, const task_end&) {});
  errand.on_started([](workflow_context& on) {
    on.add_step("run");
    const std::string name{on.params().at("task").as_string()};
    for (std::int64_t i = 0; i < on.params().at("tasks").as_int64(); ++i) on.add_task(name);
  });
  return errand.build();
}

// Workflows with tasks that wait, until it goes.
class errands {
 public:
  errands(runtime& run, std::string_view task, std::int64_t tasks, std::int64_t each) : run_(run) {
    for (std::int64_t i = 0; i < tasks / each; ++i)
      ids_.push_back(run_.start("errand", {"errand", schema::to_text(new_id())},
                                {{"task", task}, {"tasks", each}})
                         .workflow_id);
  }
  ~errands() {
    for (const uuid& id : ids_) (void)run_.store().erase(id);
  }
  errands(const errands&) = delete;
  errands& operator=(const errands&) = delete;

  [[nodiscard]] const uuid& first() const { return ids_.front(); }

 private:
  runtime& run_;
  std::vector<uuid> ids_;
};

// Counts what handlers do, and waits for it.
class counter {
 public:
  json::object count() {
    const std::lock_guard lock{mutex_};
    ++counted_;
    changed_.notify_all();
    return {};
  }
  void await(std::int64_t number) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return counted_ >= number; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t counted_ = 0;
};

std::int64_t in_whole_workflows(std::int64_t tasks) {
  return tasks_per_workflow *
         std::max<std::int64_t>(1, (tasks + tasks_per_workflow - 1) / tasks_per_workflow);
}

figures rate(std::string contender, std::int64_t tasks, const samples& timed) {
  figures found = figures_of(std::move(contender), timed);
  found.operations = static_cast<std::size_t>(tasks);
  found.per_second = static_cast<double>(tasks) / timed.total_s();
  return found;
}

figures by_worker(runtime& run, std::string contender, const std::string& task,
                  std::int64_t tasks) {
  const errands waiting{run, task, tasks, tasks_per_workflow};
  counter done;
  samples timed;
  timed.time([&] {
    worker works{run,
                 {{task, [&](task_context&) { return done.count(); }}},
                 {.threads = task == "heard" ? deciding : 4, .tasks_max = 2 * batch}};
    done.await(tasks);
    works.stop();
  });
  return rate(std::move(contender), tasks, timed);
}

figures by_hand(const options& given, runtime& run, std::int64_t tasks) {
  const errands waiting{run, "plain", tasks, tasks_per_workflow};
  samples timed;
  plain_worker works{given, "plain"};
  timed.time([&] {
    while (works.claim(batch) > 0) works.settle();
  });
  return rate("floor", tasks, timed);
}

// From the call that stores a task to its handler, one after the other.
figures from_stored_to_run(const options& given, runtime& run) {
  const errands waiting{run, "plain", 1, 1};
  std::atomic<std::chrono::steady_clock::time_point> ran{};
  counter done;
  worker works{run, {{"plain", [&](task_context&) {
                        ran = std::chrono::steady_clock::now();
                        return done.count();
                      }}}};
  done.await(1);
  samples timed;
  for (std::int64_t i = 0; i < given.warm_up; ++i) {
    const auto began = std::chrono::steady_clock::now();
    (void)run.deliver_to(waiting.first(), {.name = "more", .key = no_key});
    done.await(i + 2);
    timed.add(ran.load() - began);
  }
  works.stop();
  return figures_of("stored_to_run", timed);
}

void run(const options& given, report& out) {
  const std::int64_t plain = in_whole_workflows(given.operations);
  const std::int64_t heard = in_whole_workflows(given.operations / 5);
  runtime_options options;
  options.cache_workflows = static_cast<std::size_t>(plain);
  runtime run{given.url, {errand()}, options};
  for (std::int64_t round = 0; round < given.rounds; ++round) {
    std::vector<figures> found;
    if (given.wants("worker")) found.push_back(by_worker(run, "worker", "plain", plain));
    if (given.wants("floor") && given.on_postgresql()) found.push_back(by_hand(given, run, plain));
    if (given.wants("listening")) found.push_back(by_worker(run, "listening", "heard", heard));
    if (given.wants("stored_to_run")) found.push_back(from_stored_to_run(given, run));
    out.add_round(std::move(found));
  }
  out.compare("tasks: worker / floor, rate", metric::per_second, "worker", "floor");
  out.note("listening: 32 threads, and the workflows are in the runtime's cache");
  out.chart(metric::per_second);
}

}  // namespace

workload tasks() {
  return {"tasks",
          "claim, run and settle tasks that do nothing; listening: each end is a decision; "
          "stored_to_run: from the call that stores a task to its handler, so many as warm_up says",
          {"worker", "floor", "listening", "stored_to_run"},
          {option::operations, option::warm_up, option::contenders},
          {.operations = 20'000, .warm_up = 200},
          &run};
}

}  // namespace nava::benchmarks
