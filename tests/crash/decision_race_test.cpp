// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <nava/nava.hpp>

#include "support/backends.hpp"
#include "support/drill.hpp"
#include "support/replayed.hpp"
#include "support/sound_database.hpp"

using namespace nava;
using namespace nava::test;

namespace {

int processes() { return at_scale(1) < 20 ? 4 : 16; }

// Of each process.
int decisions() { return std::min(at_scale(1'000), 20'000); }

definition counter() {
  definition_builder counter{"counter", revision{1}};
  counter.keep_hash_chain();
  counter.stage("s", "Stage");
  counter.step("counting", {.stage = "s"}).on("count", [](step_context& step, const event& one) {
    const json::value so_far = step.recall("total");
    step.memorize(
        {{"total", (so_far.is_null() ? 0 : so_far.as_int64()) + 1}, {"last", one.data.at("by")}});
  });
  counter.on_started([](workflow_context& on) { on.add_step("counting"); });
  return counter.build();
}

const resource about{"counter", "1"};

// In a child, which has nothing of the test but this.
[[noreturn]] void count(const test_database& database, int process) {
  try {
    runtime run{std::shared_ptr{database.open()},
                {counter()},
                {.call_timeout = std::chrono::minutes{30},
                 .cache_workflows = static_cast<std::size_t>(process % 2) * 16}};
    for (int i = 0; i < decisions(); ++i)
      (void)run.deliver({.name = "count",
                         .resource = about,
                         .key = fmt::format("{}/{}", process, i),
                         .data = {{"by", process}}});
    std::_Exit(0);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "process {}: {}\n", process, failure.what());
    std::_Exit(4);
  }
}

}  // namespace

// Half of the processes keep the workflow in memory, and half load it each time.
BACKEND_TEST_CASE("crash: of processes that decide on one workflow, one wins each revision",
                  "[crash]", sqlite_file, postgresql_kept) {
  uuid id{};
  {
    // Closed before a process is forked: SQLite forbids to take a connection along.
    runtime run{std::shared_ptr{database.open()}, {counter()}};
    id = run.start("counter", about).workflow_id;
  }
  std::vector<pid_t> children;
  for (int process = 0; process < processes(); ++process) {
    children.push_back(::fork());
    REQUIRE(children.back() >= 0);
    if (children.back() == 0) count(database, process);
  }
  for (const pid_t child : children) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  const auto store = database.open();
  const auto total = static_cast<std::size_t>(processes() * decisions());
  CHECK(store->load(id).value().state.steps.at(0).memory.at("total") == total);
  CHECK(decisions_on(*store, id) == total + 1);
  CHECK(faults_in(database.url()) == std::vector<std::string>{});
}
