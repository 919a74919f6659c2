// SPDX-License-Identifier: Apache-2.0
#include "schema/ddl_parts.hpp"

#include <fmt/format.h>

#include <iterator>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_rules.hpp>

namespace nava::schema {
namespace {

std::string values_condition(const column_description& column) {
  std::string values;
  for (const std::string_view value : column.values)
    fmt::format_to(std::back_inserter(values), "{}{}", values.empty() ? "" : ", ", literal(value));
  return fmt::format("{} IN ({})", quoted(column.name), values);
}

// Written with the scale, so that a comparison of CHECKs sees a change of units.
std::string decimal_condition(std::string_view name, decimal_size digits) {
  const auto whole = static_cast<std::size_t>(digits.precision - digits.scale);
  const std::string greatest = whole == 0 ? "0" : std::string(whole, '9');
  const std::string units =
      digits.scale == 0 ? "" : " / 1" + std::string(static_cast<std::size_t>(digits.scale), '0');
  return fmt::format("{0}{1} BETWEEN -{2} AND {2}", name, units, greatest);
}

// The condition that PostgreSQL enforces by the type and SQLite does not; empty where both do. A
// NULL passes most conditions, because a CHECK refuses only what is false; but json_valid(NULL) is
// 0.
std::string sqlite_form_condition(const column_description& column) {
  const std::string name = quoted(column.name);
  std::string condition;
  switch (column.type) {
    case column_type::json:
      condition = fmt::format("json_valid({})", name);
      break;
    case column_type::text_array:
      condition = fmt::format("json_valid({0}) AND json_type({0}) = 'array'", name);
      break;
    case column_type::boolean:
      condition = fmt::format("{} IN (0, 1)", name);
      break;
    case column_type::integer:
      condition = fmt::format("{} BETWEEN -2147483648 AND 2147483647", name);
      break;
    case column_type::decimal:
      condition = decimal_condition(name, column.digits);
      break;
    case column_type::date:
      // GLOB comes first, because date('now') is an error in a CHECK. date() of a text that is no
      // day is NULL; without a modifier it would return 30 February as it is.
      condition = fmt::format(
          "{0} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND {0} IS date({0}, '+0 days') "
          "AND {0} > "
          "'0001'",
          name);
      break;
    default:
      return {};
  }
  if (column.nullable) condition = fmt::format("{} IS NULL OR {}", name, condition);
  return condition;
}

bool is_made_apart(const table_description& table, const index_description& index,
                   dialect dialect) {
  return dialect == dialect::distributed && becomes_a_table(table, index);
}

}  // namespace

std::string literal(std::string_view text) {
  std::string quoted_text = "'";
  for (const char c : text) quoted_text.append(c == '\'' ? 2 : 1, c);
  return quoted_text += '\'';
}

std::string column_line(const column_description& column, dialect dialect) {
  const std::string value = default_expression(column, dialect);
  return fmt::format("{} {}{}{}{}", quoted(column.name), type_name(column, dialect),
                     column.nullable ? "" : " NOT NULL", value.empty() ? "" : " DEFAULT ", value);
}

std::string check_line(const check_description& check) {
  return fmt::format("CONSTRAINT {} CHECK ({})", quoted(check.name), check.expression);
}

std::string key_line(const index_description& index) {
  const bool primary = index.what == index_description::kind::primary_key;
  return fmt::format("CONSTRAINT {} {} ({})", quoted(index.name),
                     primary ? "PRIMARY KEY" : "UNIQUE", quoted_list(index.columns));
}

std::string_view enforcement_clause(enforcement checked) {
  switch (checked) {
    case enforcement::immediate:
      return "";
    case enforcement::deferrable:
      return " DEFERRABLE INITIALLY IMMEDIATE";
    case enforcement::deferred:
      return " DEFERRABLE INITIALLY DEFERRED";
  }
  return {};
}

std::string foreign_key_line(const foreign_key_description& key, dialect dialect,
                             std::string_view place) {
  // A distributed server refuses to cascade a change of the column it distributes by.
  const auto on_update =
      dialect == dialect::distributed ? referential_action::no_action : key.on_update;
  const std::string set = key.set_columns.empty() || dialect == dialect::sqlite
                              ? ""
                              : fmt::format(" ({})", quoted_list(key.set_columns));
  return fmt::format(
      "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {}{} ({}) ON DELETE {}{} ON UPDATE {}{}",
      quoted(key.name), quoted_list(key.columns), place, quoted(key.target_table),
      quoted_list(key.target_columns), to_text(on_delete_of(key, dialect)), set, to_text(on_update),
      enforcement_clause(key.checked));
}

referential_action on_delete_of(const foreign_key_description& key, dialect dialect) {
  return dialect == dialect::sqlite && !key.set_columns.empty() ? referential_action::no_action
                                                                : key.on_delete;
}

bool stands_in_table(const index_description& index) { return rules::is_constraint(index); }

std::vector<std::string> table_lines(const table_description& table, dialect dialect) {
  std::vector<std::string> lines;
  for (const auto& column : table.columns) lines.push_back(column_line(column, dialect));
  for (const auto& index : table.indexes)
    if (stands_in_table(index) && !is_made_apart(table, index, dialect))
      lines.push_back(key_line(index));
  for (const auto& check : checks_of(table, dialect)) lines.push_back(check_line(check));
  return lines;
}

std::string table_options(const table_description& table, dialect dialect) {
  if (dialect == dialect::sqlite) return " STRICT, WITHOUT ROWID";
  // Storage is a matter of the partitions, which have the pages.
  if (!table.partition_column.empty())
    return fmt::format(" PARTITION BY RANGE ({})", quoted(table.partition_column));
  return storage_options(table);
}

std::string storage_options(const table_description& table) {
  std::string parameters;
  if (table.fillfactor != 100) parameters = fmt::format("fillfactor = {}", table.fillfactor);
  for (const auto& each : table.storage)
    fmt::format_to(std::back_inserter(parameters), "{}{} = {}", parameters.empty() ? "" : ", ",
                   each.name, each.value);
  return parameters.empty() ? parameters : fmt::format(" WITH ({})", parameters);
}

std::string index_terms(const index_description& index) {
  std::string terms;
  for (std::size_t i = 0; i < index.columns.size(); ++i) {
    const std::string_view term = index.columns[i];
    fmt::format_to(std::back_inserter(terms), "{}{}{}", i == 0 ? "" : ", ",
                   rules::is_expression(term) ? std::string{term} : quoted(term),
                   (index.descending >> i & 1) != 0 ? " DESC" : "");
  }
  return terms;
}

std::string create_index(const table_description& table, const index_description& index,
                         std::string_view place, bool concurrently) {
  const bool unique = index.what != index_description::kind::index;
  return fmt::format("CREATE {}INDEX {}{} ON {}{} ({}){};", unique ? "UNIQUE " : "",
                     concurrently ? "CONCURRENTLY " : "", quoted(index.name), place,
                     quoted(table.name), index_terms(index),
                     index.where.empty() ? "" : fmt::format(" WHERE {}", index.where));
}

std::vector<check_description> checks_of(const table_description& table, dialect dialect) {
  std::vector<check_description> checks;
  for (const auto& column : table.columns) {
    std::string name = fmt::format("ck_{}_{}", table.name, column.name);
    if (!column.values.empty())
      checks.push_back({std::move(name), column.name, values_condition(column)});
    else if (std::string form = sqlite_form_condition(column);
             dialect == dialect::sqlite && !form.empty())
      checks.push_back({std::move(name), column.name, std::move(form)});
  }
  for (const auto& each : table.conditions)
    checks.push_back({std::string{each.name}, {}, std::string{each.expression}});
  return checks;
}

// A constant is quoted where SQL would take it for something else. Its column gives it its type.
std::string default_expression(const column_description& column, dialect dialect) {
  if (!column.default_value) return {};
  const std::string_view value = *column.default_value;
  const bool sqlite = dialect == dialect::sqlite;
  switch (column.type) {
    case column_type::boolean:
      if (!sqlite) return std::string{value};
      return value == "true" ? "1" : "0";
    case column_type::decimal:
      if (sqlite) return std::to_string(*parse_decimal(value, column.digits));
      return std::string{value};
    case column_type::integer:
    case column_type::bigint:
    case column_type::real:
      return std::string{value};
    case column_type::timestamp:
      // SQLite has milliseconds only.
      return sqlite ? "(strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))" : "now()";
    case column_type::bytes:
      return sqlite ? fmt::format("X'{}'", value.substr(2)) : literal(value);
    case column_type::text_array:
      return sqlite ? "'[]'" : "'{}'";
    default:
      return literal(value);
  }
}

trigger_description set_null_trigger(const table_description& from,
                                     const foreign_key_description& key) {
  std::string sets, matches;
  for (const std::string_view column : key.set_columns)
    fmt::format_to(std::back_inserter(sets), "{}{} = NULL", sets.empty() ? "" : ", ",
                   quoted(column));
  for (std::size_t i = 0; i < key.columns.size(); ++i)
    fmt::format_to(std::back_inserter(matches), "{}{} = OLD.{}", i == 0 ? "" : " AND ",
                   quoted(key.columns[i]), quoted(key.target_columns[i]));
  const std::string name{rules::set_null_trigger_name(key.name).view()};
  return {name,
          fmt::format("CREATE TRIGGER {} AFTER DELETE ON {} FOR EACH ROW BEGIN UPDATE {} SET "
                      "{} WHERE {}; END;",
                      quoted(name), quoted(key.target_table), quoted(from.name), sets, matches)};
}

std::vector<trigger_description> set_null_triggers(const database_description& database,
                                                   std::string_view table) {
  std::vector<trigger_description> triggers;
  for (const auto& from : database.tables)
    for (const auto& key : from.foreign_keys)
      if (key.target_table == table && !key.set_columns.empty())
        triggers.push_back(set_null_trigger(from, key));
  return triggers;
}

}  // namespace nava::schema
