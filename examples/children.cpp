// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <nava/nava.hpp>
#include <thread>

namespace nv = nava;
using namespace std::chrono_literals;

// A check of a customer, which a person ends by an event.
nv::definition check() {
  nv::definition_builder check{"check", nv::revision{1}};
  check.title("Check").stage("look", "Looking");
  check.step("score", {.stage = "look"})
      .on("scored", [](nv::step_context& step, const nv::event& scored) {
        step.workflow().output({{"score", scored.data.at("score")}});
        step.finish();
      });
  check.on_started([](nv::workflow_context& workflow) { workflow.add_step("score"); });
  return check.build();
}

// A loan, whose first step waits for the check of its customer.
nv::definition loan() {
  nv::definition_builder loan{"loan", nv::revision{1}};
  loan.title("Loan").stage("review", "Review");
  loan.step("checking", {.stage = "review", .states = {"ACCEPTED", "REFUSED"}})
      .on_child_finished("check", [](nv::step_context& step, const nv::child_end& checked) {
        const bool is_good = checked.succeeded() && checked.output.at("score").as_int64() >= 500;
        step.transit(is_good ? "ACCEPTED" : "REFUSED").finish();
      });
  loan.on_started([](nv::workflow_context& workflow) {
    workflow.add_step("checking").start_child("check", {"customer", "7"});
  });
  return loan.build();
}

int main() {
  nv::runtime runtime{nv::database_url{"sqlite::memory:"}, {check(), loan()}};
  nv::worker worker{runtime, {}};
  const auto started = runtime.start("loan", {"loan", "17"});

  // The worker starts the child, and tells the parent of its end.
  const nv::resource customer{"customer", "7"};
  while (runtime.store().load(customer).empty()) std::this_thread::sleep_for(5ms);
  runtime.deliver(
      {.name = "scored", .resource = customer, .key = "bureau-1", .data = {{"score", 700}}});

  const auto state = runtime.wait(started.workflow_id, nv::deadline::in(30s));
  std::cout << "loan 17: " << (state ? state->steps.front().stm_from.value() : "no answer") << '\n';
}
