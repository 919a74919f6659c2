// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <nava/nava.hpp>
#include <nava/schema/workflow_database.hpp>
#include <stdexcept>
#include <thread>

#include "benchmarks/run_report.hpp"

namespace nava::benchmarks {
namespace {

constexpr std::int64_t events_per_workflow = 5;
// Threads that decide at once: their commits share transactions.
constexpr std::size_t deciding = 32;

// Counts what handlers do, and waits for it.
class deliveries {
 public:
  void count() {
    if (++counted_ < expected_) return;
    const std::lock_guard lock{mutex_};
    changed_.notify_all();
  }
  void expect(std::int64_t more) { expected_ = counted_ + more; }
  void await() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return counted_ >= expected_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<std::int64_t> counted_ = 0, expected_ = 0;
};

definition account(deliveries& done) {
  definition_builder account{"account", revision{1}};
  account.stage("s", "Stage");
  account.step("open", {.stage = "s"});
  account.on("paid", [&](workflow_context&, const event&) { done.count(); });
  account.on_started([](workflow_context& on) { on.add_step("open"); });
  return account.build();
}

// Workflows that take events, until it goes.
class accounts {
 public:
  accounts(runtime& run, std::int64_t number) : run_(run) {
    for (std::int64_t i = 0; i < number; ++i) {
      names_.push_back(schema::to_text(new_id()));
      ids_.push_back(run.start("account", {"account", names_.back()}).workflow_id);
    }
  }
  ~accounts() {
    for (const uuid& id : ids_) (void)run_.store().erase(id);
  }
  accounts(const accounts&) = delete;
  accounts& operator=(const accounts&) = delete;

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  runtime& run_;
  std::vector<std::string> names_;
  std::vector<uuid> ids_;
};

event paid(const std::string& name, std::int64_t number) {
  return {.name = "paid",
          .resource = {"account", name},
          .key = fmt::format("payment-{}", number),
          .data = {{"amount", number}}};
}

// Events of all workflows by turns, many in a statement.
void fill(runtime& run, const accounts& of) {
  static std::int64_t seq = 0;
  std::vector<schema::workflow_inbox> rows;
  for (std::int64_t number = 0; number < events_per_workflow; ++number)
    for (const std::string& name : of.names()) {
      const event happened = paid(name, number);
      schema::workflow_inbox& row = rows.emplace_back();
      row.seq = ++seq;
      row.event_key = happened.key.text();
      row.event_name = happened.name;
      row.resource_name = happened.resource.name;
      row.resource_id = happened.resource.id;
      row.event_data = happened.data;
      row.ts_created =
          std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    }
  constexpr std::size_t at_once = 1'000;
  for (std::size_t i = 0; i < rows.size(); i += at_once) {
    const std::vector<schema::workflow_inbox> part{
        rows.begin() + static_cast<std::ptrdiff_t>(i),
        rows.begin() + static_cast<std::ptrdiff_t>(std::min(rows.size(), i + at_once))};
    insert_rows<schema::workflow_database<>>(run.store(), part);
  }
}

figures rate(std::string contender, std::int64_t events, const samples& timed) {
  figures found = figures_of(std::move(contender), timed);
  found.operations = static_cast<std::size_t>(events);
  found.per_second = static_cast<double>(events) / timed.total_s();
  return found;
}

figures by_drainer(runtime& run, deliveries& done, std::int64_t workflows) {
  const accounts waiting{run, workflows};
  fill(run, waiting);
  done.expect(workflows * events_per_workflow);
  samples timed;
  timed.time([&] {
    inbox_drainer drainer{run, {.threads = deciding, .events_max = 1'000}};
    done.await();
    drainer.stop();
  });
  if (!run.store().list_events({}).empty())
    throw std::runtime_error{"the drainer has left events behind"};
  return rate("drainer", workflows * events_per_workflow, timed);
}

figures by_deliver(runtime& run, std::int64_t workflows) {
  const accounts waiting{run, workflows};
  std::atomic<std::size_t> next = 0;
  const auto deliver = [&] {
    for (std::size_t i; (i = next++) < waiting.names().size();)
      for (std::int64_t number = 0; number < events_per_workflow; ++number)
        (void)run.deliver(paid(waiting.names()[i], number));
  };
  samples timed;
  timed.time([&] {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < deciding; ++i) threads.emplace_back(deliver);
  });
  return rate("floor", workflows * events_per_workflow, timed);
}

// From the call that stores an event to its handler, one after the other.
figures from_stored_to_applied(const options& given, runtime& run, deliveries& done) {
  const accounts waiting{run, 1};
  inbox_drainer drainer{run};
  samples timed;
  for (std::int64_t i = 0; i < given.warm_up; ++i) {
    done.expect(1);
    timed.time([&] {
      (void)run.publish(paid(waiting.names().front(), i));
      done.await();
    });
  }
  drainer.stop();
  return figures_of("stored_to_applied", timed);
}

void run(const options& given, report& out) {
  const std::int64_t workflows = std::max<std::int64_t>(1, given.operations / events_per_workflow);
  deliveries done;
  runtime_options options;
  options.cache_workflows = static_cast<std::size_t>(workflows);
  runtime run{given.url, {account(done)}, options};
  for (std::int64_t round = 0; round < given.rounds; ++round) {
    std::vector<figures> found;
    if (given.wants("drainer")) found.push_back(by_drainer(run, done, workflows));
    if (given.wants("floor")) found.push_back(by_deliver(run, workflows));
    if (given.wants("stored_to_applied")) found.push_back(from_stored_to_applied(given, run, done));
    out.add_round(std::move(found));
  }
  out.compare("inbox: drainer / deliver, rate", metric::per_second, "drainer", "floor");
  out.note(
      "32 threads, and the workflows are in the runtime's cache; floor: deliver() of the same "
      "events, without the inbox");
  out.chart(metric::per_second);
}

}  // namespace

workload inbox() {
  return {"inbox",
          "deliver events of the inbox, five for each workflow; stored_to_applied: from the call "
          "that stores an event to its handler, so many as warm_up says",
          {"drainer", "floor", "stored_to_applied"},
          {option::operations, option::warm_up, option::contenders},
          {.operations = 20'000, .warm_up = 200},
          &run};
}

}  // namespace nava::benchmarks
