// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nava/schema/catalog.hpp>
#include <nava/schema/ddl.hpp>
#include <span>

#include "schema/expression.hpp"

namespace nava::schema {
namespace {

using columns = std::span<const std::string>;

bool has(columns in, const std::string& wanted) {
  return std::find(in.begin(), in.end(), wanted) != in.end();
}

// SQLite knows other quotes and reads names in any case.
std::string canonical(const catalog& in, std::string condition) {
  if (in.what == dialect::sqlite)
    for (char& c : condition) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      if (c == '`' || c == '[' || c == ']') c = '"';
    }
  return detail::canonical_expression(condition);
}

// A search for a value of the key implies that no column of it is NULL, so that conditions that
// say this leave out no row.
bool holds_every_value(const catalog& in, const catalog_index& index, columns key) {
  std::vector<std::string> harmless;
  for (const std::string& column : key)
    harmless.push_back(canonical(in, quoted(column) + " IS NOT NULL"));
  const std::string condition = canonical(in, index.where);
  constexpr std::string_view both = "(and ";
  std::string_view left = condition;
  if (left.starts_with(both)) left = left.substr(both.size(), left.size() - both.size() - 1);
  while (!left.empty()) {
    const auto next = std::find_if(harmless.begin(), harmless.end(), [&](const std::string& each) {
      return left.starts_with(each) && (left.size() == each.size() || left[each.size()] == ' ');
    });
    if (next == harmless.end()) return false;
    left.remove_prefix(std::min(next->size() + 1, left.size()));
  }
  return true;
}

bool is_unique(const catalog_index& index) {
  using kind = catalog_index::kind;
  return index.what == kind::primary_key || index.what == kind::unique_constraint ||
         index.what == kind::unique_index;
}

const catalog_column* target_column(const catalog& in, const catalog_foreign_key& key,
                                    std::size_t place) {
  const catalog_table* target = find_table(in, key.target_schema, key.target_table);
  if (target == nullptr || place >= key.target_columns.size()) return nullptr;
  const auto found = std::find_if(
      target->columns.begin(), target->columns.end(),
      [&](const catalog_column& each) { return each.name == key.target_columns[place]; });
  return found == target->columns.end() ? nullptr : &*found;
}

// PostgreSQL compares in the collation of the column that refers; SQLite in that of the column
// which is referred to (https://www.sqlite.org/foreignkeys.html, section 3).
bool compares_as(const catalog& in, const catalog_foreign_key& key, const std::string& column,
                 const std::string& collation) {
  const auto place = std::find(key.columns.begin(), key.columns.end(), column);
  const catalog_column* target =
      in.what == dialect::sqlite
          ? target_column(in, key, static_cast<std::size_t>(place - key.columns.begin()))
          : nullptr;
  return canonical(in, collation) ==
         (target == nullptr ? std::string{} : canonical(in, target->collation));
}

}  // namespace

bool serves(const catalog& in, const catalog_index& index, const catalog_foreign_key& key) {
  const bool is_searched =
      index.valid && index.searchable &&
      (index.method == "btree" || (index.method == "hash" && index.columns.size() == 1));
  const columns searched =
      columns{index.columns}.first(std::min(index.columns.size(), key.columns.size()));
  const bool finds = searched.size() == key.columns.size() || is_unique(index);
  if (!is_searched || !finds || !holds_every_value(in, index, key.columns)) return false;
  for (std::size_t i = 0; i < searched.size(); ++i) {
    const std::string collation = index.collations.empty() ? "" : index.collations.at(i);
    if (!has(key.columns, searched[i]) || has(searched.first(i), searched[i]) ||
        !compares_as(in, key, searched[i], collation))
      return false;
  }
  return true;
}

}  // namespace nava::schema
