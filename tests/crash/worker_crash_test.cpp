// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <nava/nava.hpp>
#include <random>
#include <set>

#include "support/backends.hpp"
#include "support/drill.hpp"
#include "support/eventually.hpp"
#include "support/process_ledger.hpp"
#include "support/replayed.hpp"
#include "support/sound_database.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds lease = 1s;

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

// A process that works until it is killed. Each life has a name of its own.
class engine_process {
 public:
  engine_process(std::string name, const test_database& database, const process_ledger& ledger)
      : name_(std::move(name)), database_(database), ledger_(ledger) {
    begin();
  }
  engine_process(const engine_process&) = delete;
  engine_process& operator=(const engine_process&) = delete;
  ~engine_process() { kill(); }

  void kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    CAPTURE(status);
    CHECK(WIFSIGNALED(status));
    pid_ = -1;
  }
  void kill_and_begin_again() {
    kill();
    begin();
  }
  void send(int signal) const { ::kill(pid_, signal); }

 private:
  void begin() {
    ++lives_;
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ != 0) return;
    // It ends with the test, however that ends.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    work();
  }

  // In the child, which has nothing of the test but this.
  [[noreturn]] void work() {
    const std::string who = fmt::format("{}/{}", name_, lives_);
    try {
      runtime run{std::make_shared<telling_store>(database_.open(), ledger_, who),
                  {job(), part(), chaff()}};
      const auto note = [&](std::string_view what, const task_context& task) {
        ledger_.note(who, what, schema::to_text(task.id()));
      };
      const auto effect = [&](task_context& task) {
        note("effect", task);
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
          {{"effect", effect}, {"press", press}},
          {.name = who, .threads = 2, .tasks_max = 16, .lease = lease, .poll = 50ms}};
      const inbox_drainer delivers{
          run, {.name = who, .threads = 2, .events_max = 128, .lease = lease, .poll = 50ms}};
      for (;; std::this_thread::sleep_for(5ms)) purge_and_claim(run);
    } catch (...) {
      std::_Exit(4);
    }
  }

  static void purge_and_claim(runtime& run) {
    try {
      (void)run.store().purge({.wfdef_key = "chaff"});
      const auto offered = run.worklist(
          {.user = "eva", .scope = persistence::worklist_scope::claimable, .limit = 1});
      for (const auto& each : offered.items)
        (void)run.claim(each.workflow_id, each.step_id, {.user = "eva"});
    } catch (const action_refused&) {
      // The other was faster, or the answers were.
    } catch (const error& failure) {
      if (!failure.may_retry()) throw;
    }
  }

  const std::string name_;
  const test_database& database_;
  const process_ledger& ledger_;
  int lives_ = 0;
  pid_t pid_ = -1;
};

// Closed before a process is forked: SQLite forbids to take a connection along.
std::vector<uuid> start(const test_database& database, std::string_view wfdef_key, int count) {
  runtime run{std::shared_ptr{database.open()}, {job(), part()}};
  std::vector<uuid> ids;
  for (int i = 0; i < count; ++i)
    ids.push_back(run.start(wfdef_key, {std::string{wfdef_key}, std::to_string(i)}).workflow_id);
  return ids;
}

struct answer {
  int job = 0, n = 0;
};

void publish(const test_database& database, const std::vector<answer>& answers,
             const std::string& chaff_id) {
  runtime run{std::shared_ptr{database.open()}, {job(), chaff()}};
  (void)run.start("chaff", {"chaff", chaff_id});
  for (const auto& [job, n] : answers)
    run.publish({.name = "answer",
                 .resource = {"job", std::to_string(job)},
                 .key = fmt::format("{}/{}", job, n),
                 .data = {{"n", n}}});
}

// Waits until all workflows are done. Fails where for long none more is.
void await_all(const test_database& database, int all) {
  const auto session = raw_of(database);
  for (int done = -1; done < all;) {
    std::this_thread::sleep_for(50ms);
    const int before = done;
    INFO(before << " of " << all << " are done");
    const bool are_more = eventually([&] {
      done =
          std::stoi(session->value("SELECT count(*) FROM workflow WHERE status = 'COMPLETED' "
                                   "AND wfdef_key <> 'chaff'"));
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

std::string process_of(const ledger_line& line) { return line.who.substr(0, line.who.find('/')); }

std::uint32_t seed() {
  const char* const given = std::getenv("NAVA_TEST_SEED");
  return given == nullptr ? 1 : static_cast<std::uint32_t>(std::stoul(given));
}

// What the ledger and the tables must say of jobs that are done.
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
      if (task.name == "effect") tasks.insert(schema::to_text(task.id));
  }
  const auto lines = ledger.lines();
  std::set<std::string> had, who;
  for (const auto& line : lines) {
    if (line.what == "effect") had.insert(line.about);
    who.insert(process_of(line));
  }
  CHECK(had == tasks);
  CHECK(who.size() == 2);
  const auto count = [&](const char* what) {
    return static_cast<std::size_t>(std::ranges::count(lines, what, &ledger_line::what));
  };
  CHECK(count("told") > 3 * ids.size());
  CHECK(count("delivered") > ids.size());
  CHECK(lost_of(lines, *store, ids) == std::vector<std::string>{});
  CHECK(faults_in(database.url()) == std::vector<std::string>{});
}

}  // namespace

// Processes are killed where the ledger has a random number of lines: between the lines that
// surround a decision, after an effect, or elsewhere. One is stopped at times for longer than its
// leases, and goes on. NAVA_TEST_SEED makes other choices.
BACKEND_TEST_CASE("crash: two processes work off all, whichever of them dies", "[crash][worker]",
                  sqlite_file, postgresql_kept) {
  const temporary_directory files;
  process_ledger ledger{files.path() / "ledger"};
  const int kills = at_scale(50);
  const int jobs = at_scale(500);
  std::mt19937 random{seed()};
  const auto ids = start(database, "job", jobs);
  std::vector<answer> early;
  for (int i = 0; i < jobs; i += 2) early.push_back({i, 1});
  publish(database, early, "0");
  {
    engine_process one{"one", database, ledger}, two{"two", database, ledger};
    for (int i = 1; i <= kills; ++i) {
      // A job that waits for its answers has left five lines.
      const auto least = static_cast<std::size_t>(i) * static_cast<std::size_t>(jobs) * 4 /
                             static_cast<std::size_t>(kills + 2) +
                         random() % 8;
      REQUIRE(eventually([&] { return ledger.size() >= least; }));
      engine_process& victim = random() % 2 == 0 ? one : two;
      victim.kill_and_begin_again();
      // A reader beside them finds each workflow whole.
      CHECK(broken_promises(*database.open(), ids.at(random() % ids.size())) ==
            std::vector<std::string>{});
      std::vector<answer> answers;
      for (int each = i - 1; each < jobs; each += kills) {
        if (each % 2 != 0) answers.push_back({each, 1});
        answers.push_back({each, 2});
      }
      publish(database, answers, std::to_string(i));
      if (i % 25 != 0) continue;
      two.send(SIGSTOP);
      // Nothing but time ends its leases.
      std::this_thread::sleep_for(lease + 200ms);
      two.send(SIGCONT);
    }
    await_all(database, jobs);
    const auto store = database.open();
    REQUIRE(eventually([&] { return store->list_events({}).empty(); }));
    REQUIRE(eventually([&] { return store->list({.wfdef_key = "chaff"}).workflows.empty(); }));
  }
  check_jobs(database, ids, ledger);
}

TEST_CASE("crash: the ledger names what a process was told and is lost, or ended twice",
          "[crash][worker]") {
  const temporary_directory files;
  process_ledger ledger{files.path() / "ledger"};
  sqlite_file database;
  const auto told = std::make_shared<telling_store>(database.open(), ledger, "one/1");
  runtime run{told, {job()}};
  const std::vector ids{run.start("job", {"job", "1"}).workflow_id,
                        run.start("job", {"job", "2"}).workflow_id};
  const auto lost = [&] { return lost_of(ledger.lines(), *told, ids); };
  CHECK(ledger.size() == 4);
  CHECK(lost() == std::vector<std::string>{});
  const std::string of_second =
      schema::to_text(told->history(ids[1]).value().events.at(0).transaction_id);
  REQUIRE(told->erase(ids[1]));
  ledger.note("one/1", "settled", "t");
  ledger.note("two/1", "settled", "t");
  CHECK(ledger.size() == 6);
  CHECK(lost() == std::vector<std::string>{"one/1 told " + of_second + ": it is not there",
                                           "two/1 settled t: a second time"});
}

// The machine is never used twice at once, and is idle no longer than a lease, though one of its
// users is killed.
BACKEND_TEST_CASE("crash: a machine of which there is one, and two processes", "[crash][worker]",
                  sqlite_file, postgresql_kept) {
  const temporary_directory files;
  process_ledger ledger{files.path() / "ledger"};
  constexpr int uses = 250;
  (void)start(database, "part", uses);
  database.open()->limit_running("press", 1);
  {
    // Each has a part for itself, whoever wins while both are there.
    const auto has_done = [&](int part) {
      const auto lines = ledger.lines();
      return std::ranges::count(lines, "end", &ledger_line::what) >= uses * part / 4;
    };
    engine_process one{"one", database, ledger};
    REQUIRE(eventually([&] { return has_done(1); }));
    const engine_process two{"two", database, ledger};
    REQUIRE(eventually([&] { return has_done(2); }));
    one.kill();
    await_all(database, uses);
  }
  std::set<std::string> used, who;
  std::map<std::string, std::string> begun;  // by whom, what
  std::int64_t free_since = 0;
  std::chrono::nanoseconds idle{0};
  for (const auto& line : ledger.lines()) {
    if (line.what == "begin") {
      // A life that began and did not end was killed; the next to begin came after its lease.
      for (const auto& [user, task] : begun)
        if (user != "one/1") FAIL_CHECK(user << " and " << line.who << " use it at once");
      if (free_since > 0) idle = std::max(idle, std::chrono::nanoseconds{line.at - free_since});
      begun[line.who] = line.about;
    } else if (line.what == "end") {
      used.insert(line.about);
      who.insert(process_of(line));
      begun.erase(line.who);
      free_since = line.at;
    }
  }
  CHECK(used.size() == static_cast<std::size_t>(uses));
  CHECK(who.size() == 2);
  // A busy machine may hold up a process for as long as a process that is killed.
  CHECK(idle < 2 * lease);
  CHECK(faults_in(database.url()) == std::vector<std::string>{});
}
