// SPDX-License-Identifier: Apache-2.0
#include <nava/engine/verification.hpp>
#include <nava/runtime/verify_workflows.hpp>

#include "support/catch.hpp"
#include "support/claims.hpp"
#include "support/replayed.hpp"

using namespace nava;
using namespace nava::test;
using lines = std::vector<std::string>;

namespace {

definition approvals() {
  definition_builder builder{"approvals", revision{1}};
  builder.stage("review", "Review").stage("pay", "Pay");
  builder.step("approval", {.stage = "review", .candidates = {.groups = {"managers"}}})
      .on("answer", [](step_context& step, const event&) { step.message("answered").finish(); });
  builder.step("payment", {.stage = "pay"});
  builder.on_started([](workflow_context& workflow) {
    workflow.add_step("approval").add_task("mail");
    workflow.add_step("payment");
  });
  return builder.build();
}

uuid start_one(runtime& run, const std::string& id) {
  const uuid started = run.start("approvals", {"order", id}).workflow_id;
  (void)run.comment(started, "seen", {.actor = "eva"});
  return started;
}

bool has(const lines& findings, const std::string& part) {
  return std::ranges::any_of(
      findings, [&](const auto& line) { return line.find(part) != std::string::npos; });
}

}  // namespace

RUNTIME_TEST_CASE("each contradiction of a stored workflow is told, and nothing else") {
  runtime run{std::shared_ptr{database.open()}, {approvals()}};
  const uuid id = start_one(run, "1");
  const workflow_history sound = run.store().history(id).value();
  REQUIRE(engine::verify_workflow(sound) == lines{});
  REQUIRE(sound.agenda.size() == 1);
  REQUIRE(sound.worklist.size() == 1);

  const auto told = [&](auto change) {
    workflow_history history = sound;
    change(history);
    return engine::verify_workflow(history);
  };
  using history = workflow_history;
  const auto is_told = [&](const std::string& part, auto change) {
    const lines findings = told(change);
    CAPTURE(part, findings);
    CHECK(has(findings, part));
  };
  const std::string task = schema::to_text(sound.tasks.front().id);
  is_told("no row has seq " + std::to_string(sound.messages.front().seq),
          [](history& h) { h.messages.clear(); });
  is_told("no row has the seqs", [](history& h) {
    h.messages.clear();
    h.events.pop_back();
  });
  is_told("2 rows have seq", [](history& h) { h.messages.front().seq = h.events.front().seq; });
  is_told("last_seq is", [](history& h) { h.state.workflow.last_seq -= 1; });
  is_told("more faults of seq", [](history& h) {
    h.messages.front().seq = 1'000, h.messages.resize(20, h.messages.front());
    for (std::size_t i = 0; i < 20; ++i)
      h.messages[i].seq = 1'000 + 2 * static_cast<std::int64_t>(i);
  });
  is_told("the revision tells of 3 decisions, 2 are stored",
          [](history& h) { h.state.workflow.revision += 1; });
  is_told("no event has its transaction",
          [](history& h) { h.mutations.back().transaction_id = new_id(); });
  is_told("the decision has another event",
          [](history& h) { h.events.back().transaction_id = h.events.front().transaction_id; });
  is_told("workflow_stage review: column status does not follow",
          [](history& h) { h.state.stages.front().status = schema::stage_status::completed; });
  is_told("workflow: column status does not follow",
          [](history& h) { h.state.steps.front().status = schema::step_status::error; });
  is_told("workflow: column status does not follow",
          [](history& h) { h.state.workflow.status = schema::workflow_status::degraded; });
  is_told("workflow: column status does not follow",
          [](history& h) { h.state.workflow.status = schema::workflow_status::completed; });
  is_told("column progress does not follow", [](history& h) { h.state.workflow.progress = 1; });
  is_told("workflow_task " + task + ": is open, and not on the agenda",
          [](history& h) { h.agenda.clear(); });
  is_told("workflow_agenda " + task + ": no task of this id is open",
          [](history& h) { h.tasks.front().status = schema::task_status::cancelled; });
  is_told("queue or priority differs", [](history& h) { h.agenda.front().queue = "other"; });
  is_told("queue or priority differs", [](history& h) { h.agenda.front().priority = 1; });
  is_told("a lease has an owner and an end",
          [](history& h) { h.agenda.front().lease_owner = "w"; });
  is_told("lease_fence is below", [](history& h) { h.tasks.front().lease_fence = 1; });
  is_told("GROUP managers: follows from the steps, and is not stored",
          [](history& h) { h.worklist.clear(); });
  is_told("GROUP managers: does not follow from the steps",
          [](history& h) { h.worklist.front().priority = 7; });
  is_told("GROUP clerks: does not follow from the steps", [](history& h) {
    h.worklist.push_back(h.worklist.front());
    h.worklist.back().principal = "clerks";
  });
  is_told("differs from the replay", [](history& h) { h.state.workflow.title = "other"; });
}

RUNTIME_TEST_CASE("all workflows are verified, or those that a list or ids name") {
  runtime run{std::shared_ptr{database.open()}, {approvals(), claim_builder().build()}};
  std::vector<uuid> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(start_one(run, std::to_string(i)));
  (void)run.start("claim", claim_1);
  CHECK(verify_workflows(run.store()).workflows == 4);
  CHECK(verify_workflows(run.store(), {.wfdef_key = "claim"}).workflows == 1);
  const std::vector<uuid> some{ids[1], new_id()};
  std::size_t pages = 0;
  const auto report = verify_workflows(
      run.store(), some, {.on_contradiction = {}, .on_progress = [&](const verify_report&) {
                            ++pages;
                            return true;
                          }});
  CHECK(report.workflows == 1);
  CHECK(report.contradictions == 0);
  CHECK(pages == 1);
}
