// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <nava/nava.hpp>
#include <nava/schema/workflow_database.hpp>
#include <nava/testing.hpp>

namespace nv = nava;
using namespace std::chrono_literals;

// What an employee hands in. Its rows go with the workflow.
struct attachment {
  nv::uuid workflow_id{};
  std::string file_name;
  std::string sent_by;
};

namespace tables {

using namespace nv::schema;

struct attachments
    : table<attachment, "leave_attachment", column<"workflow_id", &attachment::workflow_id>,
            column<"file_name", &attachment::file_name>, column<"sent_by", &attachment::sent_by>,
            primary_key<&attachment::workflow_id, &attachment::file_name>,
            workflow_foreign_key<&attachment::workflow_id>,
            to_one<"workflow", workflow, back_populates<"attachments">>> {};

using database = workflow_database<
    attachments,
    relationships_of<workflow, to_many<"attachments", attachment, back_populates<"workflow">>>>;

}  // namespace tables

// One of the managers approves a leave. After three days whoever has it is reminded. After a week
// it is taken away, and HR may claim it too.
nv::definition leave_request() {
  nv::definition_builder leave{"leave-request", nv::revision{1}};
  leave.title("Leave request").stage("review", "Review").role("hr", "Human resources");

  leave
      .step("approval", {.stage = "review",
                         .states = {"APPROVED", "REFUSED"},
                         .title = "Approve the leave",
                         .candidates = {.groups = {"managers"}},
                         .only_holder_answers = true})
      .on_due([](nv::step_context& step) { step.add_task("mail-reminder"); })
      .on_wake("escalate", [](nv::step_context& step) { step.escalate_to({.roles = {"hr"}}); })
      .on("answer", [](nv::step_context& step, const nv::event& answer) {
        step.transit(answer.data.at("yes").as_bool() ? "APPROVED" : "REFUSED").finish();
      });

  leave.on("attached", [](nv::workflow_context& workflow, const nv::event& sent) {
    attachment file;
    file.file_name = sent.data.at("file").as_string();
    file.sent_by = sent.actor.value_or("");
    workflow.insert<tables::database>(file);
  });
  leave.on_started([](nv::workflow_context& workflow) {
    workflow.add_participant("hr", "hanna");
    workflow.add_step("approval", {.ts_due = workflow.now() + 3 * 24h})
        .wake_in("escalate", 7 * 24h);
  });
  return leave.build();
}

int main() {
  nv::testing::test_engine test{{leave_request()}, {.extensions = tables::database::extensions}};
  test.answer_tasks("mail-reminder");
  nv::runtime& run = test.runtime();
  const nv::resource leave{"employee", "eric-2026-07"};
  const auto id = run.start("leave-request", leave, {}, {.actor = "eric"}).workflow_id;

  run.deliver_to(
      id,
      {.name = "attached", .key = "upload-1", .data = {{"file", "flight.pdf"}}, .actor = "eric"});

  const auto print_worklist = [&](const nv::worklist_request& of) {
    std::cout << of.user << ':';
    for (const auto& item : run.worklist(of).items) std::cout << ' ' << item.title;
    std::cout << '\n';
  };
  const nv::worklist_request mia{.user = "mia", .groups = {"managers"}};
  const nv::worklist_request max{.user = "max", .groups = {"managers"}};

  const auto step = run.worklist(mia).items.front().step_id;
  run.claim(id, step, {.user = "mia", .groups = {"managers"}});
  run.comment(id, step, "Who stands in for Eric?", {.actor = "mia"});
  run.delegate(id, step, "max", {.actor = "mia", .key = "click-7"});
  print_worklist(mia);
  print_worklist(max);

  try {
    run.claim(id, step, {.user = "tom", .groups = {"managers"}});
  } catch (const nv::step_taken& taken) {
    std::cout << "tom: " << taken.what() << '\n';
  }

  test.advance(8 * 24h);
  print_worklist({.user = "hanna"});
  run.claim(id, step, {.user = "hanna"});
  const std::string link = run.issue_link(id, step, "answer", {.answers_as = "hanna"});
  run.answer(link, {{"yes", true}});
  try {
    run.answer(link, {{"yes", false}});
  } catch (const nv::link_refused& refused) {
    std::cout << "again: " << refused.what() << '\n';
  }

  const auto leaves = run.store().list({.wfdef_key = "leave-request"}).workflows;
  for (const attachment& file :
       nv::load_related<tables::database, "attachments">(run.store(), leaves).rows())
    std::cout << file.file_name << " of " << file.sent_by << '\n';
  for (const auto& event : run.store().history(id).value().events)
    std::cout << event.event_name << " by " << event.actor.value_or("Nava") << '\n';
}
