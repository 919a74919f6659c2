// SPDX-License-Identifier: Apache-2.0
#include "inspection/postgresql/company_check.hpp"

#include <fmt/format.h>

#include <map>
#include <nava/schema/ddl.hpp>
#include <nava/schema/relationship_rules.hpp>
#include <nava/schema/workflow_rules.hpp>
#include <set>

#include "persistence/postgresql/connection/server_connection.hpp"

namespace nava::inspection {

using namespace persistence;

namespace {

// `roles` is {0} where the policy is for everybody.
const statement policies{R"(
SELECT c.relname, p.polname, p.polcmd, p.polpermissive, p.polroles = '{0}',
  coalesce(pg_get_expr(p.polqual, p.polrelid), '') || '|' ||
    coalesce(pg_get_expr(p.polwithcheck, p.polrelid), ''),
  (SELECT string_agg(r.rolname, ', ' ORDER BY r.rolname)
   FROM pg_catalog.pg_roles AS r
   WHERE r.oid = ANY (p.polroles) AND (r.rolsuper OR r.rolbypassrls OR r.oid = c.relowner))
FROM pg_catalog.pg_policy AS p
JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = :schema
ORDER BY c.relname, p.polname)",
                         {"schema"},
                         7};

const statement forced{R"(
SELECT c.relname
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = :schema AND c.relforcerowsecurity
ORDER BY c.relname)",
                       {"schema"},
                       1};

struct child_policy {
  std::string_view name, command;
};
constexpr child_policy child_policies[] = {
    {"nava_read", "r"}, {"nava_change", "w"}, {"nava_remove", "d"}, {"nava_add", "a"}};

bool is_child(const schema::table_description& table) {
  return table.by_company && table.name != schema::root_table &&
         !schema::distribution_column(table).empty() && table.columns.back().name != "company_id";
}

// What the policy of a child has to ask, as the server spells it.
bool asks_for_workflow(std::string_view command, std::string_view condition) {
  return condition.find(command == "a" ? "sees_workflow(" : "FROM") != std::string_view::npos &&
         condition.find("workflow") != std::string_view::npos;
}

}  // namespace

std::vector<finding> check_companies(const database_url& url,
                                     const schema::database_description& expected,
                                     std::string_view schema) {
  postgresql::server_connection on{url};
  std::vector<finding> findings;
  const auto add = [&](std::string rule, std::string_view table, std::string_view part,
                       std::string message, std::string mends = {}) {
    findings.push_back({std::move(rule),
                        part.empty() ? fmt::format("{}.{}", schema, table)
                                     : fmt::format("{}.{}.{}", schema, table, part),
                        std::move(message), std::move(mends), severity::error});
  };
  std::set<std::pair<std::string, std::string>> there;
  for (const auto& row : on.execute(policies, {schema})) {
    const std::string &table = row[0].value(), &name = row[1].value(), &command = row[2].value();
    const bool is_for_all = row[4] == "t";
    const auto* described = schema::find_table(expected, table);
    if (described == nullptr || !described->by_company) continue;
    if (row[6])
      add("company-role", table, name,
          fmt::format("{} passes by all policies: it is a superuser, has BYPASSRLS or owns the "
                      "table; take that from it",
                      *row[6]));
    const bool is_known = is_child(*described) && is_for_all && row[3] == "t" &&
                          asks_for_workflow(command, row[5].value());
    if (is_known) {
      there.emplace(table, name + "/" + command);
    } else if (is_for_all || is_child(*described)) {
      add("company-policy", table, name,
          "the policy is not Nava's, and may show rows of other companies",
          fmt::format("DROP POLICY {} ON {}.{};", schema::quoted(name), schema::quoted(schema),
                      schema::quoted(table)));
    }
  }
  for (const auto& table : expected.tables)
    if (is_child(table))
      for (const child_policy& each : child_policies)
        if (!there.contains(
                {std::string{table.name}, fmt::format("{}/{}", each.name, each.command)}))
          add("company-policy", table.name, each.name,
              "the policy is missing: no role but the owner can use these rows; nava companies "
              "prints it");
  for (const auto& row : on.execute(forced, {schema}))
    add("company-owner", row[0].value(), {},
        "row security is forced on the owner, so that upkeep and migrations miss rows",
        fmt::format("ALTER TABLE {}.{} NO FORCE ROW LEVEL SECURITY;", schema::quoted(schema),
                    schema::quoted(row[0].value())));
  return findings;
}

}  // namespace nava::inspection
