// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/approval.hpp"

#include <array>
#include <nava/engine/context.hpp>
#include <nava/workflow/id.hpp>
#include <string>

namespace nava::benchmarks {
namespace {

using namespace engine;

constexpr std::array<std::string_view, 4> stages{"intake", "review", "decision", "archive"};

std::string step_key(std::size_t number) { return "step-" + std::to_string(number); }

void record(step_context& step, const event& happened) {
  step.memorize({{"note", happened.data.at("note")}});
  step.transit(step.row().stm_state == "ASKED" ? "ANSWERED" : "ASKED");
  step.message("answered");
}

void plan(workflow_context& workflow) {
  for (std::size_t i = 0; i < approval_steps; ++i) workflow.add_step(step_key(i));
  for (const auto* user : {"ada", "ben", "cleo"}) workflow.add_participant("clerk", user);
  workflow.add_task("mail", {{"to", "ada"}});
}

}  // namespace

definition approval() {
  definition_builder builder{"benchmark-approval", engine::revision{1}};
  builder.title("Approval").role("clerk", "Clerk");
  for (const auto stage : stages) builder.stage(std::string{stage}, std::string{stage});
  for (std::size_t i = 0; i < approval_steps; ++i)
    builder
        .step(step_key(i), {.stage = std::string{stages[i * stages.size() / approval_steps]},
                            .states = {"ASKED", "ANSWERED"}})
        .on("answered", record);
  builder.on_started(plan);
  return builder.build();
}

resource approval_of(std::int64_t number) { return {"approval", std::to_string(number)}; }

event answer(const resource& about, const uuid& id, std::int64_t ordinal) {
  const auto step = static_cast<std::size_t>(ordinal) % approval_steps;
  return {.name = "answered",
          .resource = about,
          .selector = step_id(id, step_key(step)),
          .key = "answer-" + std::to_string(ordinal),
          .data = {{"note", "a note of some forty characters in all."}}};
}

}  // namespace nava::benchmarks
