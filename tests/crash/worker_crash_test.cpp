// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "support/backends.hpp"
#include "support/drill.hpp"
#include "support/engine_process.hpp"
#include "support/eventually.hpp"
#include "support/replayed.hpp"
#include "support/sound_database.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

std::uint32_t seed() {
  const char* const given = std::getenv("NAVA_TEST_SEED");
  return given == nullptr ? 1 : static_cast<std::uint32_t>(std::stoul(given));
}

std::set<std::string> processes_in(const process_ledger& ledger) {
  std::set<std::string> who;
  for (const auto& line : ledger.lines()) who.insert(process_of(line));
  return who;
}

// Each has an answer before anybody waits for it.
std::vector<job_answer> all_answers(int first, int jobs) {
  std::vector<job_answer> all;
  for (int job = first; job < first + jobs; ++job)
    for (const int n : {1, 2}) all.push_back({job, n});
  return all;
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
  const auto ids = start_all(database, "job", jobs);
  std::vector<job_answer> early;
  for (int i = 0; i < jobs; i += 2) early.push_back({i, 1});
  publish_all(database, early, "0");
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
      std::vector<job_answer> answers;
      for (int each = i - 1; each < jobs; each += kills) {
        if (each % 2 != 0) answers.push_back({each, 1});
        answers.push_back({each, 2});
      }
      publish_all(database, answers, std::to_string(i));
      if (i % 25 != 0) continue;
      two.send(SIGSTOP);
      // Nothing but time ends its leases.
      std::this_thread::sleep_for(process_lease + 200ms);
      two.send(SIGCONT);
    }
    await_all(database, jobs);
    await_rest(database);
  }
  check_jobs(database, ids, ledger);
  CHECK(processes_in(ledger) == std::set<std::string>{"one", "two"});
}

// It is alone, and has work of each kind, so that it comes to each point.
BACKEND_TEST_CASE("crash: a process that dies before or after a call of the store",
                  "[crash][worker]", sqlite_file, postgresql_kept) {
  const temporary_directory files;
  process_ledger ledger{files.path() / "ledger"};
  constexpr int jobs_each = 4;
  std::vector<uuid> ids;
  for (const crash_point each : crash_points) {
    CAPTURE(static_cast<int>(each));
    const auto first = static_cast<int>(ids.size());
    const auto more = start_all(database, "job", jobs_each, first);
    ids.insert(ids.end(), more.begin(), more.end());
    publish_all(database, all_answers(first, jobs_each), std::to_string(first));
    engine_process dies{fmt::format("dies{}", static_cast<int>(each)), database, ledger, {each}};
    dies.await_death();
    for (const uuid& id : ids)
      CHECK(broken_promises(*database.open(), id) == std::vector<std::string>{});
  }
  {
    const engine_process lives{"lives", database, ledger};
    await_all(database, static_cast<int>(ids.size()));
    await_rest(database);
  }
  check_jobs(database, ids, ledger);
}

// Its lease ends meanwhile, and another process ends the task.
BACKEND_TEST_CASE("crash: a process that was stopped with a task in its hands does not end it",
                  "[crash][worker]", sqlite_file, postgresql_kept) {
  const temporary_directory files;
  process_ledger ledger{files.path() / "ledger"};
  constexpr int jobs = 4;
  const auto ids = start_all(database, "job", jobs);
  publish_all(database, all_answers(0, jobs), "0");
  std::string task;
  std::optional<std::string> owner;
  {
    const auto lines_of = [&](std::string_view who) {
      auto lines = ledger.lines();
      std::erase_if(lines, [&](const ledger_line& line) { return process_of(line) != who; });
      return lines;
    };
    const engine_process stops{"stops", database, ledger, {.stops = true}};
    REQUIRE(eventually([&] {
      for (const auto& line : lines_of("stops"))
        if (line.what == "stops") task = line.about;
      return !task.empty();
    }));
    const engine_process works{"works", database, ledger};
    REQUIRE(eventually([&] {
      return std::ranges::any_of(lines_of("works"), [&](const ledger_line& line) {
        return line.what == "effect" && line.about == task;
      });
    }));
    await_all(database, jobs);
    const std::size_t before = lines_of("stops").size();
    stops.send(SIGCONT);
    // It asks for the end of the task, or hears that it has lost it.
    REQUIRE(eventually([&] { return lines_of("stops").size() > before; }));
    await_rest(database);
  }
  for (const auto& each : database.open()->list_tasks({.status = schema::task_status::completed}))
    if (schema::to_text(each.id) == task) owner = each.lease_owner;
  CHECK(owner == "works/1");
  check_jobs(database, ids, ledger);
}

// The machine is never used twice at once, and is idle no longer than a lease, though one of its
// users is killed.
BACKEND_TEST_CASE("crash: a machine of which there is one, and two processes", "[crash][worker]",
                  sqlite_file, postgresql_kept) {
  const temporary_directory files;
  process_ledger ledger{files.path() / "ledger"};
  constexpr int uses = 250;
  (void)start_all(database, "part", uses);
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
  CHECK(idle < 2 * process_lease);
  CHECK(faults_in(database.url()) == std::vector<std::string>{});
}
