// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nava/inspection/catalog.hpp>
#include <nava/schema/ascii_case.hpp>
#include <nava/schema/ddl.hpp>
#include <span>

#include "inspection/expression.hpp"

namespace nava::inspection {
namespace {

using columns = std::span<const std::string>;

bool has(columns names, const std::string& wanted) {
  return std::find(names.begin(), names.end(), wanted) != names.end();
}

// The order of conditions on more columns than this has too many permutations to try.
constexpr std::size_t condition_columns_max = 4;

bool same_condition(const catalog& database, const std::string& one, const std::string& other) {
  return detail::compare_expressions(one, other, database.what) == detail::likeness::same;
}

// A search for a value of the key never wants a NULL. A condition that says IS NOT NULL of its
// columns therefore leaves out no row.
bool holds_every_value(const catalog& database, const catalog_index& index, columns key) {
  if (index.where.empty()) return true;
  if (key.size() > condition_columns_max) return false;
  std::vector<std::string> order{key.begin(), key.end()};
  std::sort(order.begin(), order.end());
  do {
    std::string condition;
    for (const std::string& column : order) {
      condition += (condition.empty() ? "" : " AND ") + quoted(column) + " IS NOT NULL";
      if (same_condition(database, index.where, condition)) return true;
    }
  } while (std::next_permutation(order.begin(), order.end()));
  return false;
}

bool is_unique(const catalog_index& index) {
  using kind = catalog_index::kind;
  return index.what == kind::primary_key || index.what == kind::unique_constraint ||
         index.what == kind::unique_index;
}

const catalog_column* target_column(const catalog& database, const catalog_foreign_key& key,
                                    std::size_t place) {
  const catalog_table* target = find_table(database, key.target_schema, key.target_table);
  if (target == nullptr || place >= key.target_columns.size()) return nullptr;
  const auto found = std::find_if(
      target->columns.begin(), target->columns.end(),
      [&](const catalog_column& each) { return each.name == key.target_columns[place]; });
  return found == target->columns.end() ? nullptr : &*found;
}

bool compares_as(const catalog& database, const catalog_foreign_key& key, const std::string& column,
                 const std::string& collation) {
  const auto place = std::find(key.columns.begin(), key.columns.end(), column);
  const std::string wanted =
      compared_in(database, key, static_cast<std::size_t>(place - key.columns.begin()));
  return database.what == dialect::sqlite ? schema::are_same_but_for_case(collation, wanted)
                                          : collation == wanted;
}

}  // namespace

// PostgreSQL compares in the collation of the referring column, unless the target has a
// nondeterministic one. SQLite compares in the collation of the target column
// (https://www.sqlite.org/foreignkeys.html, section 3).
std::string compared_in(const catalog& database, const catalog_foreign_key& key,
                        std::size_t place) {
  if (database.what == dialect::postgresql)
    return place < key.collations.size() ? key.collations[place] : std::string{};
  const catalog_column* target = target_column(database, key, place);
  return target == nullptr ? std::string{} : target->collation;
}

bool serves(const catalog& database, const catalog_index& index, const catalog_foreign_key& key) {
  const bool is_searched =
      index.valid && index.searchable &&
      (index.method == "btree" || (index.method == "hash" && index.columns.size() == 1));
  const columns searched =
      columns{index.columns}.first(std::min(index.columns.size(), key.columns.size()));
  const bool finds = searched.size() == key.columns.size() || is_unique(index);
  if (!is_searched || !finds || !holds_every_value(database, index, key.columns)) return false;
  for (std::size_t i = 0; i < searched.size(); ++i) {
    const std::string collation = index.collations.empty() ? "" : index.collations.at(i);
    if (!has(key.columns, searched[i]) || has(searched.first(i), searched[i]) ||
        !compares_as(database, key, searched[i], collation))
      return false;
  }
  return true;
}

}  // namespace nava::inspection
