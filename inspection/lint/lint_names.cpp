// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nava/schema/name_rules.hpp>
#include <set>

#include "inspection/lint/lint_rules.hpp"

namespace nava::inspection::linting {
namespace {

std::vector<std::string> constraint_names(const catalog_table& table) {
  std::vector<std::string> names;
  for (const auto& index : table.indexes)
    if (index.what != catalog_index::kind::unique_index && index.what != catalog_index::kind::index)
      names.push_back(index.name);
  for (const auto& check : table.checks) names.push_back(check.name);
  for (const auto& key : table.foreign_keys) names.push_back(key.name);
  names.erase(std::remove(names.begin(), names.end(), ""), names.end());
  return names;
}

std::string filled_in(std::string_view pattern, const catalog_table& table,
                      const catalog_foreign_key& key) {
  constexpr std::string_view table_mark = "{table}", columns_mark = "{columns}";
  std::string name;
  while (!pattern.empty()) {
    if (pattern.starts_with(table_mark)) {
      name += table.name;
      pattern.remove_prefix(table_mark.size());
    } else if (pattern.starts_with(columns_mark)) {
      name += joined(key.columns, "_");
      pattern.remove_prefix(columns_mark.size());
    } else {
      name += pattern.front();
      pattern.remove_prefix(1);
    }
  }
  return name;
}

// PostgreSQL appends a number to the name that it chooses where the name is taken.
bool follows(std::string_view name, std::string_view expected) {
  if (!name.starts_with(expected)) return false;
  name.remove_prefix(expected.size());
  return name.empty() || (expected.ends_with("_fkey") &&
                          name.find_first_not_of("0123456789") == std::string_view::npos);
}

std::string renaming_statement(const subject& subject, const catalog_table& table,
                               const catalog_foreign_key& key, const std::string& wanted,
                               std::set<std::string>& taken) {
  if (!subject.postgresql() || subject.dropped.contains(&key) || !taken.insert(wanted).second)
    return {};
  return fmt::format("ALTER TABLE {} RENAME CONSTRAINT {} TO {};", quoted(table),
                     schema::quoted(key.name), schema::quoted(wanted));
}

}  // namespace

void shared_constraint_name(const subject& subject, reporter& report) {
  std::map<std::pair<std::string_view, std::string>, std::vector<std::string>> users;
  for (const auto& table : subject.database.tables)
    for (const std::string& name : constraint_names(table))
      users[{table.schema, name}].push_back(table.name);
  for (const auto& [place, tables] : users)
    if (tables.size() > 1)
      report(fmt::format("{}.{}", place.first, place.second),
             fmt::format("{} constraints have this name, on {}; an error that names it does not "
                         "say which",
                         tables.size(), listed(tables)));
}

void constraint_name_convention(const subject& subject, reporter& report) {
  const auto& patterns = subject.options.foreign_key_names;
  if (patterns.empty()) return;
  for (const auto& table : subject.database.tables) {
    const auto names = constraint_names(table);
    std::set<std::string> taken{names.begin(), names.end()};
    for (const auto& key : table.foreign_keys) {
      std::vector<std::string> expected;
      for (const auto& pattern : patterns) expected.push_back(filled_in(pattern, table, key));
      const bool is_good =
          std::any_of(expected.begin(), expected.end(), [&](const std::string& name) {
            return name.size() > rules::identifier_bytes_max || follows(key.name, name);
          });
      if (is_good) continue;
      if (key.name.empty())
        report.add(severity::note, name_of(table, key),
                   fmt::format("the foreign key has no name; {} would be one", expected.front()));
      else
        report(name_of(table, key),
               fmt::format("the name follows no convention; expected {}", listed(expected, " or ")),
               renaming_statement(subject, table, key, expected.front(), taken));
    }
  }
}

}  // namespace nava::inspection::linting
