// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/ascii_case.hpp>
#include <nava/schema/companies.hpp>
#include <nava/schema/workflow_rules.hpp>

#include "inspection/compare/comparing.hpp"
#include "inspection/expression.hpp"
#include "schema/ddl_parts.hpp"

namespace nava::inspection::detail {
namespace {

bool same_type(std::string_view live, std::string_view described, dialect dialect) {
  if (dialect != dialect::sqlite) return live == described;
  return schema::are_same_but_for_case(live, described);
}

// A plain cast would take a time without a zone for a time in the zone of the session.
std::string converted(const catalog_column& live, std::string_view type) {
  const std::string name = quoted(live.name);
  const bool has_no_zone =
      live.type.starts_with("timestamp") && live.type.ends_with("without time zone");
  if (has_no_zone && type == "timestamp with time zone") return name + " AT TIME ZONE 'UTC'";
  return fmt::format("{}::{}", name, type);
}

// PostgreSQL does not convert a default with its column. It is dropped and set again as described.
std::string retyping(const compared_table& table, const column_description& described,
                     const catalog_column& live) {
  const std::string type = type_name(described, table.whole.live.what);
  const std::string name = quoted(described.name);
  const std::string change =
      fmt::format("ALTER COLUMN {} TYPE {} USING {}", name, type, converted(live, type));
  if (live.default_expression.empty()) return change;
  const std::string value = default_expression(described, table.whole.live.what);
  return fmt::format(
      "ALTER COLUMN {0} DROP DEFAULT, {1}{2}", name, change,
      value.empty() ? "" : fmt::format(", ALTER COLUMN {} SET DEFAULT {}", name, value));
}

void compare_type(const compared_table& table, const column_description& described,
                  const catalog_column& live) {
  const std::string type = type_name(described, table.whole.live.what);
  const std::string name = quoted(described.name);
  if (!same_type(live.type, type, table.whole.live.what))
    table.report("column-type", described.name,
                 fmt::format("the type is {}, described as {}", live.type, type),
                 table.alter({retyping(table, described, live)}));
  if (!live.collation.empty())
    table.report(
        "column-collation", described.name,
        fmt::format("the collation is {}, described as that of the database", live.collation),
        table.alter({fmt::format("ALTER COLUMN {} TYPE {}", name, type)}));
}

void compare_nullability(const compared_table& table, const column_description& described,
                         const catalog_column& live) {
  const std::string name = quoted(described.name);
  if (live.nullable == described.nullable) return;
  if (live.nullable)
    table.report("column-nullable", described.name, "the column takes NULL, described as NOT NULL",
                 table.alter({fmt::format("ALTER COLUMN {} SET NOT NULL", name)}));
  else
    table.report("column-not-null", described.name, "the column is NOT NULL, described as nullable",
                 table.alter({fmt::format("ALTER COLUMN {} DROP NOT NULL", name)}));
}

// Its default is a function, which no description can say. Triggers fill the columns of others.
bool is_company_of_session(const table_description& table, const column_description& column) {
  return table.by_company && column.name == "company_id" && has_company_column(table.name) &&
         !is_kept_whole(table.name);
}

void compare_default(const compared_table& table, const column_description& described,
                     const catalog_column& live) {
  if (is_company_of_session(table.described, described)) {
    if (live.default_expression.find("session_company") == std::string::npos)
      table.report("column-default", described.name,
                   "the default is not the company of the session; nava companies prints it", {});
    return;
  }
  const dialect dialect = table.whole.live.what;
  const std::string name = quoted(described.name);
  const std::string wanted = default_expression(described, dialect);
  const std::string& there = live.default_expression;
  const likeness alike = wanted.empty() || there.empty()
                             ? (wanted == there ? likeness::same : likeness::different)
                             : compare_expressions(there, wanted, dialect);
  const auto spoken = [](std::string_view value) { return value.empty() ? "none" : value; };
  if (alike == likeness::unknown)
    table.report(
        "not-read", described.name,
        fmt::format("the default is {}, described as {}: these cannot be compared", there, wanted),
        {}, severity::note);
  else if (alike == likeness::different)
    table.report("column-default", described.name,
                 fmt::format("the default is {}, described as {}", spoken(there), spoken(wanted)),
                 table.alter({wanted.empty()
                                  ? fmt::format("ALTER COLUMN {} DROP DEFAULT", name)
                                  : fmt::format("ALTER COLUMN {} SET DEFAULT {}", name, wanted)}));
  const bool is_identity = live.generated == "ALWAYS" || live.generated == "BY DEFAULT";
  if (described.identity) {
    // A company that says its numbers could take those of another.
    const std::string_view wanted_numbers =
        table.described.by_company && has_company_column(table.described.name) ? "ALWAYS"
                                                                               : "BY DEFAULT";
    if (live.generated != wanted_numbers)
      table.report("column-generated", described.name,
                   fmt::format("the value is {}, described as numbered by the database",
                               live.generated.empty() ? "stored" : "generated: " + live.generated),
                   table.alter({fmt::format("ALTER COLUMN {} {} GENERATED {}{}", name,
                                            is_identity ? "SET" : "ADD", wanted_numbers,
                                            is_identity ? "" : " AS IDENTITY")}));
    return;
  }
  if (live.generated.empty()) return;
  table.report("column-generated", described.name,
               fmt::format("the value is generated ({}), described as stored", live.generated),
               table.alter({fmt::format("ALTER COLUMN {} DROP {}", name,
                                        is_identity ? "IDENTITY" : "EXPRESSION")}));
}

bool is_missing(const compared_table& table, const column_description& column) {
  return std::none_of(table.live.columns.begin(), table.live.columns.end(),
                      [&](const catalog_column& each) { return each.name == column.name; });
}

// The missing column that most likely is `live` under another name; null where none is missing.
const column_description* renamed_from(const compared_table& table, const catalog_column& live) {
  const column_description* likeliest = nullptr;
  const dialect dialect = table.whole.live.what;
  for (const auto& column : table.described.columns) {
    if (!is_missing(table, column)) continue;
    if (same_type(live.type, type_name(column, dialect), dialect)) return &column;
    if (likeliest == nullptr) likeliest = &column;
  }
  return likeliest;
}

// Only a person knows whether the data is of use. The statements therefore stand in the message.
void report_extra_column(const compared_table& table, const catalog_column& live) {
  const bool refuses_inserts =
      !live.nullable && live.default_expression.empty() && live.generated.empty();
  const std::string place = table.whole.qualified(table.described.name);
  const std::string name = quoted(live.name);
  std::string message = fmt::format("the column is not described{}",
                                    refuses_inserts ? " and refuses every new row" : "");
  if (const auto* const missing = renamed_from(table, live))
    message +=
        fmt::format("; if it is {0} under another name: ALTER TABLE {1} RENAME COLUMN {2} TO {3}",
                    missing->name, place, name, quoted(missing->name));
  message += fmt::format("; drop it and its data with: ALTER TABLE {} DROP COLUMN {}", place, name);
  table.report("extra-column", live.name, std::move(message), {},
               refuses_inserts ? severity::error : severity::warning);
}

}  // namespace

void report_missing_columns(const compared_table& table) {
  if (table.live.what == catalog_table::kind::foreign) return;
  for (const auto& column : table.described.columns) {
    if (!is_missing(table, column)) continue;
    table.whole.report_missing(
        "missing-column", table.described.name, column.name,
        column.nullable || column.default_value
            ? "the column is missing"
            : "the column is missing; rows that are there need a value for it first",
        table.alter({fmt::format("ADD COLUMN {}", column_line(column, table.whole.live.what))}));
  }
}

void compare_columns(const compared_table& table) {
  for (const auto& described : table.described.columns)
    for (const auto& live : table.live.columns) {
      if (live.name != described.name) continue;
      compare_type(table, described, live);
      compare_nullability(table, described, live);
      compare_default(table, described, live);
    }
  for (const auto& live : table.live.columns)
    if (table.is_extra(live.name)) report_extra_column(table, live);
}

}  // namespace nava::inspection::detail
