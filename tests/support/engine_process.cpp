// SPDX-License-Identifier: Apache-2.0
#include "support/engine_process.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <thread>

#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/intercepted_store.hpp"
#include "support/sound_database.hpp"

namespace nava::test {

using namespace std::chrono_literals;

namespace {

// Each has a task with an effect outside, then a time that comes, then two answers from outside, of
// which the first may come before anybody waits for it.
definition job() {
  definition_builder job{"job", revision{1}};
  job.keep_hash_chain();
  job.stage("s", "Stage");
  const auto note = [](step_context& step, std::string_view what, const json::value& more) {
    const json::value so_far = step.recall(what);
    json::array all = so_far.is_null() ? json::array{} : so_far.as_array();
    all.push_back(more);
    step.memorize({{what, std::move(all)}});
  };
  job.step("work", {.stage = "s"})
      .on_task_finished("effect",
                        [note](step_context& step, const task_end&) {
                          note(step, "ends", 1);
                          step.wake_in("rest", 5ms);
                        })
      .on_wake("rest", [note](step_context& step) {
        note(step, "times", 1);
        step.finish();
        step.workflow().add_step("questions");
      });
  job.step("questions", {.stage = "s", .candidates = {.users = {"eva"}}})
      .on("answer", [note](step_context& step, const event& answer) {
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

// A task for a machine of which there is one.
definition part() {
  definition_builder part{"part", revision{1}};
  part.stage("s", "Stage");
  part.step("pressing", {.stage = "s"}).on_task_finished("press", [](step_context& step, auto&) {
    step.finish();
  });
  part.on_started([](workflow_context& on) {
    on.add_step("pressing").add_task("press", {}, {.attempts_max = 1'000});
  });
  return part.build();
}

// Ends as it begins, and is purged.
definition chaff() {
  definition_builder chaff{"chaff", revision{1}};
  chaff.stage("s", "Stage");
  chaff.step("nothing", {.stage = "s"});
  chaff.on_started([](workflow_context& on) { on.add_step("nothing").finish(); });
  return chaff.build();
}

class dying_store : public intercepted_store {
 public:
  dying_store(std::shared_ptr<persistence::store> real, const process_habits& habits)
      : intercepted_store(std::move(real)), habits_(habits) {}

  // Where nobody waits for what a call of it holds.
  void stop_between_calls(const std::function<void()>& note) {
    const std::lock_guard lock{calls_};
    note();
    // A signal for the process would reach another thread, and this one might go on before.
    ::raise(SIGSTOP);
  }

  nava::commit_result commit(const nava::unit_of_work& unit, nava::deadline limit) override {
    pass(crash_point::before_commit);
    const nava::commit_result result = intercepted_store::commit(unit, limit);
    pass(crash_point::after_commit);
    return result;
  }
  persistence::claimed_tasks claim(const persistence::claim_request& request,
                                   nava::deadline limit) override {
    auto claimed = intercepted_store::claim(request, limit);
    if (!claimed.tasks.empty()) pass(crash_point::after_claim);
    return claimed;
  }
  std::vector<std::optional<persistence::lease_loss>> settle(
      std::span<const persistence::settlement> ended, nava::deadline limit) override {
    pass(crash_point::before_settlement);
    auto losses = intercepted_store::settle(ended, limit);
    pass(crash_point::after_settlement);
    return losses;
  }
  persistence::claimed_events claim_events(const persistence::inbox_claim& request,
                                           nava::deadline limit) override {
    auto claimed = intercepted_store::claim_events(request, limit);
    if (!claimed.events.empty()) pass(crash_point::after_claim_of_events);
    return claimed;
  }
  std::size_t settle_events(std::span<const persistence::inbox_settlement> ended,
                            nava::deadline limit) override {
    pass(crash_point::before_settlement_of_events);
    const std::size_t count = intercepted_store::settle_events(ended, limit);
    pass(crash_point::after_settlement_of_events);
    return count;
  }

 private:
  void intercept(error_kind, const std::function<void()>& call) override {
    const std::shared_lock lock{calls_};
    call();
  }

  void pass(crash_point point) {
    if (point == habits_.dies) ::kill(::getpid(), SIGKILL);
  }

  const process_habits habits_;
  std::shared_mutex calls_;
};

void purge_and_claim(runtime& run) {
  try {
    (void)run.store().purge({.wfdef_key = "chaff"});
    const auto offered =
        run.worklist({.user = "eva", .scope = persistence::worklist_scope::claimable, .limit = 1});
    for (const auto& each : offered.items)
      (void)run.claim(each.workflow_id, each.step_id, {.user = "eva"});
  } catch (const action_refused&) {
    // The other was faster, or the answers were.
  } catch (const error& failure) {
    if (!failure.may_retry()) throw;
  }
}

}  // namespace

engine_process::engine_process(std::string name, const test_database& database,
                               const process_ledger& ledger, const process_habits& habits)
    : name_(std::move(name)), database_(database), ledger_(ledger), habits_(habits) {
  begin();
}

void engine_process::has_ended(int status) {
  pid_ = -1;
  CAPTURE(status);
  CHECK(WIFSIGNALED(status));
}

void engine_process::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  has_ended(status);
}

void engine_process::kill_and_begin_again() {
  kill();
  begin();
}

void engine_process::await_death() {
  int status = 0;
  REQUIRE(eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }));
  has_ended(status);
}

void engine_process::send(int signal) const { ::kill(pid_, signal); }

void engine_process::begin() {
  ++lives_;
  pid_ = ::fork();
  REQUIRE(pid_ >= 0);
  if (pid_ != 0) return;
  // It ends with the test, however that ends.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  work();
}

// In the child, which has nothing of the test but this.
void engine_process::work() {
  const std::string who = fmt::format("{}/{}", name_, lives_);
  try {
    const auto dies = std::make_shared<dying_store>(database_.open(), habits_);
    runtime run{std::make_shared<telling_store>(dies, ledger_, who), {job(), part(), chaff()}};
    const auto note = [&](std::string_view what, const task_context& task) {
      ledger_.note(who, what, schema::to_text(task.id()));
    };
    std::once_flag once;
    const auto effect = [&](task_context& task) {
      note("effect", task);
      if (habits_.stops)
        std::call_once(once, [&] { dies->stop_between_calls([&] { note("stops", task); }); });
      return json::object{};
    };
    const auto press = [&](task_context& task) {
      note("begin", task);
      std::this_thread::yield();
      note("end", task);
      return json::object{};
    };
    const worker works{
        run,
        {{"effect", effect}, {"mail", effect}, {"press", press}},
        {.name = who, .threads = 2, .tasks_max = 16, .lease = process_lease, .poll = 50ms}};
    const inbox_drainer delivers{
        run, {.name = who, .threads = 2, .events_max = 128, .lease = process_lease, .poll = 50ms}};
    for (;; std::this_thread::sleep_for(5ms)) purge_and_claim(run);
  } catch (...) {
    std::_Exit(4);
  }
}

// Closed before a process is forked: SQLite forbids to take a connection along.
std::vector<uuid> start_all(const test_database& database, std::string_view wfdef_key, int count,
                            int first) {
  runtime run{std::shared_ptr{database.open()}, {job(), part()}};
  std::vector<uuid> ids;
  for (int i = first; i < first + count; ++i)
    ids.push_back(run.start(wfdef_key, {std::string{wfdef_key}, std::to_string(i)}).workflow_id);
  return ids;
}

void publish_all(const test_database& database, const std::vector<job_answer>& answers,
                 const std::string& chaff_id) {
  runtime run{std::shared_ptr{database.open()}, {job(), chaff()}};
  (void)run.start("chaff", {"chaff", chaff_id});
  for (const auto& [job, n] : answers)
    run.publish({.name = "answer",
                 .resource = {"job", std::to_string(job)},
                 .key = fmt::format("{}/{}", job, n),
                 .data = {{"n", n}}});
}

void await_all(const test_database& database, int count) {
  const auto session = raw_of(database);
  for (int done = -1; done < count;) {
    std::this_thread::sleep_for(50ms);
    const int before = done;
    INFO(before << " of " << count << " are done");
    const bool are_more = eventually([&] {
      done =
          std::stoi(session->value("SELECT count(*) FROM workflow AS w WHERE status = 'COMPLETED' "
                                   "AND wfdef_key <> 'chaff' AND NOT EXISTS (SELECT 1 FROM "
                                   "workflow_agenda AS a WHERE a.workflow_id = w._id)"));
      return done > before;
    });
    if (are_more) continue;
    const auto store = database.open();
    for (const auto& each : store->list_events({}))
      UNSCOPED_INFO("event " << each.seq << " " << to_text(each.status) << " "
                             << each.error.value_or(""));
    for (const auto& each : store->list_tasks({}))
      UNSCOPED_INFO("task " << each.name << " " << to_text(each.status) << " attempt "
                            << each.attempt);
    FAIL("the others do not end");
  }
}

void await_rest(const test_database& database) {
  const auto store = database.open();
  REQUIRE(eventually([&] { return store->list_events({}).empty(); }));
  REQUIRE(eventually([&] { return store->list({.wfdef_key = "chaff"}).workflows.empty(); }));
}

std::string process_of(const ledger_line& line) { return line.who.substr(0, line.who.find('/')); }

void check_jobs(const test_database& database, const std::vector<uuid>& ids,
                const process_ledger& ledger) {
  const auto store = database.open();
  std::set<std::string> tasks;
  for (const uuid& id : ids) {
    const auto history = store->history(id).value();
    const auto& steps = history.state.steps;
    const bool is_done_once = steps.at(0).memory == json::value{{"ends", {1}}, {"times", {1}}} &&
                              steps.at(1).memory == json::value{{"answers", {1, 2}}} &&
                              history.state.tasks.empty();
    if (!is_done_once) FAIL_CHECK(json::serialize(workflow_json(history.state)));
    for (const auto& task : history.tasks)
      if (task.name == "effect" || task.name == "mail") tasks.insert(schema::to_text(task.id));
  }
  const auto lines = ledger.lines();
  std::set<std::string> had;
  for (const auto& line : lines) {
    if (line.what == "effect") had.insert(line.about);
  }
  CHECK(had == tasks);
  const auto count = [&](const char* what) {
    return static_cast<std::size_t>(std::ranges::count(lines, what, &ledger_line::what));
  };
  CHECK(count("told") > 3 * ids.size());
  CHECK(count("delivered") > ids.size());
  CHECK(lost_of(lines, *store, ids) == std::vector<std::string>{});
  CHECK(faults_in(database.url()) == std::vector<std::string>{});
}

}  // namespace nava::test
