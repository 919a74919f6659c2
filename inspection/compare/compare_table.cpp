// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nava/schema/companies.hpp>
#include <nava/schema/name_rules.hpp>
#include <optional>

#include "inspection/compare/comparing.hpp"
#include "inspection/expression.hpp"
#include "schema/ddl_parts.hpp"

namespace nava::inspection::detail {
namespace {

std::string common_columns(const compared_table& table) {
  std::vector<std::string> names;
  for (const auto& column : table.described.columns)
    if (std::any_of(table.live.columns.begin(), table.live.columns.end(),
                    [&](const catalog_column& each) { return each.name == column.name; }))
      names.push_back(quoted(column.name));
  return fmt::format("{}", fmt::join(names, ", "));
}

// The order of https://www.sqlite.org/lang_altertable.html, section 7. legacy_alter_table keeps
// RENAME from rewriting the references of other tables, triggers and views, which name the table
// already. Foreign keys must be off while the table is dropped, so COMMIT does not check them. The
// CHECK of nava_orphans does: a row that refers to no row ends the line and the transaction.
std::string rebuild(const compared_table& table, const std::vector<std::string>& triggers) {
  const std::string name = quoted(table.described.name);
  const std::string made = quoted(fmt::format("nava_rebuilt_{}", table.described.name));
  std::vector<std::string> lines = table_lines(table.described, dialect::sqlite);
  for (const auto& key : table.described.foreign_keys)
    lines.push_back(foreign_key_line(key, dialect::sqlite));
  std::string statement = fmt::format(
      "PRAGMA foreign_keys=OFF; PRAGMA legacy_alter_table=ON; BEGIN IMMEDIATE; "
      "CREATE TABLE {0} ({1}){2}; INSERT OR ROLLBACK INTO {0} ({3}) SELECT {3} FROM {4}; "
      "DROP TABLE {4}; "
      "ALTER TABLE {0} RENAME TO {4};",
      made, fmt::join(lines, ", "), table_options(table.described, dialect::sqlite),
      common_columns(table), name);
  for (const auto& index : table.described.indexes)
    if (!stands_in_table(index))
      statement.append(1, ' ').append(create_index(table.described, index));
  for (const std::string& trigger : triggers) statement.append(1, ' ').append(trigger);
  return statement.append(
      fmt::format(" CREATE TEMP TABLE nava_orphans (found CONSTRAINT \"no row refers to nothing\" "
                  "CHECK (found = "
                  "0)); INSERT OR ROLLBACK INTO nava_orphans SELECT count(*) FROM "
                  "pragma_foreign_key_check({}); DROP TABLE nava_orphans; COMMIT; "
                  "PRAGMA legacy_alter_table=OFF; PRAGMA foreign_keys=ON;",
                  literal(table.described.name)));
}

std::vector<std::string> extra_columns(const compared_table& table) {
  std::vector<std::string> names;
  for (const auto& column : table.live.columns)
    if (table.is_extra(column.name)) names.push_back(column.name);
  return names;
}

bool is_described(const std::vector<trigger_description>& triggers, std::string_view name) {
  return std::any_of(triggers.begin(), triggers.end(),
                     [&](const trigger_description& each) { return each.name == name; });
}

// Whether the trigger does ON DELETE SET NULL of a key that leads here, of any table in the file.
bool is_of_a_key(const compared_table& table, const catalog_trigger& trigger) {
  if (!table.whole.is_sqlite()) return false;
  const auto& tables = table.whole.live.tables;
  return std::any_of(tables.begin(), tables.end(), [&](const catalog_table& from) {
    return std::any_of(from.foreign_keys.begin(), from.foreign_keys.end(),
                       [&](const catalog_foreign_key& key) {
                         return key.target_table == table.live.name &&
                                rules::set_null_trigger_name(key.name).view() == trigger.name;
                       });
  });
}

// The triggers that a rebuild of the table creates again.
std::vector<std::string> triggers_of_keys(const compared_table& table) {
  std::vector<std::string> statements;
  const auto described = set_null_triggers(table.whole.expected, table.described.name);
  for (const auto& each : described) statements.push_back(each.statement);
  for (const auto& each : table.live.triggers)
    if (!is_described(described, each.name) && is_of_a_key(table, each))
      statements.push_back(each.statement + ';');
  return statements;
}

std::string dropped_by_rebuild(const compared_table& table) {
  std::vector<std::string> names;
  for (const auto& index : table.live.indexes)
    if (index.what == catalog_index::kind::index || index.what == catalog_index::kind::unique_index)
      if (std::none_of(table.described.indexes.begin(), table.described.indexes.end(),
                       [&](const index_description& each) { return each.name == index.name; }))
        names.push_back(fmt::format("index {}", index.name));
  const auto described = set_null_triggers(table.whole.expected, table.described.name);
  for (const auto& trigger : table.live.triggers)
    if (!is_described(described, trigger.name) && !is_of_a_key(table, trigger))
      names.push_back(fmt::format("trigger {}", trigger.name));
  if (names.empty()) return {};
  return fmt::format("rebuilding the table drops {}", fmt::join(names, ", "));
}

// Decimals without the CHECK that tells their units. A copy of the numbers could change the values.
std::vector<std::string> columns_of_other_units(const compared_table& table) {
  std::vector<std::string> names;
  for (const auto& check : checks_of(table.described, dialect::sqlite))
    for (const auto& column : table.described.columns) {
      if (column.name != check.column || column.type != column_type::decimal) continue;
      const auto& live = table.live.checks;
      const bool is_there = std::any_of(live.begin(), live.end(), [&](const auto& each) {
        return compare_expressions(each.expression, check.expression, dialect::sqlite) ==
               likeness::same;
      });
      const bool has_values =
          std::any_of(table.live.columns.begin(), table.live.columns.end(),
                      [&](const catalog_column& each) { return each.name == column.name; });
      if (has_values && !is_there) names.emplace_back(column.name);
    }
  return names;
}

mending rebuilt(const compared_table& table) {
  if (const auto extra = extra_columns(table); !extra.empty())
    return {{},
            fmt::format("no statement: rebuilding the table would drop {} and the data there, so "
                        "rename or drop what is not described first",
                        listed(extra))};
  if (const auto others = columns_of_other_units(table); !others.empty())
    return {{},
            fmt::format("no statement: {} may count other units than are described; make a table "
                        "as described and fill it with converted values",
                        listed(others))};
  return {rebuild(table, triggers_of_keys(table)), dropped_by_rebuild(table)};
}

std::string_view to_text(catalog_table::kind kind) {
  switch (kind) {
    case catalog_table::kind::table:
      return "plain";
    case catalog_table::kind::partitioned:
      return "partitioned";
    case catalog_table::kind::foreign:
      return "foreign";
  }
  return {};
}

void compare_kind(const compared_table& table) {
  const auto described = table.described.partition_column.empty()
                             ? catalog_table::kind::table
                             : catalog_table::kind::partitioned;
  if (table.live.what != described)
    table.report("other-kind-of-table", {},
                 fmt::format("the table is a {} one, described as a {} one",
                             to_text(table.live.what), to_text(described)),
                 {});
  const std::string by = fmt::format("RANGE ({})", table.described.partition_column);
  if (table.live.what == described && described == catalog_table::kind::partitioned &&
      table.live.partitioned_by != by)
    table.report("other-partition-key", {},
                 fmt::format("the table is partitioned by {}, described as by {}",
                             table.live.partitioned_by, by),
                 {});
}

// PostgreSQL stores a parameter as it was written, so that 0.10 stands for 0.1.
bool same_value(std::string_view live, std::string_view described) {
  const auto number = [](std::string_view text) -> std::optional<double> {
    double value = 0;
    const auto end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    return read.ec == std::errc{} && read.ptr == end ? std::optional{value} : std::nullopt;
  };
  const auto value = number(live);
  return value && value == number(described) ? true : live == described;
}

// A parameter that is not described may have been set on purpose, so it is only a note.
void compare_parameters(const compared_table& table) {
  const auto& live = table.live.storage;
  const auto& described = table.described.storage;
  for (const storage_parameter& each : described) {
    const auto found = std::find_if(live.begin(), live.end(),
                                    [&](const auto& one) { return one.name == each.name; });
    if (found != live.end() && same_value(found->value, each.value)) continue;
    table.report("storage-parameter", each.name,
                 fmt::format("{} is {}, described as {}", each.name,
                             found == live.end() ? "not set" : found->value, each.value),
                 table.alter({fmt::format("SET ({} = {})", each.name, each.value)}),
                 severity::warning);
  }
  for (const catalog_storage_parameter& each : live)
    if (std::none_of(described.begin(), described.end(),
                     [&](const auto& one) { return one.name == each.name; }))
      table.report("extra-storage-parameter", each.name,
                   fmt::format("{} is {}, and not described", each.name, each.value),
                   table.alter({fmt::format("RESET ({})", each.name)}), severity::note);
}

}  // namespace

mending compared_table::alter(const std::vector<std::string>& actions) const {
  if (whole.is_sqlite()) return rebuilt(*this);
  std::string statement;
  for (const std::string& action : actions)
    fmt::format_to(std::back_inserter(statement), "{}ALTER TABLE {} {};",
                   statement.empty() ? "" : " ", whole.qualified(described.name), action);
  return {std::move(statement)};
}

std::vector<std::string> compared_table::adding(std::string_view name, std::string_view constraint,
                                                std::string_view prefix) const {
  // PostgreSQL before 18 takes no foreign key as NOT VALID on a partitioned table.
  if (live.what == catalog_table::kind::partitioned)
    return {fmt::format("{}ADD {}", prefix, constraint)};
  return {fmt::format("{}ADD {} NOT VALID", prefix, constraint),
          fmt::format("VALIDATE CONSTRAINT {}", quoted(name))};
}

bool compared_table::is_extra(std::string_view column) const {
  const auto has = [&](const auto& columns) {
    return std::any_of(columns.begin(), columns.end(),
                       [&](const auto& each) { return each.name == column; });
  };
  return has(live.columns) && !has(described.columns);
}

void compare_storage(const compared_table& table) {
  if (!table.live.logged)
    table.report("unlogged", {}, "the table is UNLOGGED: a crash of the server empties it",
                 table.alter({"SET LOGGED"}));
  // A partitioned table has no pages.
  if (table.live.what == catalog_table::kind::partitioned) return;
  if (table.live.fillfactor != table.described.fillfactor)
    table.report(
        "fillfactor", {},
        fmt::format("fillfactor is {}, described as {}", table.live.fillfactor,
                    table.described.fillfactor),
        table.alter({table.described.fillfactor == 100
                         ? "RESET (fillfactor)"
                         : fmt::format("SET (fillfactor = {})", table.described.fillfactor)}),
        severity::warning);
  if (!table.live.autovacuum)
    table.report("autovacuum-off", {}, "autovacuum is off for the table",
                 table.alter({"RESET (autovacuum_enabled)"}), severity::warning);
  compare_parameters(table);
}

// The trigger that does ON DELETE SET NULL of some columns of a key on SQLite.
void compare_trigger(const compared_table& table, const trigger_description& described) {
  const auto& all = table.live.triggers;
  const auto live = std::find_if(all.begin(), all.end(),
                                 [&](const auto& each) { return each.name == described.name; });
  const mending anew{
      fmt::format("DROP TRIGGER IF EXISTS {}; {}", quoted(described.name), described.statement)};
  if (live == all.end())
    table.report("missing-trigger", described.name,
                 "the trigger that does what ON DELETE SET NULL does of some columns is missing",
                 anew);
  else if (live->statement + ';' != described.statement)
    table.report(
        "other-trigger", described.name,
        fmt::format("the trigger is {}, described as {}", live->statement, described.statement),
        anew);
}

void compare_triggers(const compared_table& table) {
  std::vector<trigger_description> described;
  if (table.whole.is_sqlite())
    described = set_null_triggers(table.whole.expected, table.described.name);
  for (const auto& each : described) compare_trigger(table, each);
  for (const auto& trigger : table.live.triggers) {
    if (is_described(described, trigger.name) || is_of_a_key(table, trigger)) continue;
    if (table.described.by_company && trigger.enabled && is_company_trigger(trigger.name)) continue;
    table.report(
        "extra-trigger", trigger.name,
        fmt::format("the trigger is not described{}", trigger.enabled ? "" : " (it is disabled)") +
            unless_wanted({table.whole.is_sqlite()
                               ? fmt::format("DROP TRIGGER IF EXISTS {};", quoted(trigger.name))
                               : fmt::format("DROP TRIGGER {} ON {};", quoted(trigger.name),
                                             table.whole.qualified(table.described.name))}),
        {});
  }
}

void compare_options(const compared_table& table) {
  compare_kind(table);
  if (table.whole.is_sqlite()) {
    if (!table.live.strict)
      table.report("not-strict", {}, "the table is not STRICT: any value goes into any column",
                   table.alter({}));
    if (!table.live.without_rowid && !has_identity(table.described))
      table.report("with-rowid", {}, "the table is not WITHOUT ROWID: its key is a second tree",
                   table.alter({}), severity::warning);
  } else if (table.live.what != catalog_table::kind::foreign) {
    compare_storage(table);
    if (!table.live.row_security && table.described.by_company)
      table.report("row-security", {}, "row security is off: roles see the rows of all companies",
                   table.alter({"ENABLE ROW LEVEL SECURITY"}));
    if (table.live.row_security && !table.described.by_company)
      table.report("row-security", {}, "row security is on: policies may hide rows",
                   table.alter({"DISABLE ROW LEVEL SECURITY"}));
  }
  compare_triggers(table);
  for (const auto& rule : table.live.rules)
    table.report("extra-rule", rule.name,
                 fmt::format("the rewrite rule is not described and changes what statements do{}",
                             rule.enabled ? "" : " (it is disabled)") +
                     unless_wanted({fmt::format("DROP RULE {} ON {};", quoted(rule.name),
                                                table.whole.qualified(table.described.name))}),
                 {});
}

}  // namespace nava::inspection::detail
