// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/key_rules.hpp>
#include <vector>

/// Which foreign key a relationship follows, and the searches for broken rules that keep the answer
/// unambiguous. Pure functions over the plain description, which can run at compile time; safe to
/// call from any thread.
namespace nava::schema {

/// A foreign key and the table that has it.
struct owned_key {
  const table_description* owner = nullptr;
  const foreign_key_description* key = nullptr;
};

/// Returns the table of that name; null where there is none.
[[nodiscard]] constexpr const table_description* find_table(const database_description& database,
                                                            std::string_view name) {
  for (const auto& table : database.tables)
    if (table.name == name) return &table;
  return nullptr;
}

/// Returns the keys that lead directly from one of the tables to the other, in either direction.
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

/// Returns the keys of a way from one table to another over further tables. Empty where there is
/// none, and where both are one table. `graph` has all keys of `database`; both tables are elements
/// of `database.tables`.
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

/// Returns the keys that a relationship names; all keys that it could follow where it names none.
[[nodiscard]] constexpr std::vector<owned_key> keys_meant(
    const database_description& database, const table_description& table,
    const relationship_description& relationship) {
  const table_description* target = find_table(database, relationship.target_table);
  if (target == nullptr) return {};
  std::vector<owned_key> meant;
  for (const owned_key& candidate : keys_between(table, *target)) {
    if (!relationship.via_constraint.empty() && candidate.key->name != relationship.via_constraint)
      continue;
    if (!relationship.via_columns.empty() &&
        (candidate.owner->name != relationship.via_table ||
         !std::is_permutation(relationship.via_columns.begin(), relationship.via_columns.end(),
                              candidate.key->columns.begin(), candidate.key->columns.end())))
      continue;
    meant.push_back(candidate);
  }
  return meant;
}

/// Returns the key that a relationship follows. Its pointers are null where there is none, which a
/// schema that compiles does not have.
[[nodiscard]] constexpr owned_key followed_key(const database_description& database,
                                               const table_description& table,
                                               const relationship_description& relationship) {
  const auto meant = keys_meant(database, table, relationship);
  return meant.empty() ? owned_key{} : meant.front();
}

/// Returns whether the followed key belongs to the table that the relationship stands in. Along a
/// key of a table to itself, a to_many goes back, and so does a to_one with `backward`.
[[nodiscard]] constexpr bool goes_forward(const table_description& table,
                                          const relationship_description& relationship,
                                          const owned_key& followed) {
  return followed.owner->name == table.name &&
         !((relationship.many || relationship.backward) && relationship.target_table == table.name);
}

/// Returns the relationship of that name; null where there is none.
[[nodiscard]] constexpr const relationship_description* find_relationship(
    const table_description& table, std::string_view name) {
  for (const auto& relationship : table.relationships)
    if (relationship.name == name) return &relationship;
  return nullptr;
}

namespace rules {

/// Calls `search(table, relationship, target)` until a search has culprits.
template <class Search>
constexpr culprits first_in_relationships(const database_description& database, Search search) {
  for (const auto& table : database.tables)
    for (const auto& relationship : table.relationships)
      if (const auto* target = find_table(database, relationship.target_table))
        if (const culprits found = search(table, relationship, *target); !found.empty())
          return found;
  return {};
}

/// Calls `search(table, relationship, target, key)` for the relationships that follow one key.
template <class Search>
constexpr culprits first_in_followed(const database_description& database, Search search) {
  return first_in_relationships(
      database, [&](const auto& table, const auto& relationship, const auto& target) -> culprits {
        const auto meant = keys_meant(database, table, relationship);
        return meant.size() == 1 ? search(table, relationship, target, meant.front()) : culprits{};
      });
}

constexpr short_text full_name(const table_description& table,
                               const relationship_description& relationship) {
  return short_text{table.name}.append(".").append(relationship.name);
}

constexpr culprits with_keys(const table_description& table,
                             const relationship_description& relationship,
                             const std::vector<owned_key>& keys) {
  culprits named{full_name(table, relationship), table.name, relationship.target_table};
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
      database, [&](const auto& table, const auto& relationship, const auto& target) -> culprits {
        auto ways = keys_meant(database, table, relationship);
        if (ways.size() > 1) return with_keys(table, relationship, ways);
        const bool is_named =
            !relationship.via_constraint.empty() || !relationship.via_columns.empty();
        if (is_named || ways.empty()) return {};
        if (table.name == target.name) return with_keys(table, relationship, ways);
        const std::size_t direct = ways.size();
        for (const auto& part : detour(database, graph, table, target)) ways.push_back(part);
        for (const auto& part : detour(database, graph, target, table)) ways.push_back(part);
        return ways.size() > direct ? with_keys(table, relationship, ways) : culprits{};
      });
}

constexpr culprits relationship_without_key(const database_description& database) {
  const key_graph graph{database};
  return first_in_relationships(
      database, [&](const auto& table, const auto& relationship, const auto& target) -> culprits {
        if (!keys_meant(database, table, relationship).empty()) return {};
        auto candidates = keys_between(table, target);
        for (const auto& part : detour(database, graph, table, target)) candidates.push_back(part);
        for (const auto& part : detour(database, graph, target, table)) candidates.push_back(part);
        return with_keys(table, relationship, candidates);
      });
}

constexpr culprits to_many_along_own_key(const database_description& database) {
  return first_in_followed(database, [](const auto& table, const auto& relationship, const auto&,
                                        const owned_key& followed) {
    return relationship.many && goes_forward(table, relationship, followed)
               ? with_keys(table, relationship, {followed})
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
  return first_in_followed(database, [](const auto& table, const auto& relationship, const auto&,
                                        const owned_key& followed) {
    return !relationship.many && !goes_forward(table, relationship, followed) &&
                   !is_unique(*followed.owner, followed.key->columns)
               ? with_keys(table, relationship, {followed})
               : culprits{};
  });
}

constexpr bool has_nullable_column(const table_description& table, name_list columns) {
  return std::any_of(columns.begin(), columns.end(),
                     [&](std::string_view column) { return is_nullable(table, column); });
}

constexpr culprits differing_nullability(const database_description& database) {
  return first_in_followed(database, [](const auto& table, const auto& relationship, const auto&,
                                        const owned_key& followed) {
    const bool may_be_none = !goes_forward(table, relationship, followed) ||
                             has_nullable_column(*followed.owner, followed.key->columns);
    return !relationship.many && relationship.optional != may_be_none
               ? with_keys(table, relationship, {followed})
               : culprits{};
  });
}

constexpr culprits missing_partner(const database_description& database) {
  return first_in_relationships(
      database, [](const auto& table, const auto& relationship, const auto& target) -> culprits {
        if (relationship.back_populates.empty()) return {};
        const auto* partner = find_relationship(target, relationship.back_populates);
        if (partner != nullptr && partner->target_table == table.name &&
            partner->back_populates == relationship.name)
          return {};
        return {full_name(table, relationship),
                short_text{target.name}.append(".").append(relationship.back_populates), table.name,
                target.name};
      });
}

constexpr culprits pair_along_two_keys(const database_description& database) {
  return first_in_followed(database,
                           [&](const auto& table, const auto& relationship, const auto& target,
                               const owned_key& followed) -> culprits {
                             const auto* partner =
                                 find_relationship(target, relationship.back_populates);
                             if (partner == nullptr) return {};
                             const auto back = keys_meant(database, target, *partner);
                             if (back.size() != 1 || back.front().key == followed.key) return {};
                             return {full_name(table, relationship),
                                     full_name(target, *partner),
                                     table.name,
                                     target.name,
                                     followed.key->name,
                                     back.front().key->name};
                           });
}

constexpr culprits backward_to_another_table(const database_description& database) {
  return first_in_relationships(
      database, [](const auto& table, const auto& relationship, const auto& target) -> culprits {
        if (!relationship.backward || table.name == target.name) return {};
        return {full_name(table, relationship), table.name, target.name};
      });
}

constexpr culprits pair_in_one_direction(const database_description& database) {
  return first_in_relationships(
      database, [](const auto& table, const auto& relationship, const auto& target) -> culprits {
        const auto* partner = find_relationship(target, relationship.back_populates);
        if (partner == nullptr || table.name != target.name) return {};
        if ((partner->many || partner->backward) != (relationship.many || relationship.backward))
          return {};
        return {full_name(table, relationship), full_name(target, *partner), table.name};
      });
}

}  // namespace rules
}  // namespace nava::schema
