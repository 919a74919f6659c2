// SPDX-License-Identifier: Apache-2.0
#include "persistence/worklist/listed_step.hpp"

#include <nava/schema/database.hpp>
#include <nava/workflow/error.hpp>

#include "persistence/rows/stored_row.hpp"

namespace nava::persistence {
namespace {

using schema::column;

// A column a line, which clang-format would pack.
// clang-format off
struct worklist_item_table
    : schema::table<
          worklist_item, "worklist_item",
          column<"workflow_id", &worklist_item::workflow_id>,
          column<"step_id", &worklist_item::step_id>,
          column<"selector", &worklist_item::selector>,
          column<"wfdef_key", &worklist_item::wfdef_key>,
          column<"resource_name", &worklist_item::resource_name>,
          column<"resource_id", &worklist_item::resource_id>,
          column<"workflow_title", &worklist_item::workflow_title>,
          column<"workflow_status", &worklist_item::workflow_status>,
          column<"step_key", &worklist_item::step_key>,
          column<"stage_key", &worklist_item::stage_key>,
          column<"title", &worklist_item::title>,
          column<"stm_state", &worklist_item::state>,
          column<"stm_label", &worklist_item::label>,
          column<"status", &worklist_item::status>,
          column<"owner_id", &worklist_item::owner_id>,
          column<"delegate_id", &worklist_item::delegate_id>,
          column<"priority", &worklist_item::priority>,
          column<"ts_due", &worklist_item::ts_due>,
          column<"ts_follow_up", &worklist_item::ts_follow_up>,
          column<"ts_start", &worklist_item::ts_start>,
          column<"place", &worklist_item::place>,
          column<"principal", &worklist_item::principal>,
          schema::primary_key<&worklist_item::workflow_id, &worklist_item::step_id>> {};
// clang-format on

}  // namespace

const schema::table_description& worklist_item_description() {
  static constexpr auto described = schema::database<worklist_item_table>::description;
  return described.tables.front();
}

std::vector<worklist_item> items_from(const std::vector<connection::row>& rows) {
  std::vector<worklist_item> items;
  items.reserve(rows.size());
  for (const connection::row& each : rows) try {
      items.push_back(row_from<worklist_item_table>(each[0].value(), stored_form::json));
    } catch (const schema::conversion_error& failure) {
      throw error{error_kind::other, failure.what()};
    }
  return items;
}

}  // namespace nava::persistence
