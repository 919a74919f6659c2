// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/key_rules.hpp>
#include <vector>

/// Which foreign key a relationship follows, and the rules that make the answer unambiguous.
/// All functions take the plain description and can run at compile time.
namespace nava::schema {

/// A foreign key and the table that has it.
struct owned_key {
  const table_description* owner = nullptr;
  const foreign_key_description* key = nullptr;
};

[[nodiscard]] constexpr const table_description* find_table(const database_description& database,
                                                            std::string_view name) {
  for (const auto& table : database.tables)
    if (table.name == name) return &table;
  return nullptr;
}

/// The keys that lead from one table straight to the other, either way.
[[nodiscard]] constexpr std::vector<owned_key> keys_between(const table_description& one,
                                                            const table_description& other) {
  std::vector<owned_key> keys;
  for (const auto& key : one.foreign_keys)
    if (key.target_table == other.name) keys.push_back({&one, &key});
  if (one.name == other.name) return keys;
  for (const auto& key : other.foreign_keys)
    if (key.target_table == one.name) keys.push_back({&other, &key});
  return keys;
}

/// The keys of a way between two tables over others; empty where there is none, and for a way from
/// a table to itself. `graph` is that of all keys of the database.
[[nodiscard]] constexpr std::vector<owned_key> detour(const database_description& database,
                                                      const key_graph& graph,
                                                      const table_description& from,
                                                      const table_description& to) {
  std::vector<owned_key> keys;
  if (from.name == to.name) return keys;
  const auto place = [&](const table_description& table) {
    return static_cast<std::size_t>(&table - database.tables.data());
  };
  for (const key_edge& each : graph.way(place(from), place(to), 2))
    keys.push_back({&database.tables[each.from], each.key});
  return keys;
}

/// The keys that a relationship names, or, where it names none, all that it could follow.
[[nodiscard]] constexpr std::vector<owned_key> keys_meant(const database_description& database,
                                                          const table_description& table,
                                                          const relationship_description& what) {
  const table_description* target = find_table(database, what.target_table);
  if (target == nullptr) return {};
  std::vector<owned_key> meant;
  for (const owned_key& candidate : keys_between(table, *target)) {
    if (!what.via_constraint.empty() && candidate.key->name != what.via_constraint) continue;
    if (!what.via_columns.empty() &&
        (candidate.owner->name != what.via_table ||
         !std::is_permutation(what.via_columns.begin(), what.via_columns.end(),
                              candidate.key->columns.begin(), candidate.key->columns.end())))
      continue;
    meant.push_back(candidate);
  }
  return meant;
}

/// The key that a relationship of a schema that compiles follows.
[[nodiscard]] constexpr owned_key followed_key(const database_description& database,
                                               const table_description& table,
                                               const relationship_description& what) {
  const auto meant = keys_meant(database, table, what);
  return meant.empty() ? owned_key{} : meant.front();
}

/// Whether the key that `what` follows belongs to the table that the relationship stands in. Along
/// a key of a table to itself a to_many goes back, and a to_one that says so.
[[nodiscard]] constexpr bool goes_forward(const table_description& table,
                                          const relationship_description& what,
                                          const owned_key& followed) {
  return followed.owner->name == table.name &&
         !((what.many || what.backward) && what.target_table == table.name);
}

[[nodiscard]] constexpr const relationship_description* find_relationship(
    const table_description& table, std::string_view name) {
  for (const auto& what : table.relationships)
    if (what.name == name) return &what;
  return nullptr;
}

namespace rules {

/// Calls `search(table, relationship, target)` until one finds something.
template <class Search>
constexpr culprits first_in_relationships(const database_description& database, Search search) {
  for (const auto& table : database.tables)
    for (const auto& what : table.relationships)
      if (const auto* target = find_table(database, what.target_table))
        if (const culprits found = search(table, what, *target); !found.empty()) return found;
  return {};
}

/// The same for the relationships that follow one key, with that key.
template <class Search>
constexpr culprits first_in_followed(const database_description& database, Search search) {
  return first_in_relationships(
      database, [&](const auto& table, const auto& what, const auto& target) -> culprits {
        const auto meant = keys_meant(database, table, what);
        return meant.size() == 1 ? search(table, what, target, meant.front()) : culprits{};
      });
}

constexpr short_text full_name(const table_description& table,
                               const relationship_description& what) {
  return short_text{table.name}.append(".").append(what.name);
}

constexpr culprits with_keys(const table_description& table, const relationship_description& what,
                             const std::vector<owned_key>& keys) {
  culprits named{full_name(table, what), table.name, what.target_table};
  for (const owned_key& candidate : keys) named.add(candidate.key->name);
  return named;
}

constexpr culprits shared_relationship_name(const database_description& database) {
  for (const auto& table : database.tables)
    for (std::size_t i = 0; i < table.relationships.size(); ++i)
      for (std::size_t j = i + 1; j < table.relationships.size(); ++j)
        if (table.relationships[i].name == table.relationships[j].name)
          return {table.relationships[i].name, table.name};
  return {};
}

constexpr culprits ambiguous_relationship(const database_description& database) {
  const key_graph graph{database};
  return first_in_relationships(
      database, [&](const auto& table, const auto& what, const auto& target) -> culprits {
        auto ways = keys_meant(database, table, what);
        if (ways.size() > 1) return with_keys(table, what, ways);
        const bool is_named = !what.via_constraint.empty() || !what.via_columns.empty();
        if (is_named || ways.empty()) return {};
        if (table.name == target.name) return with_keys(table, what, ways);
        const std::size_t direct = ways.size();
        for (const auto& part : detour(database, graph, table, target)) ways.push_back(part);
        for (const auto& part : detour(database, graph, target, table)) ways.push_back(part);
        return ways.size() > direct ? with_keys(table, what, ways) : culprits{};
      });
}

constexpr culprits relationship_without_key(const database_description& database) {
  const key_graph graph{database};
  return first_in_relationships(
      database, [&](const auto& table, const auto& what, const auto& target) -> culprits {
        if (!keys_meant(database, table, what).empty()) return {};
        auto candidates = keys_between(table, target);
        for (const auto& part : detour(database, graph, table, target)) candidates.push_back(part);
        for (const auto& part : detour(database, graph, target, table)) candidates.push_back(part);
        return with_keys(table, what, candidates);
      });
}

constexpr culprits to_many_along_own_key(const database_description& database) {
  return first_in_followed(
      database, [](const auto& table, const auto& what, const auto&, const owned_key& followed) {
        return what.many && goes_forward(table, what, followed) ? with_keys(table, what, {followed})
                                                                : culprits{};
      });
}

constexpr bool is_unique(const table_description& table, name_list columns) {
  for (const auto& index : table.indexes) {
    if (index.what == index_description::kind::index || !index.where.empty()) continue;
    bool within = true;
    for (const auto& column : index.columns)
      within = within && std::find(columns.begin(), columns.end(), column) != columns.end();
    if (within) return true;
  }
  return false;
}

constexpr culprits to_one_along_shared_key(const database_description& database) {
  return first_in_followed(
      database, [](const auto& table, const auto& what, const auto&, const owned_key& followed) {
        return !what.many && !goes_forward(table, what, followed) &&
                       !is_unique(*followed.owner, followed.key->columns)
                   ? with_keys(table, what, {followed})
                   : culprits{};
      });
}

constexpr bool has_nullable_column(const table_description& table, name_list columns) {
  return std::any_of(columns.begin(), columns.end(),
                     [&](std::string_view column) { return is_nullable(table, column); });
}

constexpr culprits differing_nullability(const database_description& database) {
  return first_in_followed(
      database, [](const auto& table, const auto& what, const auto&, const owned_key& followed) {
        const bool may_be_none = !goes_forward(table, what, followed) ||
                                 has_nullable_column(*followed.owner, followed.key->columns);
        return !what.many && what.optional != may_be_none ? with_keys(table, what, {followed})
                                                          : culprits{};
      });
}

constexpr culprits missing_partner(const database_description& database) {
  return first_in_relationships(
      database, [](const auto& table, const auto& what, const auto& target) -> culprits {
        if (what.back_populates.empty()) return {};
        const auto* partner = find_relationship(target, what.back_populates);
        if (partner != nullptr && partner->target_table == table.name &&
            partner->back_populates == what.name)
          return {};
        return {full_name(table, what),
                short_text{target.name}.append(".").append(what.back_populates), table.name,
                target.name};
      });
}

constexpr culprits pair_along_two_keys(const database_description& database) {
  return first_in_followed(
      database,
      [&](const auto& table, const auto& what, const auto& target,
          const owned_key& followed) -> culprits {
        const auto* partner = find_relationship(target, what.back_populates);
        if (partner == nullptr) return {};
        const auto back = keys_meant(database, target, *partner);
        if (back.size() != 1 || back.front().key == followed.key) return {};
        return {full_name(table, what), full_name(target, *partner), table.name, target.name,
                followed.key->name,     back.front().key->name};
      });
}

constexpr culprits backward_to_another_table(const database_description& database) {
  return first_in_relationships(
      database, [](const auto& table, const auto& what, const auto& target) -> culprits {
        if (!what.backward || table.name == target.name) return {};
        return {full_name(table, what), table.name, target.name};
      });
}

constexpr culprits pair_in_one_direction(const database_description& database) {
  return first_in_relationships(
      database, [](const auto& table, const auto& what, const auto& target) -> culprits {
        const auto* partner = find_relationship(target, what.back_populates);
        if (partner == nullptr || table.name != target.name) return {};
        if ((partner->many || partner->backward) != (what.many || what.backward)) return {};
        return {full_name(table, what), full_name(target, *partner), table.name};
      });
}

}  // namespace rules
}  // namespace nava::schema
