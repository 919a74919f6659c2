// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>
#include <nava/testing.hpp>

#include "support/catch.hpp"

using namespace nava;
using namespace std::chrono_literals;

namespace {

struct paid {
  static constexpr std::string_view event_name = "paid";
  std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(paid, (), (amount))

const resource invoice_1{"invoice", "1"};

definition invoice() {
  definition_builder invoice{"invoice", revision{1}};
  invoice.stage("s", "Stage");
  invoice.step("payment", {.stage = "s"}).on<paid>([](step_context& step, const paid& what) {
    step.memorize(what).finish();
  });
  invoice.keep_early("paid", 24h);
  invoice.on_started([](workflow_context& workflow) { workflow.add_step("payment"); });
  return invoice.build();
}

// It takes whatever data the event has.
definition audit() {
  definition_builder audit{"audit", revision{1}};
  audit.stage("s", "Stage");
  audit.step("watch", {.stage = "s"}).on("paid", [](step_context& step, const event&) {
    step.finish();
  });
  audit.on_started([](workflow_context& workflow) { workflow.add_step("watch"); });
  return audit.build();
}

event bad(event_key key) {
  return {.name = "paid", .resource = invoice_1, .key = std::move(key), .data = {{"sum", 5}}};
}

}  // namespace

TEST_CASE("typed events: what does not fit is FAILED at once, and holds up nothing", "[runtime]") {
  testing::test_engine engine{{invoice()}};
  auto& run = engine.runtime();
  const uuid id = run.start("invoice", invoice_1).workflow_id;
  run.publish(bad("mail-1"));
  engine.run_due();
  CHECK(engine.inbox() == std::vector<std::string>{"paid invoice/1 FAILED"});
  CHECK(run.store().list_events({}).front().error ==
        "event 'paid': member 'amount' is not there in its data");
  run.publish(event_of(paid{5}, invoice_1, "mail-2"));
  engine.run_due();
  CHECK(engine.steps(id) == std::vector<std::string>{"payment COMPLETED"});
}

TEST_CASE("typed events: what one workflow cannot read is told, though another takes it",
          "[runtime]") {
  testing::test_engine engine{{audit(), invoice()}};
  auto& run = engine.runtime();
  const uuid watched = run.start("audit", invoice_1).workflow_id;
  const uuid waits = run.start("invoice", invoice_1).workflow_id;
  CHECK_THROWS_AS(run.deliver(bad("mail-1")), data_refused);
  CHECK(engine.steps(watched) == std::vector<std::string>{"watch COMPLETED"});
  CHECK(engine.steps(waits) == std::vector<std::string>{"payment ACTIVE _CREATED"});
}
