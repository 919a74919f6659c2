// SPDX-License-Identifier: Apache-2.0
#include "persistence/tasks/leased_task.hpp"

#include <nava/schema/database.hpp>
#include <nava/schema/workflow_rows.hpp>
#include <nava/workflow/error.hpp>

namespace nava::persistence {
namespace {

using schema::column;

struct leased_task {
  uuid workflow_id{};
  uuid id{};
  timestamp ts_due{};
  std::int64_t attempt = 0;
  std::int64_t lease_fence = 0;
  timestamp ts_start{};
  std::int64_t attempts_max = 1;
  std::optional<timestamp> ts_expire{};
  std::string name;
  std::optional<uuid> step_id{};
  json::object input;
  std::string wfdef_key;
  std::int64_t wfdef_rev = 1;
  std::string resource_name;
  std::string resource_id;
  schema::workflow_status workflow_status{};
  std::optional<json::object> progress{};
};

// A column a line, which clang-format would pack.
// clang-format off
struct leased_task_table
    : schema::table<
          leased_task, "leased_task",
          column<"workflow_id", &leased_task::workflow_id>,
          column<"_id", &leased_task::id>,
          column<"ts_due", &leased_task::ts_due>,
          column<"attempt", &leased_task::attempt>,
          column<"lease_fence", &leased_task::lease_fence>,
          column<"ts_start", &leased_task::ts_start>,
          column<"attempts_max", &leased_task::attempts_max>,
          column<"ts_expire", &leased_task::ts_expire>,
          column<"name", &leased_task::name>,
          column<"step_id", &leased_task::step_id>,
          column<"input", &leased_task::input>,
          column<"wfdef_key", &leased_task::wfdef_key>,
          column<"wfdef_rev", &leased_task::wfdef_rev>,
          column<"resource_name", &leased_task::resource_name>,
          column<"resource_id", &leased_task::resource_id>,
          column<"workflow_status", &leased_task::workflow_status>,
          column<"progress", &leased_task::progress>,
          schema::primary_key<&leased_task::workflow_id, &leased_task::id>> {};
// clang-format on

}  // namespace

const schema::table_description& leased_task_description() {
  static constexpr auto described = schema::database<leased_task_table>::description;
  return described.tables.front();
}

task_lease lease_from(std::string_view text, stored_form form) {
  leased_task row = [&] {
    try {
      return row_from<leased_task_table>(text, form);
    } catch (const schema::conversion_error& failure) {
      throw error{error_kind::other, failure.what()};
    }
  }();
  return {row.workflow_id,
          row.id,
          row.lease_fence,
          row.attempt,
          row.attempts_max,
          row.ts_start,
          {row.ts_due, row.id},
          row.ts_expire,
          std::move(row.name),
          row.step_id,
          std::move(row.input),
          std::move(row.wfdef_key),
          row.wfdef_rev,
          {std::move(row.resource_name), std::move(row.resource_id)},
          row.workflow_status == schema::workflow_status::paused,
          std::move(row.progress)};
}

}  // namespace nava::persistence
