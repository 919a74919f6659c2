// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/expression_rules.hpp>
#include <utility>

#include "inspection/compare/comparing.hpp"
#include "inspection/expression.hpp"
#include "schema/ddl_parts.hpp"

namespace nava::inspection::detail {
namespace {

using described_kind = index_description::kind;
using live_kind = catalog_index::kind;
constexpr std::string_view unread_term = "(?)";

using index_list = std::vector<const catalog_index*>;

live_kind kind_of(const index_description& index) {
  if (index.what == described_kind::primary_key) return live_kind::primary_key;
  if (index.what == described_kind::index) return live_kind::index;
  return stands_in_table(index) ? live_kind::unique_constraint : live_kind::unique_index;
}

std::string_view to_text(live_kind kind) {
  switch (kind) {
    case live_kind::primary_key:
      return "a primary key";
    case live_kind::unique_constraint:
      return "a unique constraint";
    case live_kind::unique_index:
      return "a unique index";
    case live_kind::exclusion:
      return "an exclusion constraint";
    case live_kind::index:
      return "an index";
  }
  return {};
}

bool is_constraint(const catalog_index& index) {
  return index.what != live_kind::unique_index && index.what != live_kind::index;
}

std::string called(const catalog_index& index) {
  return index.name.empty() ? listed(index.columns) : index.name;
}

likeness compare_conditions(const compared_table& table, const catalog_index& live,
                            const index_description& described) {
  return compare_expressions(live.where, described.where, table.whole.live.what);
}

likeness compare_term(const compared_table& table, std::string_view live,
                      std::string_view described) {
  if (live == described) return likeness::same;
  if (!live.starts_with('(') || !described.starts_with('(')) return likeness::different;
  return live == unread_term ? likeness::unknown
                             : compare_expressions(live, described, table.whole.live.what);
}

// Compares the columns and expressions in order, without their directions.
likeness compare_terms(const compared_table& table, const catalog_index& live,
                       const index_description& described) {
  if (live.columns.size() != described.columns.size()) return likeness::different;
  likeness alike = likeness::same;
  for (std::size_t i = 0; i < live.columns.size(); ++i) {
    const likeness here = compare_term(table, live.columns[i], described.columns[i]);
    if (here == likeness::different) return here;
    if (here == likeness::unknown) alike = here;
  }
  return alike;
}

bool runs_concurrently(const compared_table& table) {
  return !table.whole.is_sqlite() && table.live.what != catalog_table::kind::partitioned;
}

// On SQLite the statement of another finding may have rebuilt the table with its described indexes.
std::string_view drop_option(const compared_table& table) {
  if (table.whole.is_sqlite()) return "IF EXISTS ";
  return runs_concurrently(table) ? "CONCURRENTLY " : "";
}

mending dropped(const compared_table& table, const catalog_index& index) {
  if (is_constraint(index))
    return table.alter({fmt::format("DROP CONSTRAINT {}", quoted(index.name))});
  return {fmt::format("DROP INDEX {}{};", drop_option(table), table.whole.qualified(index.name))};
}

// A key takes over an index that is built concurrently, so that writers need not wait.
mending made(const compared_table& table, const index_description& index) {
  const bool concurrently = runs_concurrently(table);
  std::string create = create_index(table.described, index, table.whole.place(), concurrently);
  if (!stands_in_table(index) && table.whole.is_sqlite())
    return {fmt::format("DROP INDEX IF EXISTS {}; {}", quoted(index.name), create)};
  if (!stands_in_table(index)) return {std::move(create)};
  if (!concurrently) return table.alter({fmt::format("ADD {}", key_line(index))});
  const std::string name = quoted(index.name);
  const std::string_view kind =
      index.what == described_kind::primary_key ? "PRIMARY KEY" : "UNIQUE";
  return {fmt::format(
      "{} {}", create,
      table.alter({fmt::format("ADD CONSTRAINT {} {} USING INDEX {}", name, kind, name)})
          .statement)};
}

// Whether a unique index lacks nothing but the constraint.
bool can_carry(const compared_table& table, const catalog_index& live,
               const index_description& described) {
  return runs_concurrently(table) && kind_of(described) == live_kind::unique_constraint &&
         live.what == live_kind::unique_index && live.name == described.name &&
         same_in_order(live.columns, described.columns) && live.where.empty() && live.plain &&
         live.descending == 0 && live.method == "btree" && live.included.empty() &&
         live.nulls_distinct && live.valid;
}

// One statement drops the old constraint and adds the new one, so that no row comes in between.
mending replaced(const compared_table& table, const catalog_index& live,
                 const index_description& described) {
  if (is_constraint(live) && (stands_in_table(described) || table.whole.is_sqlite()))
    return table.alter(
        {fmt::format("DROP CONSTRAINT {}, ADD {}", quoted(live.name), key_line(described))});
  if (table.whole.is_sqlite() && stands_in_table(described)) return table.alter({});
  if (can_carry(table, live, described))
    return table.alter(
        {fmt::format("ADD CONSTRAINT {0} UNIQUE USING INDEX {0}", quoted(live.name))});
  // On SQLite made() drops the index of the same name.
  if (table.whole.is_sqlite() && live.name == described.name) return made(table, described);
  return {fmt::format("{} {}", dropped(table, live).statement, made(table, described).statement)};
}

mending renamed(const compared_table& table, const catalog_index& live,
                const index_description& described) {
  if (is_constraint(live))
    return table.alter(
        {fmt::format("RENAME CONSTRAINT {} TO {}", quoted(live.name), quoted(described.name))});
  if (table.whole.is_sqlite()) return replaced(table, live, described);
  return {fmt::format("ALTER INDEX {} RENAME TO {};", table.whole.qualified(live.name),
                      quoted(described.name))};
}

/// Compares one index. Each difference is a finding with the same statement, which creates the
/// index again.
class compared_index {
 public:
  compared_index(const compared_table& table, const index_description& described,
                 const catalog_index& live)
      : table_(table), described_(described), live_(live) {}

  void compare() {
    if (!live_.valid)
      return differ("index-invalid", "the index is invalid: CREATE INDEX CONCURRENTLY failed");
    if (live_.what != kind_of(described_)) return differ_in_kind();
    compare_columns();
    compare_properties();
    if (!differs_ && live_.name != described_.name) report_name();
  }

 private:
  void differ(std::string_view rule, std::string message) {
    table_.report(rule, described_.name, std::move(message), replaced(table_, live_, described_));
    differs_ = true;
  }

  void differ_in_kind() {
    const bool is_key = described_.what != described_kind::index;
    differ(is_key && live_.what == live_kind::index ? "index-not-unique" : "index-kind",
           fmt::format("{} has the name, described as {}", to_text(live_.what),
                       to_text(kind_of(described_))));
  }

  void compare_columns() {
    const likeness alike = compare_terms(table_, live_, described_);
    if (alike == likeness::same) return;
    if (alike == likeness::unknown)
      return table_.report("not-read", described_.name,
                           fmt::format("the columns are {}, described as {}: these cannot be "
                                       "compared",
                                       listed(live_.columns), listed(described_.columns)),
                           {}, severity::note);
    std::string_view rule = "index-columns";
    if (described_.what == described_kind::primary_key) rule = "primary-key-columns";
    if (live_.what == live_kind::unique_constraint) rule = "unique-columns";
    differ(rule, fmt::format("the columns are {}, described as {}", listed(live_.columns),
                             listed(described_.columns)));
  }

  void compare_condition() {
    if (live_.where == unread_expression && !described_.where.empty())
      return table_.report("not-read", described_.name,
                           "the condition could not be read while another session locks the table",
                           {}, severity::note);
    const likeness alike = compare_conditions(table_, live_, described_);
    if (alike == likeness::unknown)
      table_.report("not-read", described_.name,
                    fmt::format("the condition is {}, described as {}: these cannot be compared",
                                live_.where, described_.where),
                    {}, severity::note);
    else if (alike == likeness::different)
      differ("index-condition", fmt::format("the condition is {}, described as {}",
                                            spoken(live_.where), spoken(described_.where)));
  }

  void compare_properties() {
    compare_condition();
    if (live_.method != "btree")
      differ("index-method", fmt::format("the method is {}, described as btree", live_.method));
    if (!live_.plain)
      differ("index-order",
             "the operator class, collation or place of NULL is not the default one");
    else if (live_.descending != described_.descending)
      differ("index-order", fmt::format("the order is {}, described as {}",
                                        directions(live_.columns.size(), live_.descending),
                                        directions(live_.columns.size(), described_.descending)));
    if (!live_.included.empty())
      differ("index-included", fmt::format("the index also carries {}", listed(live_.included)));
    if (!live_.nulls_distinct)
      differ("nulls-not-distinct",
             "NULLS NOT DISTINCT: two rows without a value exclude each other");
    if (live_.deferrable)
      differ("deferrable-key",
             "the key is deferrable: no ON CONFLICT and no foreign key can use it");
  }

  void report_name() {
    std::string_view rule = "index-name";
    if (live_.what == live_kind::primary_key) rule = "primary-key-name";
    if (live_.what == live_kind::unique_constraint) rule = "unique-name";
    table_.report(rule, described_.name,
                  live_.name.empty()
                      ? fmt::format("{} without a name", to_text(live_.what))
                      : fmt::format("{} is called {}", to_text(live_.what), live_.name),
                  renamed(table_, live_, described_));
  }

  static std::string directions(std::size_t columns, std::uint32_t descending) {
    std::string text;
    for (std::size_t i = 0; i < columns; ++i)
      text.append(i == 0 ? "" : ", ").append(i < 32 && (descending >> i & 1) != 0 ? "DESC" : "ASC");
    return text;
  }

  static std::string_view spoken(std::string_view condition) {
    return condition.empty() ? "none" : condition;
  }

  const compared_table& table_;
  const index_description& described_;
  const catalog_index& live_;
  bool differs_ = false;
};

// The primary key for the primary key; else the index of that name; else one of the same terms and
// condition whose name no described index has.
index_list::iterator find_match(const compared_table& table, index_list& unmatched,
                                const index_description& described) {
  const auto first_that = [&](auto is_wanted) {
    return std::find_if(unmatched.begin(), unmatched.end(),
                        [&](const catalog_index* live) { return is_wanted(*live); });
  };
  auto found = unmatched.end();
  if (described.what == described_kind::primary_key)
    found = first_that([](const auto& live) { return live.what == live_kind::primary_key; });
  if (found == unmatched.end())
    found = first_that([&](const auto& live) { return live.name == described.name; });
  if (found != unmatched.end()) return found;
  const auto& all = table.described.indexes;
  return first_that([&](const catalog_index& live) {
    return live.what == kind_of(described) &&
           compare_terms(table, live, described) == likeness::same &&
           compare_conditions(table, live, described) == likeness::same &&
           std::none_of(all.begin(), all.end(),
                        [&](const index_description& other) { return other.name == live.name; });
  });
}

// The columns of the table that the index needs.
std::vector<std::string_view> columns_of(const compared_table& table,
                                         const index_description& index) {
  std::vector<std::string_view> columns;
  for (const auto& column : table.described.columns)
    if (rules::has_column(index, column.name)) columns.push_back(column.name);
  return columns;
}

void report_missing(const compared_table& table, const index_description& index) {
  mending mends = made(table, index);
  if (table.whole.owe({{table.described.name, columns_of(table, index)}}, mends.statement)) return;
  std::string_view rule = "missing-index";
  if (index.what == described_kind::primary_key) rule = "missing-primary-key";
  if (kind_of(index) == live_kind::unique_constraint) rule = "missing-unique";
  table.report(rule, index.name,
               fmt::format("{} {} is missing", to_text(kind_of(index)), listed(index.columns)),
               std::move(mends));
}

bool goes_with_a_column(const compared_table& table, const catalog_index& live) {
  return std::any_of(
      table.live.columns.begin(), table.live.columns.end(), [&](const catalog_column& column) {
        const auto has = [&](const std::string& part) {
          return part == column.name ||
                 (part.starts_with('(') && mentions(part, column.name, table.whole.live.what));
        };
        return table.is_extra(column.name) &&
               (std::any_of(live.columns.begin(), live.columns.end(), has) ||
                std::any_of(live.included.begin(), live.included.end(), has) ||
                mentions(live.where, column.name, table.whole.live.what));
      });
}

void report_extra(const compared_table& table, const catalog_index& live) {
  if (goes_with_a_column(table, live)) return;
  const bool refuses_rows = live.what != live_kind::index;
  std::string message =
      fmt::format("{} {} is not described{}", to_text(live.what), listed(live.columns),
                  refuses_rows ? " and refuses rows" : " and costs every write");
  mending mends = dropped(table, live);
  if (!is_constraint(live)) message += unless_wanted(std::exchange(mends, {}));
  table.report("extra-index", called(live), std::move(message), std::move(mends),
               refuses_rows ? severity::error : severity::warning);
}

}  // namespace

void compare_keys_and_indexes(const compared_table& table) {
  index_list unmatched;
  for (const auto& live : table.live.indexes) unmatched.push_back(&live);
  for (const auto& described : table.described.indexes) {
    const auto found = find_match(table, unmatched, described);
    if (found == unmatched.end()) {
      report_missing(table, described);
      continue;
    }
    compared_index{table, described, **found}.compare();
    unmatched.erase(found);
  }
  for (const catalog_index* const live : unmatched) report_extra(table, *live);
}

}  // namespace nava::inspection::detail
