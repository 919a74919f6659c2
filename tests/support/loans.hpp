// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/nava.hpp>
#include <string>
#include <utility>
#include <vector>

/// Loans, whose payments may come before the loan waits for them.
namespace nava::test::loans {

// A loan that notes payments, in a step that waits for them after it was signed.
inline definition loan(bool keeps_early = false) {
  definition_builder loan{"loan", revision{1}};
  loan.stage("s", "Stage");
  loan.step("signing", {.stage = "s"}).on("signed", [](step_context& step, const event&) {
    step.workflow().add_step("paying");
    step.finish();
  });
  loan.step("paying", {.stage = "s"}).on("paid", [](step_context& step, const event& paid) {
    step.message(std::string{paid.data.at("note").as_string()});
    if (paid.data.contains("last")) step.finish();
  });
  loan.when_a_handler_throws(on_exception::reject_event);
  loan.starts_on("applied");
  loan.on_started([](workflow_context& on) { on.add_step("signing"); });
  if (keeps_early) loan.keep_early("paid", std::chrono::hours{24});
  return loan.build();
}

inline event event_for(const std::string& id, std::string name, event_key key,
                       json::object data = {}) {
  return {.name = std::move(name),
          .resource = {"loan", id},
          .key = std::move(key),
          .data = std::move(data)};
}

inline event paid(const std::string& id, const std::string& note) {
  return event_for(id, "paid", id + "-" + note, {{"note", note}});
}

inline std::vector<std::string> messages(persistence::store& stored, const std::string& id) {
  std::vector<std::string> all;
  for (const auto& each : stored.load(resource{"loan", id}))
    for (const auto& message : stored.history(each.state.workflow.id).value().messages)
      all.push_back(message.content);
  return all;
}

}  // namespace nava::test::loans
