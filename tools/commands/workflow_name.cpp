// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/workflow_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/text.hpp>
#include <vector>

namespace nava::tools {
namespace {

std::string several(const std::string& name, const std::vector<schema::workflow>& found) {
  std::string list;
  for (const auto& row : found)
    list +=
        fmt::format("{}{} ({})", list.empty() ? "" : ", ", schema::to_text(row.id), row.wfdef_key);
  return fmt::format("{} has {} workflows; give the id of one: {}", name, found.size(), list);
}

}  // namespace

std::optional<workflow_name> parse_workflow_name(const std::string& text) {
  if (const auto id = schema::parse_uuid(text)) return workflow_name{text, id};
  const std::size_t slash = text.find('/', 1);
  if (slash == std::string::npos || slash + 1 == text.size()) return std::nullopt;
  return workflow_name{text};
}

uuid find_workflow(persistence::store& store, const workflow_name& name) {
  if (name.id) return *name.id;
  std::vector<schema::workflow> found;
  const std::string& text = name.text;
  for (std::size_t slash = text.find('/', 1); slash != std::string::npos && slash + 1 < text.size();
       slash = text.find('/', slash + 1))
    for (auto& each : store.load({text.substr(0, slash), text.substr(slash + 1)}))
      found.push_back(std::move(each.state.workflow));
  if (found.empty()) throw name_error{fmt::format("there is no workflow for {}", text)};
  if (found.size() > 1) throw name_error{several(text, found)};
  return found.front().id;
}

}  // namespace nava::tools
