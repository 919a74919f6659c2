// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nava/nava.hpp>
#include <set>

#include "support/backends.hpp"
#include "support/drill.hpp"
#include "support/eventually.hpp"
#include "support/replayed.hpp"

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
  job.step("questions", {.stage = "s"})
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

struct ledger_line {
  std::string who, what, task;
  std::int64_t at = 0;  ///< nanoseconds of the steady clock
};

// A line for each effect, in a file that outlives every process. Lines are in the order in which
// they were written, whoever wrote them.
class ledger {
 public:
  explicit ledger(std::filesystem::path file) : file_(std::move(file)) {}

  void note(std::string_view who, std::string_view what, const uuid& task) const {
    const std::string line =
        fmt::format("{} {} {} {}\n", who, what, schema::to_text(task),
                    std::chrono::steady_clock::now().time_since_epoch().count());
    const int file = ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (file < 0 || ::write(file, line.data(), line.size()) < 0) std::_Exit(3);
    ::close(file);
  }

  [[nodiscard]] std::vector<ledger_line> lines() const {
    std::vector<ledger_line> found;
    std::ifstream in{file_};
    for (ledger_line line; in >> line.who >> line.what >> line.task >> line.at;)
      found.push_back(line);
    return found;
  }

  // About how many there are.
  [[nodiscard]] std::size_t size() const {
    std::string line;
    if (!std::getline(std::ifstream{file_}, line)) return 0;
    return std::filesystem::file_size(file_) / (line.size() + 1);
  }

 private:
  std::filesystem::path file_;
};

// A process that works until it is killed. Each life has a name of its own.
class engine_process {
 public:
  engine_process(std::string name, const test_database& database, const ledger& effects)
      : name_(std::move(name)), database_(database), effects_(effects) {
    begin();
  }
  engine_process(const engine_process&) = delete;
  engine_process& operator=(const engine_process&) = delete;
  ~engine_process() { kill(); }

  void kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
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
    if (pid_ == 0) work();
  }

  // In the child, which has nothing of the test but this.
  [[noreturn]] void work() {
    const std::string who = fmt::format("{}/{}", name_, lives_);
    try {
      runtime run{std::shared_ptr{database_.open()}, {job(), part()}};
      const auto effect = [&](task_context& task) {
        effects_.note(who, "effect", task.id());
        return json::object{};
      };
      const auto press = [&](task_context& task) {
        effects_.note(who, "begin", task.id());
        std::this_thread::yield();
        effects_.note(who, "end", task.id());
        return json::object{};
      };
      const worker works{
          run,
          {{"effect", effect}, {"press", press}},
          {.name = who, .threads = 2, .tasks_max = 16, .lease = lease, .poll = 50ms}};
      const inbox_drainer delivers{
          run, {.name = who, .threads = 2, .events_max = 128, .lease = lease, .poll = 50ms}};
      while (true) ::pause();
    } catch (...) {
      std::_Exit(4);
    }
  }

  const std::string name_;
  const test_database& database_;
  const ledger& effects_;
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

void publish(const test_database& database, const std::vector<answer>& answers) {
  runtime run{std::shared_ptr{database.open()}, {job()}};
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
      done = std::stoi(session->value("SELECT count(*) FROM workflow WHERE status = 'COMPLETED'"));
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

// What the ledger and the tables must say of jobs that are done.
void check_jobs(persistence::store& store, const std::vector<uuid>& ids, const ledger& effects) {
  std::set<std::string> tasks;
  for (const uuid& id : ids) {
    const auto history = store.history(id).value();
    const auto& steps = history.state.steps;
    const bool is_done_once = steps.at(0).memory == json::value{{"ends", {1}}, {"times", {1}}} &&
                              steps.at(1).memory == json::value{{"answers", {1, 2}}} &&
                              history.state.tasks.empty();
    if (!is_done_once) FAIL_CHECK(json::serialize(workflow_json(history.state)));
    CHECK(broken_promises(store, id) == std::vector<std::string>{});
    for (const auto& task : history.tasks)
      if (task.name == "effect") tasks.insert(schema::to_text(task.id));
  }
  std::set<std::string> had, who;
  for (const auto& line : effects.lines()) {
    had.insert(line.task);
    who.insert(process_of(line));
  }
  CHECK(had == tasks);
  CHECK(who.size() == 2);
}

}  // namespace

// One process is killed again and again while it holds leases, the other is stopped for longer than
// its leases and goes on.
BACKEND_TEST_CASE("crash: two processes work off all, whichever of them dies", "[crash][worker]",
                  sqlite_file, postgresql_kept) {
  const temporary_directory files;
  const ledger effects{files.path() / "ledger"};
  const int kills = at_scale(50);
  const int jobs = at_scale(500);
  const auto ids = start(database, "job", jobs);
  std::vector<answer> early;
  for (int i = 0; i < jobs; i += 2) early.push_back({i, 1});
  publish(database, early);
  {
    engine_process one{"one", database, effects}, two{"two", database, effects};
    for (int i = 1; i <= kills; ++i) {
      const auto least = static_cast<std::size_t>(i * jobs / (kills + 2));
      REQUIRE(eventually([&] { return effects.size() >= least; }));
      one.kill_and_begin_again();
      std::vector<answer> answers;
      for (int each = i - 1; each < jobs; each += kills) {
        if (each % 2 != 0) answers.push_back({each, 1});
        answers.push_back({each, 2});
      }
      publish(database, answers);
      if (i != kills / 2) continue;
      two.send(SIGSTOP);
      // Nothing but time ends its leases.
      std::this_thread::sleep_for(lease + 200ms);
      two.send(SIGCONT);
    }
    await_all(database, jobs);
    const auto store = database.open();
    REQUIRE(eventually([&] { return store->list_events({}).empty(); }));
  }
  check_jobs(*database.open(), ids, effects);
}

// The machine is never used twice at once, and is idle no longer than a lease, though one of its
// users is killed.
BACKEND_TEST_CASE("crash: a machine of which there is one, and two processes", "[crash][worker]",
                  sqlite_file, postgresql_kept) {
  const temporary_directory files;
  const ledger effects{files.path() / "ledger"};
  constexpr int uses = 250;
  (void)start(database, "part", uses);
  database.open()->limit_running("press", 1);
  {
    // Each has a part for itself, whoever wins while both are there.
    const auto has_done = [&](int part) {
      return effects.size() >= static_cast<std::size_t>(2 * uses * part / 4);
    };
    engine_process one{"one", database, effects};
    REQUIRE(eventually([&] { return has_done(1); }));
    const engine_process two{"two", database, effects};
    REQUIRE(eventually([&] { return has_done(2); }));
    one.kill();
    await_all(database, uses);
  }
  std::set<std::string> used, who;
  std::map<std::string, std::string> begun;  // by whom, what
  std::int64_t free_since = 0;
  std::chrono::nanoseconds idle{0};
  for (const auto& line : effects.lines()) {
    if (line.what == "begin") {
      // A life that began and did not end was killed; the next to begin came after its lease.
      for (const auto& [user, task] : begun)
        if (user != "one/1") FAIL_CHECK(user << " and " << line.who << " use it at once");
      if (free_since > 0) idle = std::max(idle, std::chrono::nanoseconds{line.at - free_since});
      begun[line.who] = line.task;
    } else {
      used.insert(line.task);
      who.insert(process_of(line));
      begun.erase(line.who);
      free_since = line.at;
    }
  }
  CHECK(used.size() == static_cast<std::size_t>(uses));
  CHECK(who.size() == 2);
  // A busy machine may hold up a process for as long as a process that is killed.
  CHECK(idle < 2 * lease);
}
