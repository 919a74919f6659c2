// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/file_list_statements.hpp"

#include "persistence/sqlite/file_statement_parts.hpp"

namespace nava::persistence::sqlite {
namespace {

// Of the reasons for which a step is listed, `max` takes USER before GROUP, with its other columns.
constexpr std::string_view worklist_entries_sql = R"(
    SELECT b.workflow_id, b.step_id, max(b.place) AS place, b.principal, b.ts_due, b.ts_follow_up,
      b.priority, b.rank
    FROM ({walks}
    ) AS b
    GROUP BY b.workflow_id, b.step_id)";

constexpr std::string_view worklist_step_sql = R"(CROSS JOIN workflow_step AS s
    ON s.workflow_id = e.workflow_id
    AND s._id = e.step_id)";

constexpr std::string_view worklist_workflow_sql = R"(CROSS JOIN workflow AS w
    ON w._id = e.workflow_id)";

constexpr std::string_view has_tag_sql = R"(EXISTS (
    SELECT 1
    FROM json_each(w.usr_tag) AS t
    WHERE t.type = 'text'
      AND t.value = :tag
  ))";

}  // namespace

list_dialect lists_in_file() {
  return {.row = object_of("workflow", "w"),
          .workflow = "workflow",
          .participant = "workflow_participant",
          .uuid = "",
          .time = "",
          .text = "",
          .integer = "INTEGER",
          .has_status = "w.status IN (SELECT s.value FROM json_each(:statuses) AS s)",
          .for_each = "",
          .has_tag = has_tag_sql,
          .is_under_legal_hold = is_under_legal_hold("w")};
}

worklist_dialect worklists_in_file() {
  return {.row = object_of(worklist_item_description(), "c"),
          .worklist = "workflow_worklist",
          .entries = std::string{worklist_entries_sql},
          .is_first = "true",
          .step_join = std::string{worklist_step_sql},
          .workflow_join = std::string{worklist_workflow_sql},
          .uuid = "",
          .time = "",
          .integer = "INTEGER",
          .now = ":now",
          .place_of_text = "instr(lower({}), :text)"};
}

}  // namespace nava::persistence::sqlite
