// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>

#include "integration/tools/nava_command.hpp"
#include "support/replayed.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

definition letter() {
  definition_builder letter{"letter", revision{1}};
  letter.stage("s", "Stage");
  letter.step("writing", {.stage = "s"});
  letter.on_started([](workflow_context& on) {
    if (on.row().resource_id == "1")
      on.add_step("writing").add_task("print", {}, {.attempts_max = 1});
    else
      on.add_task("print", {}, {.attempts_max = 1});
    on.add_task("mail", {}, {.attempts_max = 3});
    on.wake_in("later", 24h);
  });
  letter.on_wake("later", [](workflow_context&) {});
  return letter.build();
}

// Two letters; the printing of the first has failed, and that of the second is under way. The
// second has no step yet.
std::vector<uuid> fill(const std::shared_ptr<persistence::store>& stored) {
  runtime run{stored, {letter()}};
  std::vector<uuid> ids;
  for (const char* id : {"1", "2"}) ids.push_back(run.start("letter", {"letter", id}).workflow_id);
  const auto claimed =
      stored->claim({.lanes = {{"print"}}, .tasks_max = 2, .lease = 1h, .owner = "worker-1"}).tasks;
  REQUIRE(claimed.size() == 2);
  for (const auto& each : claimed)
    if (each.workflow_id == ids[0]) {
      persistence::settlement failed{.workflow_id = each.workflow_id,
                                     .task_id = each.task_id,
                                     .fence = each.fence,
                                     .ends_as = persistence::settlement::result::failed,
                                     .attempt = 1,
                                     .error = "no paper\x1b[2J"};
      REQUIRE_FALSE(stored->settle({&failed, 1}).front());
    }
  return ids;
}

}  // namespace

TOOL_TEST_CASE("tasks lists what is open, and what has failed and why") {
  CHECK(nava_at(database, {"tasks"}).exit_code != 0);
  std::vector<uuid> ids;
  {
    const std::shared_ptr<persistence::store> stored = database.open();
    CHECK(nava_at(database, {"tasks"}).out == "no tasks\n");
    ids = fill(stored);
  }
  const auto open = nava_at(database, {"tasks"});
  CAPTURE(open.out, open.err);
  CHECK(open.exit_code == done);
  CHECK_THAT(open.out, Contains("mail") && Contains("RUNNING") && Contains("with worker-1") &&
                           Contains("0/3") && Contains("letter/2") &&
                           Contains(schema::to_text(ids[1])) && !Contains("nava."));
  CHECK_THAT(
      nava_at(database, {"tasks", "--status", "failed"}).out,
      Contains("letter/1") && Contains("no paper") && !Contains("\x1b") && !Contains("letter/2"));
  CHECK_THAT(nava_at(database, {"tasks", "--name", "print"}).out, !Contains("mail"));
  CHECK_THAT(nava_at(database, {"tasks", "--workflow", "letter/1"}).out, !Contains("letter/2"));
  CHECK(nava_at(database, {"tasks", "--older", "1h"}).out == "no tasks\n");
  const auto json = json::parse(nava_at(database, {"tasks", "--json", "--limit", "2"}).out);
  REQUIRE(json.as_array().size() == 2);
  CHECK(json.at(0).at("resource_id") == "2");
}

TOOL_TEST_CASE("tasks retries and cancels what is found") {
  const std::shared_ptr<persistence::store> stored = database.open();
  const auto ids = fill(stored);
  const auto retried = nava_at(database, {"tasks", "--retry", "--reason", "paper has come"});
  CAPTURE(retried.err);
  CHECK(retried.out == "retried 1 of 1 tasks\n");
  CHECK(stored->list_tasks({.status = schema::task_status::failed}).empty());
  CHECK(stored->list_tasks({.status = schema::task_status::scheduled, .name = "print"}).size() ==
        1);
  CHECK(stored->history(ids[0]).value().events.back().event_data.at("reason") == "paper has come");
  CHECK(nava_at(database, {"tasks", "--cancel", "--name", "mail", "--json"}).out ==
        "{\"cancelled\":2,\"found\":2}\n");
  CHECK(stored->list_tasks({.status = schema::task_status::cancelled}).size() == 2);
  for (const uuid& id : ids) CHECK(broken_promises(*stored, id) == std::vector<std::string>{});
  (void)runtime{stored, {letter()}}.cancel(ids[1]);
  const auto refused = nava_at(database, {"tasks", "--retry", "--status", "cancelled"});
  CHECK(refused.exit_code == refused_it);
  CHECK_THAT(refused.out, Contains("retried 1 of 3 tasks"));
  CHECK_THAT(refused.err, Contains("retry_task is refused while the workflow is CANCELLED"));
}

TOOL_TEST_CASE("tasks tells what is wrong with a command line") {
  const auto complaint = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "tasks");
    return nava_at(database, words).err;
  };
  CHECK(complaint({"--status", "done"}) ==
        "nava: 'done' is no status of a task; use one of SCHEDULED, RUNNING, COMPLETED, FAILED, "
        "CANCELLED\n");
  CHECK(complaint({"--retry", "--status", "running"}) ==
        "nava: --retry is for tasks that are FAILED or CANCELLED\n");
  CHECK(complaint({"--cancel", "--status", "failed"}) ==
        "nava: --cancel is for tasks that are open\n");
  CHECK(complaint({"--reason", "why"}) ==
        "nava: --reason and --actor are kept with what --retry or --cancel does\n");
  CHECK_THAT(complaint({"--older", "soon"}), Contains("'soon' is no age"));
  CHECK_THAT(complaint({"--workflow", "letter/9"}), Contains("nava: "));
}
