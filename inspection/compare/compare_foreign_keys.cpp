// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "inspection/compare/comparing.hpp"
#include "schema/ddl_parts.hpp"

namespace nava::inspection::detail {
namespace {

using key_list = std::vector<const catalog_foreign_key*>;

std::string called(const catalog_foreign_key& key) {
  return key.name.empty() ? listed(key.columns) : key.name;
}

bool same_target(const comparison& whole, const catalog_foreign_key& live,
                 const foreign_key_description& described) {
  return (whole.is_sqlite() || live.target_schema == whole.schema) &&
         live.target_table == described.target_table &&
         same_in_order(live.target_columns, described.target_columns);
}

// Takes from `unmatched` the key of that name; else one of the same columns and target whose name
// no described key has.
const catalog_foreign_key* take_match(const compared_table& table, key_list& unmatched,
                                      const foreign_key_description& described) {
  auto found =
      std::find_if(unmatched.begin(), unmatched.end(),
                   [&](const catalog_foreign_key* live) { return live->name == described.name; });
  if (found == unmatched.end())
    found = std::find_if(unmatched.begin(), unmatched.end(), [&](const catalog_foreign_key* live) {
      const auto& all = table.described.foreign_keys;
      return same_in_order(live->columns, described.columns) &&
             same_target(table.whole, *live, described) &&
             std::none_of(all.begin(), all.end(), [&](const foreign_key_description& other) {
               return other.name == live->name;
             });
    });
  if (found == unmatched.end()) return nullptr;
  const catalog_foreign_key* const match = *found;
  unmatched.erase(found);
  return match;
}

/// A key that differs in a property that no ALTER can change. It is dropped and added again.
class renewed_key {
 public:
  renewed_key(const compared_table& table, const foreign_key_description& described,
              const catalog_foreign_key& live)
      : table_(table), described_(described) {
    anew_ = table.alter(table.adding(
        described.name, foreign_key_line(described, table.whole.live.what, table.whole.place()),
        fmt::format("DROP CONSTRAINT {}, ", quoted(live.name))));
  }

  void report(std::string_view rule, std::string message) {
    table_.report(rule, described_.name, std::move(message), anew_);
    reported_ = true;
  }

  [[nodiscard]] bool reported() const { return reported_; }

 private:
  const compared_table& table_;
  const foreign_key_description& described_;
  mending anew_;
  bool reported_ = false;
};

void compare_action(renewed_key& key, std::string_view rule, std::string_view event,
                    referential_action live, referential_action described) {
  if (live != described)
    key.report(rule,
               fmt::format("ON {} {}, described as {}", event, to_text(live), to_text(described)));
}

template <class Names>
std::string set_columns(const Names& names) {
  return names.empty() ? "all columns" : listed(names);
}

enforcement enforcement_of(const catalog_foreign_key& key) {
  if (key.initially_deferred) return enforcement::deferred;
  return key.deferrable ? enforcement::deferrable : enforcement::immediate;
}

std::string_view spoken(enforcement checked) {
  switch (checked) {
    case enforcement::immediate:
      return "checked at once";
    case enforcement::deferrable:
      return "deferrable";
    case enforcement::deferred:
      return "deferred: a row without a parent shows at COMMIT only";
  }
  return {};
}

std::string_view deferral(enforcement checked) {
  return checked == enforcement::immediate ? " NOT DEFERRABLE" : enforcement_clause(checked);
}

bool compare_shape(const compared_table& table, const foreign_key_description& described,
                   const catalog_foreign_key& live) {
  renewed_key key{table, described, live};
  if (!same_in_order(live.columns, described.columns))
    key.report("foreign-key-columns", fmt::format("the columns are {}, described as {}",
                                                  listed(live.columns), listed(described.columns)));
  if (!same_target(table.whole, live, described))
    key.report("foreign-key-target",
               fmt::format("the key refers to {}.{} {}, described as {}.{} {}", live.target_schema,
                           live.target_table, listed(live.target_columns), table.whole.schema,
                           described.target_table, listed(described.target_columns)));
  const referential_action on_delete = on_delete_of(described, table.whole.live.what);
  compare_action(key, "foreign-key-on-delete", "DELETE", live.on_delete, on_delete);
  if (!table.whole.is_sqlite() && live.on_delete == on_delete &&
      !std::is_permutation(live.set_columns.begin(), live.set_columns.end(),
                           described.set_columns.begin(), described.set_columns.end()))
    key.report("foreign-key-on-delete",
               fmt::format("ON DELETE {} of {}, described as of {}", to_text(live.on_delete),
                           set_columns(live.set_columns), set_columns(described.set_columns)));
  compare_action(key, "foreign-key-on-update", "UPDATE", live.on_update, described.on_update);
  if (live.match_full) key.report("foreign-key-match", "MATCH FULL, described as MATCH SIMPLE");
  if (!live.enforced)
    key.report("foreign-key-not-enforced",
               "a trigger that does the work of the key is disabled; rows may have no parent");
  return key.reported();
}

void compare_key(const compared_table& table, const foreign_key_description& described,
                 const catalog_foreign_key& live) {
  if (compare_shape(table, described, live)) return;
  if (live.name != described.name)
    table.report(
        "foreign-key-name", described.name,
        live.name.empty() ? "the key has no name" : fmt::format("the key is called {}", live.name),
        table.alter({fmt::format("RENAME CONSTRAINT {} TO {}", quoted(live.name),
                                 quoted(described.name))}));
  if (enforcement_of(live) != described.checked)
    table.report("foreign-key-deferrable", described.name,
                 fmt::format("the key is described as {}, and is {}", spoken(described.checked),
                             spoken(enforcement_of(live))),
                 table.alter({fmt::format("ALTER CONSTRAINT {}{}", quoted(described.name),
                                          deferral(described.checked))}));
  if (!live.validated)
    table.report("foreign-key-not-validated", described.name,
                 "rows that were there before the key have not been held to it",
                 table.alter({fmt::format("VALIDATE CONSTRAINT {}", quoted(described.name))}));
}

}  // namespace

void owe_foreign_keys(comparison& whole, const table_description& table) {
  if (find_table(whole.live, whole.schema, table.name) != nullptr) return;
  for (const auto& key : table.foreign_keys)
    whole.owe({{table.name, key.columns}, {key.target_table, key.target_columns}},
              fmt::format("ALTER TABLE {} ADD {};", whole.qualified(table.name),
                          foreign_key_line(key, whole.live.what, whole.place())));
}

void compare_foreign_keys(const compared_table& table) {
  if (table.live.what == catalog_table::kind::foreign) return;
  key_list unmatched;
  for (const auto& live : table.live.foreign_keys) unmatched.push_back(&live);
  for (const auto& key : table.described.foreign_keys) {
    if (const catalog_foreign_key* const live = take_match(table, unmatched, key)) {
      compare_key(table, key, *live);
      continue;
    }
    mending mends = table.alter(
        table.adding(key.name, foreign_key_line(key, table.whole.live.what, table.whole.place())));
    if (!table.whole.owe(
            {{table.described.name, key.columns}, {key.target_table, key.target_columns}},
            mends.statement))
      table.report(
          "missing-foreign-key", key.name,
          fmt::format("the foreign key {} to {} is missing", listed(key.columns), key.target_table),
          std::move(mends));
  }
  for (const catalog_foreign_key* const live : unmatched)
    if (std::none_of(live->columns.begin(), live->columns.end(),
                     [&](const std::string& column) { return table.is_extra(column); }))
      table.report("extra-foreign-key", called(*live),
                   fmt::format("the foreign key {} to {}.{} is not described",
                               listed(live->columns), live->target_schema, live->target_table),
                   table.alter({fmt::format("DROP CONSTRAINT {}", quoted(live->name))}));
}

}  // namespace nava::inspection::detail
