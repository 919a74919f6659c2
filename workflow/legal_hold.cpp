// SPDX-License-Identifier: Apache-2.0
#include "workflow/legal_hold.hpp"

#include <fmt/format.h>

#include <nava/schema/text.hpp>

namespace nava {

// What is no text was written by hand, and holds all the same, as the statements have it.
std::vector<std::string> legal_holds_in(const json::array& sys_tag) {
  std::vector<std::string> names;
  for (const json::value& tag : sys_tag) {
    const json::object* const members = tag.if_object();
    const json::value* const name =
        members == nullptr ? nullptr : members->if_contains(legal_hold_member);
    if (name == nullptr) continue;
    const json::string* const text = name->if_string();
    names.push_back(text == nullptr ? json::serialize(*name) : std::string{*text});
  }
  return names;
}

std::string legal_hold_text(const std::vector<std::string>& holds) {
  std::string text = "under legal hold";
  for (const auto& name : holds)
    text += fmt::format("{} '{}'", &name == &holds.front() ? "" : ",", name);
  return text;
}

void expect_no_legal_hold(const uuid& workflow_id, const json::array& sys_tag) {
  if (const auto holds = legal_holds_in(sys_tag); !holds.empty())
    throw error{error_kind::legal_hold,
                fmt::format("workflow {} is {} and was not deleted; release it first",
                            schema::to_text(workflow_id), legal_hold_text(holds))};
}

std::vector<std::string> legal_holds_of(const schema::workflow& row) {
  return legal_holds_in(row.sys_tag);
}

}  // namespace nava
