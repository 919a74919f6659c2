// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nava/inspection/comparison.hpp>
#include <nava/schema/partitioning.hpp>

#include "inspection/compare/comparing.hpp"
#include "schema/ddl_parts.hpp"

namespace nava::inspection {
namespace detail {

std::string comparison::place() const {
  return is_sqlite() ? std::string{} : fmt::format("{}.", quoted(schema));
}

std::string comparison::qualified(std::string_view name) const {
  return fmt::format("{}{}", place(), quoted(name));
}

void comparison::report(std::string_view rule, std::string_view table, std::string_view part,
                        std::string message, mending mends, severity level) {
  if (!mends.side_effect.empty()) message.append("; ").append(mends.side_effect);
  findings.push_back({std::string{rule},
                      part.empty() ? fmt::format("{}.{}", schema, table)
                                   : fmt::format("{}.{}.{}", schema, table, part),
                      std::move(message), std::move(mends.statement), level});
}

void comparison::report_missing(std::string_view rule, std::string_view table,
                                std::string_view column, std::string message, mending mends) {
  missing.push_back({table, column, findings.size()});
  report(rule, table, column, std::move(message), std::move(mends));
}

bool comparison::owe(std::initializer_list<key_part> parts, std::string_view statement) {
  const auto is_among = [&](const missing_part& part) {
    return std::any_of(parts.begin(), parts.end(), [&](const key_part& of) {
      return of.table == part.table &&
             (part.column.empty() ||
              std::find(of.columns.begin(), of.columns.end(), part.column) != of.columns.end());
    });
  };
  const auto last = std::find_if(missing.rbegin(), missing.rend(), is_among);
  if (last == missing.rend()) return false;
  // A rebuilt table has everything that is described. Where no statement mends the part, none can
  // create what is made of it.
  if (std::string& mends = findings[last->finding].statement; !is_sqlite() && !mends.empty())
    mends.append(1, ' ').append(statement);
  return true;
}

std::string unless_wanted(mending drops) {
  return fmt::format("; if nobody wants it, drop it with: {}", drops.statement);
}

bool same_in_order(const std::vector<std::string>& live, name_list described) {
  return std::equal(live.begin(), live.end(), described.begin(), described.end());
}

std::string listed(const std::vector<std::string>& names) {
  return fmt::format("({})", fmt::join(names, ", "));
}

std::string listed(name_list names) { return fmt::format("({})", fmt::join(names, ", ")); }

namespace {

std::string create_table(const comparison& whole, const table_description& table) {
  std::vector<std::string> lines = table_lines(table, whole.live.what);
  if (whole.is_sqlite())
    for (const auto& key : table.foreign_keys)
      lines.push_back(foreign_key_line(key, dialect::sqlite));
  std::string statement =
      fmt::format("CREATE TABLE {} ({}){};", whole.qualified(table.name), fmt::join(lines, ", "),
                  table_options(table, whole.live.what));
  for (const auto& index : table.indexes)
    if (!stands_in_table(index))
      statement.append(1, ' ').append(create_index(table, index, whole.place()));
  if (whole.is_sqlite())
    for (const auto& trigger : set_null_triggers(whole.expected, table.name))
      statement.append(1, ' ').append(trigger.statement);
  if (!table.partition_column.empty())
    statement.append(1, ' ').append(
        create_partition(table, default_partition(table.name), "DEFAULT", whole.place()));
  return statement;
}

std::vector<compared_table> tables_in_both(comparison& whole) {
  std::vector<compared_table> pairs;
  for (const auto& table : whole.expected.tables)
    if (const catalog_table* const live = find_table(whole.live, whole.schema, table.name))
      pairs.push_back({whole, table, *live});
  return pairs;
}

// Keys come first, because a column cannot become nullable while a primary key has it.
void compare_table(const compared_table& table) {
  compare_options(table);
  // A foreign table has no keys, checks or indexes to compare.
  if (table.live.what == catalog_table::kind::foreign) return;
  compare_keys_and_indexes(table);
  compare_columns(table);
  compare_checks(table);
}

bool is_view(const comparison& whole, std::string_view name) {
  const auto& views = whole.live.views;
  return std::any_of(views.begin(), views.end(), [&](const catalog_view& view) {
    return view.schema == whole.schema && view.name == name;
  });
}

void report_missing_tables(comparison& whole) {
  for (const auto& table : whole.expected.tables) {
    if (find_table(whole.live, whole.schema, table.name) != nullptr) continue;
    if (is_view(whole, table.name))
      whole.report_missing("other-kind-of-table", table.name, {},
                           "a view has the name, described as a table", {});
    else
      whole.report_missing("missing-table", table.name, {}, "the table is missing",
                           {create_table(whole, table)});
  }
}

// PostgreSQL refuses a CONCURRENTLY that is sent with another statement, as psql -c sends a line.
void tell_of_concurrent_statements(std::vector<finding>& findings) {
  for (finding& each : findings)
    if (each.statement.find(" CONCURRENTLY ") != std::string::npos &&
        each.statement.find("; ") != std::string::npos)
      each.message += "; run each statement by itself";
}

void report_extra_tables(comparison& whole, std::span<const std::string_view> known) {
  for (const auto& table : whole.live.tables) {
    const auto is_described = [&](const table_description& each) {
      return each.name == table.name;
    };
    if (table.schema != whole.schema ||
        std::any_of(whole.expected.tables.begin(), whole.expected.tables.end(), is_described) ||
        std::find(known.begin(), known.end(), table.name) != known.end())
      continue;
    const bool is_foreign = table.what == catalog_table::kind::foreign;
    // A file usually belongs to the application, which has tables of its own in it.
    const auto level = whole.live.what == dialect::sqlite ? severity::note : severity::warning;
    whole.report(
        "extra-table", table.name, {},
        fmt::format("the table is not described; describe it, or list it as known, or drop "
                    "it and its data with: DROP {}TABLE {}",
                    is_foreign ? "FOREIGN " : "", whole.qualified(table.name)),
        {}, level);
  }
}

}  // namespace
}  // namespace detail

std::vector<finding> compare(const catalog& live, const database_description& expected,
                             std::string_view schema, std::span<const std::string_view> known) {
  const catalog alike = detail::spelled_as_described(live, expected, known);
  detail::comparison whole{alike, expected, schema};
  const auto pairs = detail::tables_in_both(whole);
  // In this order each statement finds the objects that it needs: foreign keys come after all keys.
  for (const auto& table : pairs) detail::report_missing_columns(table);
  for (const auto& table : pairs) detail::compare_table(table);
  detail::report_missing_tables(whole);
  for (const auto& table : expected.tables) detail::owe_foreign_keys(whole, table);
  for (const auto& table : pairs) detail::compare_foreign_keys(table);
  detail::report_extra_tables(whole, known);
  detail::tell_of_concurrent_statements(whole.findings);
  return std::move(whole.findings);
}

std::vector<finding> compare_partition(const catalog_table& partition,
                                       const table_description& described) {
  table_description alike = described;
  alike.name = partition.name;
  const catalog of_postgresql;
  detail::comparison whole{of_postgresql, {}, partition.schema};
  detail::compare_storage({whole, alike, partition});
  return std::move(whole.findings);
}

}  // namespace nava::inspection
