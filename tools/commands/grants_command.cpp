// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/schema/ddl.hpp>
#include <nava/schema/workflow_database.hpp>
#include <ostream>

#include "tools/commands/commands.hpp"

namespace nava::tools {
namespace {

using purpose = grants_options::purpose;

// The past of a workflow is written once, and goes with its workflow: a foreign key that cascades
// asks for no right on the table of its rows.
bool is_past(std::string_view table) {
  return table == "workflow_mutation" || table == "workflow_message" || table == "workflow_event" ||
         table == "workflow_definition";
}

// Rows that come and go with what they follow from.
bool is_emptied_by_decisions(std::string_view table) {
  return table == "workflow_participant" || table == "workflow_agenda" ||
         table == "workflow_worklist" || table == "workflow_slot" || table == "workflow_rate" ||
         table == "workflow_inbox";
}

// Empty: none.
std::string_view rights_on(std::string_view table, purpose whose) {
  if (whose == purpose::reader) return "SELECT";
  if (whose == purpose::publisher) return table == "workflow_inbox" ? "INSERT" : "";
  if (is_past(table)) return "SELECT, INSERT";
  const bool may_delete = is_emptied_by_decisions(table) || whose == purpose::operators;
  return may_delete ? "SELECT, INSERT, UPDATE, DELETE" : "SELECT, INSERT, UPDATE";
}

}  // namespace

int print_grants(const grants_options& options, std::ostream& out) {
  const std::string role = schema::quoted(options.role), place = schema::quoted(options.schema);
  out << fmt::format("GRANT USAGE ON SCHEMA {} TO {};\n", place, role);
  const auto grant = [&](std::string_view table, std::string_view rights) {
    if (!rights.empty())
      out << fmt::format("GRANT {} ON {}.{} TO {};\n", rights, place, schema::quoted(table), role);
  };
  for (const auto& table : schema::workflow_database<>::description.tables)
    grant(table.name, rights_on(table.name, options.whose));
  if (options.is_partitioned) grant("workflow_resource", rights_on("workflow", options.whose));
  // Without it a program does not know whether the tables are those that it expects.
  if (options.whose != purpose::publisher) grant("nava_migration", "SELECT");
  return 0;
}

}  // namespace nava::tools
