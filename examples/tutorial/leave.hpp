// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/nava.hpp>

namespace nv = nava;
using namespace std::chrono_literals;

// What an employee asks for.
struct leave_asked {
  std::string employee{};
  std::int64_t days = 0;
};
BOOST_DESCRIBE_STRUCT(leave_asked, (), (employee, days))

// What an approver answers.
struct approver_answered {
  static constexpr std::string_view event_name = "approver-answered";
  bool yes = false;
  std::string note{};
};
BOOST_DESCRIBE_STRUCT(approver_answered, (), (yes, note))

// What comes of it.
struct leave_decided {
  bool granted = false;
};
BOOST_DESCRIBE_STRUCT(leave_decided, (), (granted))

inline nv::definition leave_request() {
  nv::definition_builder leave{"leave-request", nv::revision{1}};
  leave.title("Leave request").stage("review", "Review");

  const auto add_approver = [&](const std::string& step_key, const std::string& title,
                                const std::string& group) {
    leave
        .step(step_key, {.stage = "review",
                         .states = {"APPROVED", "REFUSED"},
                         .title = title,
                         .remind_every = 24h,
                         .candidates = {.groups = {group}},
                         .only_holder_answers = true})
        .on_due([group](nv::step_context& step) {
          step.add_task("mail-reminder", {{"to", step.row().owner_id.value_or(group)}});
        })
        .on<approver_answered>([](nv::step_context& step, const approver_answered& answer) {
          step.memorize(answer).transit(answer.yes ? "APPROVED" : "REFUSED").finish();
        });
  };
  add_approver("manager-approval", "Approve the leave", "managers");
  add_approver("hr-approval", "Check the days left", "hr");

  leave.on_started([](nv::workflow_context& workflow) {
    const auto due = workflow.now() + 3 * 24h;
    workflow.add_step("manager-approval", {.ts_due = due});
    workflow.add_step("hr-approval", {.ts_due = due});
  });
  leave.on_completed([](nv::workflow_context& workflow) {
    leave_decided decided{.granted = true};
    for (const auto& step : workflow.steps()) {
      if (!nv::read_as<approver_answered>(step.memory).yes) decided.granted = false;
    }
    workflow.output(decided);
  });
  return leave.build();
}

// What a person's click becomes: the person takes the step, and answers it. Both have a key, so
// that a second click changes nothing and is no error.
inline void answer(nv::runtime& runtime, const nv::worklist_item& item, const nv::claimant& person,
                   const approver_answered& says) {
  const std::string step = nv::to_text(item.step_id);
  runtime.claim(item.workflow_id, item.step_id, person,
                {.key = "claim of " + step + " by " + person.user});
  nv::event event = nv::event_of(says, {item.resource_name, item.resource_id}, "answer of " + step);
  event.selector = item.selector;
  event.actor = person.user;
  runtime.deliver_to(item.workflow_id, event);
}
