// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <nava/engine/decision.hpp>
#include <nava/nava.hpp>
#include <stdexcept>
#include <string>

/// Decisions on a claim that is approved, all of one time and one transaction.
namespace nava::test::decisions {

using engine::command, engine::decide, engine::decide_start, engine::decision;

inline const uuid workflow_id = *schema::parse_uuid("01890000-0000-7000-8000-000000000001");
inline const uuid transaction_id = *schema::parse_uuid("01890000-0000-7000-8000-0000000000aa");
inline const timestamp noon = *schema::parse_timestamp("2026-03-01T12:00:00Z");
inline const resource about{"claim", "4711"};

inline decision started(const definition& how, json::object params = {}) {
  return decide_start(how, {workflow_id, about, std::move(params)}, noon, transaction_id);
}

inline event named(std::string name, json::object data = {}) {
  return {.name = std::move(name), .resource = about, .key = nava::no_key, .data = std::move(data)};
}

inline decision delivered(const definition& how, const decision& before, const event& happened) {
  return decide(how, before.state, happened, noon, transaction_id);
}

inline decision commanded(const definition& how, const decision& before, command what) {
  return decide(how, before.state, what, {.reason = "because"}, noon, transaction_id);
}

inline definition_builder approval() {
  definition_builder builder{"claim", revision{1}};
  builder.stage("review", "Review").stage("pay", "Pay").role("manager", "Manager");
  builder.step("approval", {.stage = "review", .states = {"ASKED", "APPROVED"}})
      .transition("APPROVED", from{"ASKED"})
      .on("ask", [](step_context& step, const event&) { step.transit("ASKED"); })
      .on("approve", [](step_context& step, const event&) { step.transit("APPROVED").finish(); })
      .on("break",
          [](step_context& step, const event&) {
            step.memorize({{"lost", true}});
            throw std::runtime_error{"the printer burns"};
          })
      .on("repair", [](step_context& step, const event&) { step.recover(); })
      .on("give-up", [](step_context& step, const event&) { step.ignore(); });
  builder.on_started([](workflow_context& workflow) { workflow.add_step("approval"); });
  return builder;
}

/// Why an act is refused; `none` where it is not.
inline std::string refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const refused& failure) {
    return failure.what();
  }
  return "none";
}

}  // namespace nava::test::decisions
