// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/micro/workflows.hpp"

#include <fmt/format.h>

namespace nava::micro {

timestamp noon() { return *schema::parse_timestamp("2026-03-01T12:00:00Z"); }

uuid some_id(std::uint8_t last) {
  uuid id = *schema::parse_uuid("01890000-0000-7000-8000-000000000000");
  id.data[15] = last;
  return id;
}

definition measured_definition(int steps) {
  definition_builder builder{"measured", revision{1}};
  builder.title("A workflow to measure").role("manager", "Manager");
  for (int i = 1; i <= stages; ++i) {
    const std::string stage = fmt::format("stage-{}", i);
    builder.stage(stage, stage);
    builder
        .step(fmt::format("step-{}", i),
              {.stage = stage, .states = {"ASKED", "ANSWERED"}, .repeats = true})
        .on("tick", [](step_context& step, const event& what) {
          step.memorize(what.data);
          step.transit(what.data.at("number").as_int64() % 2 == 0 ? "ASKED" : "ANSWERED");
          step.message("ticked");
        });
  }
  builder.on("task", [](workflow_context& workflow, const event& what) {
    workflow.memorize(what.data);
    workflow.message("to be mailed");
    workflow.add_task("mail", {{"to", "manager"}});
  });
  builder.on_started([steps](workflow_context& workflow) {
    workflow.add_participant("manager", "ada");
    workflow.memorize({{"purpose", "to be measured"}, {"limit", 12000}});
    for (int i = 0; i < steps; ++i) workflow.add_step(fmt::format("step-{}", i % stages + 1));
  });
  return builder.build();
}

engine::decision started(const definition& how) {
  return engine::decide_start(how, {some_id(1), {"case", "4711"}, {{"amount", 120}}}, noon(),
                              some_id(2));
}

event tick(const engine::decision& on, std::int64_t number) {
  const auto& steps = on.state.steps;
  return {.name = "tick",
          .resource = {"case", "4711"},
          .selector = steps[steps.size() / 2].selector,
          .key = fmt::format("mail-{}", number),
          .data = {{"number", number}, {"note", "what the answer says"}}};
}

}  // namespace nava::micro
