// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/schema/companies.hpp>
#include <nava/schema/ddl.hpp>
#include <nava/schema/partitioning.hpp>
#include <nava/schema/workflow_database.hpp>
#include <nava/schema/workflow_tables.hpp>
#include <ostream>

#include "tools/commands/commands.hpp"

namespace nava::tools {
namespace {

using enum grants_options::purposes;

// Their rows are written once. Those of a workflow go with it: a cascade runs as the owner of the
// tables, and asks for no right.
bool is_written_once(std::string_view table) {
  return table == "workflow_mutation" || table == "workflow_message" || table == "workflow_event" ||
         table == "workflow_definition";
}

// Their rows come and go with what they follow from.
bool is_emptied_by_engines(std::string_view table) {
  return table == "workflow_agenda" || table == "workflow_worklist" || table == "workflow_slot" ||
         table == "workflow_rate" || table == "workflow_inbox";
}

// The columns that publish_statement() writes. With the others a role could hold up a resource.
constexpr std::string_view insert_of_events =
    "INSERT (event_key, event_name, resource_name, resource_id, event_data, event_args, selector, "
    "at, actor)";

// Where companies are separated nobody says which `seq` an event has, or whose it is: a company
// could take the numbers of another.
constexpr std::string_view rights_on_events_of_a_company =
    "SELECT, INSERT (event_key, event_name, resource_name, resource_id, event_data, event_args, "
    "selector, at, actor, ts_created), UPDATE (status, attempt, error, ts_due, lease_fence, "
    "lease_until, lease_owner), DELETE";

// The key of a workflow is in all of its rows, by ON UPDATE CASCADE. No statement of a store
// changes it.
std::string columns_but_the_key() {
  std::string columns;
  for (const auto& column : schema::workflow_table::column_descriptions)
    if (column.name != "_id")
      columns += (columns.empty() ? "" : ", ") + schema::quoted(column.name);
  return columns;
}

// Empty: none.
std::string rights_on(std::string_view table, const grants_options& options) {
  const auto purpose = options.purpose;
  if (purpose == reader) return "SELECT";
  if (purpose == publisher)
    return std::string{table == "workflow_inbox" ? insert_of_events : std::string_view{}};
  // Deletions leave tombstones, and purges remove them; a start looks for them.
  if (table == "workflow_tombstone")
    return purpose == operators ? "SELECT, INSERT, UPDATE, DELETE" : "SELECT";
  if (is_written_once(table)) return "SELECT, INSERT";
  if (table == "workflow_participant") return "SELECT, INSERT, DELETE";
  if (table == "workflow_inbox" && options.separates_companies())
    return std::string{rights_on_events_of_a_company};
  // A limit of all companies would be set by a row of each.
  if ((table == "workflow_slot" || table == "workflow_rate") && options.all_companies)
    return "SELECT";
  if (is_emptied_by_engines(table)) return "SELECT, INSERT, UPDATE, DELETE";
  if (table != "workflow") return "SELECT, INSERT, UPDATE";
  return fmt::format("SELECT, INSERT, UPDATE ({}){}", columns_but_the_key(),
                     purpose == operators ? ", DELETE" : "");
}

}  // namespace

int print_grants(const grants_options& options, std::ostream& out) {
  const std::string role = schema::quoted(options.role), place = schema::quoted(options.schema);
  const schema::partitioned_schema partitioned{schema::workflow_database<>::description};
  const auto tables =
      options.is_partitioned ? partitioned.description() : schema::workflow_database<>::description;
  const auto grant = [&](std::string_view table, std::string_view rights) {
    if (!rights.empty())
      out << fmt::format("GRANT {} ON {}.{} TO {};\n", rights, place, schema::quoted(table), role);
  };
  // Rights without policies would open tables that are not separated.
  if (options.separates_companies())
    out << "SET lock_timeout = '5s';\nSET client_min_messages = warning;\nBEGIN;\n"
        << company_policies(tables, options.schema, options.role, options.company);
  out << fmt::format("GRANT USAGE ON SCHEMA {} TO {};\n", place, role);
  for (const auto& table : tables.tables) {
    if (options.separates_companies())
      out << fmt::format("REVOKE ALL ON {}.{} FROM {};\n", place, schema::quoted(table.name), role);
    grant(table.name, rights_on(table.name, options));
  }
  // Without it a program does not know whether the tables are those that it expects.
  if (options.purpose != publisher) grant("nava_migration", "SELECT");
  if (options.separates_companies()) out << "COMMIT;\n";
  return 0;
}

int print_companies(const grants_options& options, std::ostream& out) {
  const schema::partitioned_schema partitioned{schema::workflow_database<>::description};
  out << separate_companies(
      options.is_partitioned ? partitioned.description() : schema::workflow_database<>::description,
      options.schema);
  return 0;
}

}  // namespace nava::tools
