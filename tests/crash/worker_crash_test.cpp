// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <map>
#include <nava/nava.hpp>
#include <set>
#include <sstream>

#include "support/backends.hpp"
#include "support/eventually.hpp"
#include "support/replayed.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

constexpr int workflows = 300;
constexpr int kills = 10;
constexpr std::chrono::milliseconds lease = 1s;

// Each has a task with an effect outside, then a time that comes, then it is done.
definition job() {
  definition_builder job{"job", revision{1}};
  job.stage("s", "Stage");
  const auto count = [](step_context& step, std::string_view what) {
    const json::value so_far = step.recall(what);
    step.memorize({{what, so_far.is_null() ? 1 : so_far.as_int64() + 1}});
  };
  job.step("work", {.stage = "s"})
      .on_task_finished("effect",
                        [count](step_context& step, const task_end&) {
                          count(step, "ends");
                          step.wake_in("rest", 5ms);
                        })
      .on_wake("rest", [count](step_context& step) {
        count(step, "times");
        step.finish();
      });
  job.on_started([](workflow_context& on) {
    on.add_step("work").add_task("effect", {}, {.attempts_max = 1'000});
  });
  return job.build();
}

// A line for each effect, in a file that outlives every process: who had it, of which task.
class ledger {
 public:
  explicit ledger(std::filesystem::path file) : file_(std::move(file)) {}

  void note(std::string_view who, const uuid& task) const {
    const std::string line = fmt::format("{} {}\n", who, schema::to_text(task));
    const int file = ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (file < 0 || ::write(file, line.data(), line.size()) < 0) std::_Exit(3);
    ::close(file);
  }

  [[nodiscard]] std::map<std::string, std::set<std::string>> tasks_by_process() const {
    std::map<std::string, std::set<std::string>> found;
    std::ifstream in{file_};
    for (std::string who, task; in >> who >> task;) found[who].insert(task);
    return found;
  }

 private:
  std::filesystem::path file_;
};

// A process that works until it is killed.
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
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  void kill_and_begin_again() {
    kill();
    begin();
  }
  void send(int signal) const { ::kill(pid_, signal); }

 private:
  void begin() {
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) work();
  }

  // In the child, which has nothing of the test but this.
  [[noreturn]] void work() {
    try {
      runtime run{std::shared_ptr{database_.open()}, {job()}};
      const worker works{
          run,
          {{"effect",
            [this](task_context& task) {
              effects_.note(name_, task.id());
              return json::object{};
            }}},
          {.name = name_, .threads = 2, .tasks_max = 16, .lease = lease, .poll = 20ms}};
      while (true) ::pause();
    } catch (...) {
      std::_Exit(4);
    }
  }

  const std::string name_;
  const test_database& database_;
  const ledger& effects_;
  pid_t pid_ = -1;
};

std::vector<uuid> start_all(const test_database& database) {
  runtime run{std::shared_ptr{database.open()}, {job()}};
  std::vector<uuid> ids;
  for (int i = 0; i < workflows; ++i)
    ids.push_back(run.start("job", {"job", std::to_string(i)}).workflow_id);
  return ids;
}

std::size_t completed(persistence::store& store) {
  return store
      .list({.status = schema::workflow_status::completed, .limit = persistence::list_rows_max})
      .size();
}

}  // namespace

// One process is killed again and again while it holds leases, the other is stopped for longer than
// its leases and goes on.
BACKEND_TEST_CASE("crash: two processes work off all, whichever of them dies", "[crash][worker]",
                  sqlite_file, postgresql_kept) {
  const temporary_directory files;
  const ledger effects{files.path() / "ledger"};
  const auto ids = start_all(database);
  {
    engine_process one{"one", database, effects}, two{"two", database, effects};
    const auto store = database.open();
    for (int i = 1; i <= kills; ++i) {
      const std::size_t least = static_cast<std::size_t>(i * workflows / (kills + 2));
      REQUIRE(eventually([&] { return completed(*store) >= least; }));
      one.kill_and_begin_again();
      if (i != kills / 2) continue;
      two.send(SIGSTOP);
      // Nothing but time ends its leases.
      std::this_thread::sleep_for(lease + 200ms);
      two.send(SIGCONT);
    }
    REQUIRE(eventually([&] { return completed(*store) == workflows; }));
  }
  const auto store = database.open();
  std::set<std::string> tasks;
  for (const uuid& id : ids) {
    const auto history = store->history(id).value();
    const auto& memory = history.state.steps.at(0).memory;
    CHECK(memory.at("ends") == 1);
    CHECK(memory.at("times") == 1);
    CHECK(history.state.tasks.empty());
    CHECK(broken_promises(*store, id) == std::vector<std::string>{});
    for (const auto& task : history.tasks)
      if (task.name == "effect") tasks.insert(schema::to_text(task.id));
  }
  const auto found = effects.tasks_by_process();
  std::set<std::string> had;
  for (const auto& [who, its_tasks] : found) had.insert(its_tasks.begin(), its_tasks.end());
  CHECK(had == tasks);
  CHECK(found.size() == 2);
}
