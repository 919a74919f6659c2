// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <nava/nava.hpp>

namespace nv = nava;

nv::definition expense_claim() {
  nv::definition_builder claim{"expense-claim", nv::revision{1}};
  claim.title("Expense claim").stage("review", "Review");

  claim.step("approval", {.stage = "review", .states = {"ASKED", "APPROVED", "REFUSED"}})
      .transition("APPROVED", nv::from{"ASKED"})
      .transition("REFUSED", nv::from{"ASKED"})
      .on("manager-answered", [](nv::step_context& step, const nv::event& answer) {
        step.memorize({{"note", answer.data.at("note")}});
        step.transit(answer.data.at("yes").as_bool() ? "APPROVED" : "REFUSED");
        step.finish();
      });

  claim.on_started([](nv::workflow_context& workflow) {
    workflow.add_step("approval").transit("ASKED");
    workflow.add_task("mail-manager", {{"amount", workflow.params().at("amount")}});
  });
  return claim.build();
}

int main() {
  nv::runtime runtime{nv::database_url{"sqlite::memory:"}, {expense_claim()}};
  const nv::resource claim{"claim", "4711"};
  const auto started = runtime.start("expense-claim", claim, {{"amount", 120}});

  const nv::event answer{.name = "manager-answered",
                         .resource = claim,
                         .key = "mail-17",
                         .data = {{"yes", true}, {"note", "fine"}}};
  runtime.deliver(answer);
  const auto again = runtime.deliver_to(started.workflow_id, answer);

  const auto state = runtime.store().load(started.workflow_id).value().state;
  std::cout << "claim 4711 is " << to_text(state.workflow.status) << ": "
            << state.steps.front().memory.at("note") << '\n'
            << "the same mail again: "
            << (again.result == nv::delivery::already_applied ? "already applied" : "applied")
            << '\n';
}
