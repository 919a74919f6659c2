// SPDX-License-Identifier: Apache-2.0
#include "inspection/postgresql/company_check.hpp"

#include <fmt/format.h>

#include <map>
#include <nava/schema/companies.hpp>
#include <nava/schema/ddl.hpp>
#include <nava/schema/relationship_rules.hpp>
#include <nava/schema/workflow_rules.hpp>
#include <set>

#include "persistence/postgresql/connection/dropped_table.hpp"
#include "persistence/postgresql/connection/server_connection.hpp"

namespace nava::inspection {

using namespace persistence;

namespace {

// `roles` is {0} where the policy is for everybody. Those that are named pass by all policies.
const statement policies{R"(
SELECT c.relname, p.polname, p.polcmd, p.polpermissive, p.polroles = '{0}',
  coalesce(pg_get_expr(p.polqual, p.polrelid), '-'),
  coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '-'),
  (SELECT string_agg(r.rolname, ', ' ORDER BY r.rolname)
   FROM pg_catalog.pg_roles AS r
   WHERE r.oid = ANY (p.polroles)
     AND (r.rolsuper OR r.rolbypassrls OR pg_has_role(r.oid, c.relowner, 'MEMBER'))),
  p.polname = ANY (SELECT r.rolname FROM pg_catalog.pg_roles AS r WHERE r.oid = ANY (p.polroles))
FROM pg_catalog.pg_policy AS p
JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = :schema
ORDER BY c.relname, p.polname)",
                         {"schema"},
                         9};

const statement functions{R"(
SELECT p.proname, p.prosrc, p.prosecdef, p.proowner = c.relowner
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = 'workflow'
WHERE n.nspname = :schema)",
                          {"schema"},
                          4};

const statement triggers{R"(
SELECT c.relname, t.tgname, p.proname
FROM pg_catalog.pg_trigger AS t
JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = :schema AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A'))",
                         {"schema"},
                         3};

// Views run as their owner, who sees all rows; roles with BYPASSRLS do.
const statement ways_around{R"(
SELECT v.relname, CASE v.relkind
    WHEN 'v' THEN 'the view reads as its owner, who sees all companies: make it security_invoker'
    ELSE 'the materialized view has rows of all companies: grant it to no company' END
FROM pg_catalog.pg_class AS v
WHERE v.relkind IN ('v', 'm')
  AND NOT EXISTS (
    SELECT 1
    FROM pg_options_to_table(v.reloptions) AS o
    WHERE o.option_name = 'security_invoker' AND cast(o.option_value AS boolean))
  AND EXISTS (
    SELECT 1
    FROM pg_catalog.pg_depend AS d
    JOIN pg_catalog.pg_rewrite AS w ON w.oid = d.objid AND w.ev_class = v.oid
    JOIN pg_catalog.pg_class AS c ON c.oid = d.refobjid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = :schema AND c.relrowsecurity)
UNION ALL
SELECT 'workflow', r.rolname || ' has BYPASSRLS and may read the workflows'
FROM pg_catalog.pg_roles AS r
WHERE r.rolbypassrls AND NOT r.rolsuper
  AND has_table_privilege(r.oid, quote_ident(:schema) || '.workflow', 'SELECT')
UNION ALL
SELECT p.relname, 'the partition has no row security; a right on it opens it'
FROM pg_catalog.pg_inherits AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.inhparent
JOIN pg_catalog.pg_class AS p ON p.oid = i.inhrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = :schema AND c.relkind = 'p' AND c.relrowsecurity AND NOT p.relrowsecurity
ORDER BY 1, 2)",
                            {"schema"},
                            2};

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
         !schema::distribution_column(table).empty() && !schema::has_company_column(table.name);
}

// Without blanks and without the schema before a name of Nava's, which the server leaves out where
// it is on the path.
std::string squeezed(std::string text, std::string_view schema) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  for (const std::string& place : {fmt::format("{}.", schema), schema::quoted(schema) + "."})
    for (const std::string_view name : {"workflow", "sees_workflow"})
      for (std::size_t at = text.find(place + std::string{name}); at != text.npos;
           at = text.find(place + std::string{name}, at))
        text.erase(at, place.size());
  return text;
}

// A policy of a child as the server spells it.
bool is_child_policy(const schema::table_description& table, std::string_view command,
                     const std::string& rows, const std::string& written, std::string_view schema) {
  const std::string id{schema::distribution_column(table)};
  if (command == "a")
    return rows == "-" && squeezed(written, schema) == fmt::format("sees_workflow({})", id);
  return written == "-" && squeezed(rows, schema) == fmt::format(
                                                         "((SELECTw._idFROMworkfloww"
                                                         "WHERE(w._id={}.{}))ISNOTNULL)",
                                                         table.name, id);
}

// One company, or all of them.
bool is_role_policy(const std::string& rows, const std::string& written) {
  constexpr std::string_view begin = "(company_id = '", end = "'::text)";
  return rows == written && (rows == "true" || (rows.starts_with(begin) && rows.ends_with(end)));
}

std::vector<std::pair<std::string, std::string>> expected_triggers() {
  return {{"workflow", "give_company"},
          {"workflow", "keep_company"},
          {"workflow_agenda", "follow_company"},
          {"workflow_worklist", "follow_company"}};
}

template <class Add>
void check_functions(connection& on, std::string_view schema, Add add) {
  std::map<std::string, connection::row> live;
  for (const auto& row : on.execute(functions, {schema})) live.emplace(row[0].value(), row);
  for (const auto& [name, body] : schema::company_functions()) {
    std::string wanted{body};
    constexpr std::string_view mark = "{place}";
    for (std::size_t at = wanted.find(mark); at != wanted.npos; at = wanted.find(mark))
      wanted.replace(at, mark.size(), schema::quoted(schema));
    const auto found = live.find(std::string{name});
    // The body of an expression is not kept as text.
    const bool is_same = found != live.end() && (body.empty() || found->second[1] == wanted) &&
                         found->second[2] == "f" && found->second[3] == "t";
    if (!is_same)
      add("company-function", name, {},
          "the function is missing, or not as nava companies prints it; run that again", "");
  }
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
  const auto found = postgresql::read_beside_drops([&] { return on.execute(policies, {schema}); });
  for (const auto& row : found) {
    const std::string &table = row[0].value(), &name = row[1].value(), &command = row[2].value();
    const bool is_for_all = row[4] == "t";
    const auto* described = schema::find_table(expected, table);
    if (described == nullptr || !described->by_company) continue;
    if (row[7])
      add("company-role", table, name,
          fmt::format("{} passes by all policies: it is a superuser, has BYPASSRLS or is a member "
                      "of the owner; take that from it",
                      *row[7]));
    const bool is_permissive = row[3] == "t";
    const bool is_known =
        is_child(*described)
            ? is_for_all && is_permissive &&
                  is_child_policy(*described, command, row[5].value(), row[6].value(), schema)
            : !is_for_all && row[8] == "t" && command == "*" &&
                  is_role_policy(row[5].value(), row[6].value());
    if (is_known && is_child(*described)) there.emplace(table, name + "/" + command);
    if (!is_known)
      add("company-policy", table, name,
          "the policy is not one that nava companies or nava grants prints, and may show rows of "
          "other companies",
          fmt::format("DROP POLICY {} ON {}.{};", schema::quoted(name), schema::quoted(schema),
                      schema::quoted(table)));
  }
  for (const auto& table : expected.tables)
    if (is_child(table))
      for (const child_policy& each : child_policies)
        if (!there.contains(
                {std::string{table.name}, fmt::format("{}/{}", each.name, each.command)}))
          add("company-policy", table.name, each.name,
              "the policy is missing: no role but the owner can use these rows; nava companies "
              "prints it");
  check_functions(on, schema, add);
  std::set<std::pair<std::string, std::string>> live;
  for (const auto& row : on.execute(triggers, {schema}))
    if (row[1] == row[2]) live.emplace(row[0].value(), row[1].value());
  for (const auto& [table, name] : expected_triggers())
    if (!live.contains({table, name}))
      add("company-trigger", table, name,
          "the trigger is missing or disabled: rows get no company, or another; nava companies "
          "prints it");
  for (const auto& row : on.execute(ways_around, {schema}))
    add("company-way-around", row[0].value(), {}, row[1].value());
  for (const auto& row : on.execute(forced, {schema}))
    add("company-owner", row[0].value(), {},
        "row security is forced on the owner, so that upkeep and migrations miss rows",
        fmt::format("ALTER TABLE {}.{} NO FORCE ROW LEVEL SECURITY;", schema::quoted(schema),
                    schema::quoted(row[0].value())));
  return findings;
}

}  // namespace nava::inspection
