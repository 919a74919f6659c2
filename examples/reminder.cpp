// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <nava/nava.hpp>
#include <nava/testing.hpp>

namespace nv = nava;
using namespace std::chrono_literals;

// A customer who does not answer is reminded each day from the third on. After two weeks the quote
// lapses.
nv::definition quote() {
  nv::definition_builder quote{"quote", nv::revision{1}};
  quote.title("Quote").stage("sale", "Sale");

  quote.step("answer", {.stage = "sale", .states = {"ACCEPTED"}, .remind_every = 24h})
      .on_due([](nv::step_context& step) { step.add_task("mail-reminder"); })
      .on("accept",
          [](nv::step_context& step, const nv::event&) { step.transit("ACCEPTED").finish(); });

  quote.on_expired([](nv::workflow_context& workflow) { workflow.cancel(); });
  quote.on_started([](nv::workflow_context& workflow) {
    workflow.expire_at(workflow.now() + 14 * 24h);
    workflow.add_step("answer", {.ts_due = workflow.now() + 3 * 24h});
  });
  return quote.build();
}

int main() {
  nv::testing::test_engine test{{quote()}};
  int mails = 0;
  test.run_tasks({"mail-reminder", [&](nv::task_context&) {
                    ++mails;
                    return nava::json::object{};
                  }});

  const auto id = test.runtime().start("quote", {"customer", "17"}).workflow_id;
  test.advance(5 * 24h);
  std::cout << "after five days: " << mails << " reminders\n";
  test.advance(10 * 24h);
  std::cout << "after fifteen days: " << test.steps(id).front() << '\n';
}
