// SPDX-License-Identifier: Apache-2.0
#include <nava/engine/decision.hpp>

#include "support/catch.hpp"
#include "support/units.hpp"

using namespace nava;
using namespace nava::engine;
using namespace nava::schema;
using namespace nava::test;

namespace {

task_options keyed(std::string key, open_task when_open = open_task::keep) {
  task_options options;
  options.unique_key = std::move(key);
  options.when_open = when_open;
  return options;
}

// The open tasks of a workflow whose start does `act`: input and key of each.
std::vector<std::string> tasks_after(const std::function<void(workflow_context&)>& act) {
  definition_builder index{"index", revision{1}};
  index.stage("s", "Stage");
  index.step("only", {.stage = "s"});
  index.on_started([&](workflow_context& on) {
    on.add_step("only");
    act(on);
  });
  const auto made = decide_start(index.build(), {id_of(id_kind::workflow, 1), {"index", "1"}},
                                 instant(0), id_of(id_kind::transaction, 1));
  std::vector<std::string> lines;
  for (const auto& task : made.state.tasks)
    lines.push_back(json::serialize(task.input) + " " + task.unique_key.value_or("none"));
  return lines;
}

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("unique key: an open task with the key is kept") {
  CHECK(tasks_after([](workflow_context& on) {
          const uuid first = on.add_task("reindex", {{"n", 1}}, keyed("page"));
          CHECK(on.add_task("reindex", {{"n", 2}}, keyed("page")) == first);
          on.add_task("reindex", {{"n", 3}}, keyed("other"));
          on.add_task("print", {{"n", 4}}, keyed("page"));
          on.add_task("reindex", {{"n", 5}});
        }) == lines{R"({"n":1} page)", R"({"n":3} other)", R"({"n":4} page)", R"({"n":5} none)"});
}

TEST_CASE("unique key: the last request replaces an open task") {
  CHECK(tasks_after([](workflow_context& on) {
          const uuid first = on.add_task("reindex", {{"n", 1}}, keyed("page"));
          const uuid second = on.add_task("reindex", {{"n", 2}}, keyed("page", open_task::replace));
          CHECK(second != first);
        }) == lines{R"({"n":2} page)"});
}

TEST_CASE("unique key: a task that has ended keeps nobody out") {
  CHECK(tasks_after([](workflow_context& on) {
          on.cancel_task(on.add_task("reindex", {{"n", 1}}, keyed("page")));
          on.add_task("reindex", {{"n", 2}}, keyed("page"));
        }) == lines{R"({"n":2} page)"});
}
