// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/workflow_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <nava/schema/row.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_database.hpp>
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

std::vector<schema::workflow> rows_with(persistence::store& store, schema::name_list key,
                                        json::array values) {
  const auto& table = *schema::find_table(schema::workflow_database<>::description,
                                          schema::workflow_table::name.view());
  std::vector<schema::workflow> rows;
  for (const json::object& row :
       store.related_rows({&table, key, {}, 0}, json::array{std::move(values)}))
    try {
      rows.push_back(schema::from_json<schema::workflow_table>(row));
    } catch (const schema::conversion_error& failure) {
      throw unreadable_value{failure.what()};
    }
  return rows;
}

// The workflows of each resource that the text may name, where it has some.
std::vector<std::vector<schema::workflow>> readings_of(persistence::store& store,
                                                       const std::string& text) {
  static constexpr std::array<std::string_view, 2> resource_key{"resource_id", "resource_name"};
  std::vector<std::vector<schema::workflow>> readings;
  for (std::size_t slash = text.find('/', 1); slash != std::string::npos && slash + 1 < text.size();
       slash = text.find('/', slash + 1)) {
    auto rows = rows_with(store, resource_key, {text.substr(slash + 1), text.substr(0, slash)});
    if (!rows.empty()) readings.push_back(std::move(rows));
  }
  return readings;
}

}  // namespace

std::optional<schema::workflow> find_row(persistence::store& store, const uuid& id) {
  static constexpr std::array<std::string_view, 1> key{"_id"};
  auto rows = rows_with(store, key, {schema::to_text(id)});
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

std::optional<workflow_name> parse_workflow_name(const std::string& text) {
  if (const auto id = schema::parse_uuid(text)) return workflow_name{text, id};
  const std::size_t slash = text.find('/', 1);
  if (slash == std::string::npos || slash + 1 == text.size()) return std::nullopt;
  return workflow_name{text};
}

uuid find_workflow(persistence::store& store, const workflow_name& name) {
  if (name.id) return *name.id;
  std::vector<schema::workflow> found;
  for (auto& reading : readings_of(store, name.text))
    std::ranges::move(reading, std::back_inserter(found));
  if (found.empty()) throw name_error{fmt::format("there is no workflow for {}", name.text)};
  if (found.size() > 1) throw name_error{several(name.text, found)};
  return found.front().id;
}

std::vector<uuid> find_workflows_about(persistence::store& store, const std::string& text) {
  const auto readings = readings_of(store, text);
  if (readings.empty()) throw name_error{fmt::format("there is no workflow for {}", text)};
  if (readings.size() > 1)
    throw name_error{fmt::format("{} names {} resources that have workflows; give their ids", text,
                                 readings.size())};
  std::vector<uuid> ids;
  for (const auto& row : readings.front()) ids.push_back(row.id);
  std::ranges::sort(ids);
  return ids;
}

}  // namespace nava::tools
