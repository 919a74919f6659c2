// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/runtime/family.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_tables.hpp>
#include <ostream>

#include "tools/commands/commands.hpp"
#include "tools/terminal/json_output.hpp"
#include "tools/terminal/terminal.hpp"
#include "tools/terminal/text_table.hpp"
#include "tools/terminal/text_width.hpp"

namespace nava::tools {
namespace {

void print_json(const std::vector<family_member>& family, std::ostream& out) {
  json::array list;
  for (const auto& member : family) {
    json::object row = row_as_json<schema::workflow_table>(member.row);
    row["parent_id"] =
        member.parent_id ? json::value(schema::to_text(*member.parent_id)) : json::value(nullptr);
    row["depth"] = member.depth;
    list.push_back(std::move(row));
  }
  write_json(out, list);
  out << '\n';
}

void print_tree(const std::vector<family_member>& family, std::ostream& out) {
  text_table table{{{"RESOURCE", column_kind::text},
                    {"DEFINITION", column_kind::text},
                    {"STATUS"},
                    {"STARTED"},
                    {"FINISHED"},
                    {"ID"}}};
  for (const auto& member : family) {
    const schema::workflow& row = member.row;
    const std::string indent =
        member.depth == 0 ? "" : std::string(2 * (member.depth - 1), ' ') + "- ";
    table.add({indent + row.resource_name + "/" + row.resource_id, row.wfdef_key,
               std::string{to_text(row.status)}, time_text(row.ts_start), time_text(row.ts_finish),
               schema::to_text(row.id)});
  }
  table.print(out, terminal_width());
  const auto& first = family.front();
  if (first.parent_id)
    out << fmt::format("{} is a child of workflow {}\n",
                       printable(first.row.resource_name + "/" + first.row.resource_id),
                       schema::to_text(*first.parent_id));
}

}  // namespace

int tree(const target& where, const workflow_name& name, const tree_options& options,
         std::ostream& out, std::ostream& err) {
  const auto store = open_existing(where);
  try {
    uuid id = find_workflow(*store, name);
    if (options.whole && store->load(id)) id = founder_of(*store, id);
    const auto family = load_family(*store, id);
    if (family.empty())
      throw name_error{fmt::format("there is no workflow {}", schema::to_text(id))};
    if (options.json)
      print_json(family, out);
    else
      print_tree(family, out);
    return 0;
  } catch (const name_error& wrong) {
    err << fmt::format("nava: {}\n", printable(wrong.what()));
    return 1;
  }
}

}  // namespace nava::tools
