// SPDX-License-Identifier: Apache-2.0
#include "inspection/sqlite/sqlite_catalog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/ascii_case.hpp>
#include <tuple>
#include <unordered_map>

#include "inspection/sqlite/create_index.hpp"
#include "inspection/sqlite/create_table.hpp"
#include "inspection/sqlite/read_only_file.hpp"

namespace nava::inspection {
namespace {

constexpr std::string_view ours =
    "WITH ours AS MATERIALIZED (SELECT l.name, l.wr, l.strict, m.sql FROM pragma_table_list AS l "
    "JOIN sqlite_master AS m ON m.type = 'table' AND m.name = l.name WHERE l.schema = 'main' AND "
    "l.type = 'table' AND l.name NOT LIKE 'sqlite^_%' ESCAPE '^') ";

constexpr std::string_view tables = "SELECT name, wr, strict, sql FROM ours ORDER BY name";

constexpr std::string_view columns =
    "SELECT o.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, c.hidden FROM ours AS o, "
    "pragma_table_xinfo(o.name, 'main') AS c ORDER BY o.name, c.cid";

// One row per column of each index; in a table WITHOUT ROWID that of the primary key is the table
// itself and not in sqlite_master.
constexpr std::string_view indexes =
    "SELECT o.name, l.name, l.\"unique\", l.origin, l.partial, m.sql, c.seqno, c.name, c.\"desc\", "
    "c.coll FROM ours AS o, pragma_index_list(o.name, 'main') AS l, pragma_index_xinfo(l.name, "
    "'main') AS c LEFT JOIN sqlite_master AS m ON m.type = 'index' AND m.name = l.name WHERE c.key "
    "ORDER BY o.name, l.name, c.seqno";

// The latest has the first id, so this is the order of the statement.
constexpr std::string_view foreign_keys =
    "SELECT o.name, f.seq, f.\"table\", f.\"from\", f.\"to\", f.on_update, f.on_delete FROM ours "
    "AS o, pragma_foreign_key_list(o.name, 'main') AS f ORDER BY o.name, f.id DESC, f.seq";

constexpr std::string_view triggers =
    "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name";

constexpr std::string_view views =
    "SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name";

constexpr std::string_view has_statistics =
    "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'sqlite_stat1'";

// A row per index; a partial one knows of some rows only.
constexpr std::string_view statistics =
    "SELECT tbl, max(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl";

schema::referential_action action(std::string_view written) {
  using enum schema::referential_action;
  if (written == "RESTRICT") return restrict;
  if (written == "CASCADE") return cascade;
  if (written == "SET NULL") return set_null;
  return written == "SET DEFAULT" ? set_default : no_action;
}

catalog_index::kind index_kind(std::string_view origin, bool is_unique) {
  if (origin == "pk") return catalog_index::kind::primary_key;
  if (origin == "u") return catalog_index::kind::unique_constraint;
  return is_unique ? catalog_index::kind::unique_index : catalog_index::kind::index;
}

bool are_same_names(const std::vector<std::string>& left, const std::vector<std::string>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    schema::are_same_but_for_case);
}

// A table on the way into the catalog, with what only its statement says.
struct table_reading {
  catalog_table table;
  std::optional<create_table> statement;
  std::vector<std::string> primary_key;

  [[nodiscard]] catalog_column* column(std::string_view name) {
    const auto found = std::ranges::find_if(table.columns, [&](const auto& one) {
      return schema::are_same_but_for_case(one.name, name);
    });
    return found == table.columns.end() ? nullptr : &*found;
  }

  [[nodiscard]] std::string key_name(bool is_primary, const std::vector<std::string>& of) const {
    if (statement)
      for (const auto& key : statement->keys)
        if (key.is_primary == is_primary && are_same_names(key.columns, of)) return key.name;
    return {};
  }

  [[nodiscard]] bool numbers_rows_by(std::string_view of) const {
    return statement && schema::are_same_but_for_case(statement->numbered_column, of);
  }

  [[nodiscard]] std::string generation(std::string_view of) const {
    if (statement)
      for (const auto& one : statement->generated_columns)
        if (schema::are_same_but_for_case(one.name, of)) return one.expression;
    return std::string{unread_expression};
  }
};

class catalog_reader {
 public:
  explicit catalog_reader(const database_url& url) : file_(url) {}

  catalog read() {
    catalog found;
    found.what = schema::dialect::sqlite;
    file_.begin();
    read_tables();
    read_columns();
    read_indexes();
    read_foreign_keys();
    read_triggers();
    read_statistics();
    for (table_reading& one : readings_) {
      finish(one);
      found.tables.push_back(std::move(one.table));
    }
    each(views, [&](const row& now) { found.views.push_back({"main", now.text(0)}); });
    return found;
  }

 private:
  using row = read_only_file::row;

  template <class Use>
  void each(std::string_view sql, Use use) {
    file_.each(std::string{sql}, use);
  }

  template <class Use>
  void each_of_ours(std::string_view sql, Use use) {
    each(fmt::format("{}{}", ours, sql), [&](const row& now) {
      use(readings_[places_.at(schema::in_lower_case(now.text(0)))], now);
    });
  }

  void read_tables() {
    each(fmt::format("{}{}", ours, tables), [this](const row& now) {
      places_.emplace(schema::in_lower_case(now.text(0)), readings_.size());
      auto& next = readings_.emplace_back();
      next.table.schema = "main";
      next.table.name = now.text(0);
      next.table.without_rowid = now.integer(1) != 0;
      next.table.strict = now.integer(2) != 0;
      next.statement = parse_create_table(now.text(3));
      if (!next.statement) return;
      for (auto& check : next.statement->checks)
        next.table.checks.push_back({.name = check.name, .expression = check.expression});
    });
  }

  void read_columns() {
    each_of_ours(columns, [this](table_reading& of, const row& now) {
      auto& column = of.table.columns.emplace_back();
      column.name = now.text(1);
      column.type = now.text(2);
      column.nullable = now.integer(3) == 0;
      const auto place = static_cast<std::size_t>(now.integer(5));
      if (place > of.primary_key.size()) of.primary_key.resize(place);
      if (place > 0) of.primary_key[place - 1] = column.name;
      constexpr std::int64_t generated_virtual = 2, generated_stored = 3;
      if (now.integer(6) == generated_virtual || now.integer(6) == generated_stored)
        column.generated = of.generation(column.name);
      else
        column.default_expression = now.text(4);
      if (of.numbers_rows_by(column.name)) column.generated = "BY DEFAULT";
      column.collation = file_.collation(of.table.name, column.name);
      if (schema::are_same_but_for_case(column.collation, binary)) column.collation.clear();
    });
  }

  void read_indexes() {
    std::optional<create_index> statement;
    each_of_ours(indexes, [&](table_reading& of, const row& now) {
      const auto part = static_cast<std::size_t>(now.integer(6));
      if (part == 0) {
        statement = parse_create_index(now.text(5));
        add_index(of, now, statement);
      }
      add_index_column(of, now, statement, part);
    });
  }

  static void add_index(table_reading& of, const row& now,
                        const std::optional<create_index>& statement) {
    auto& index = of.table.indexes.emplace_back();
    index.what = index_kind(now.text(3), now.integer(2) != 0);
    // That of a constraint is called after it, when all columns are known.
    if (now.text(3) == "c") index.name = now.text(1);
    if (now.integer(4) != 0)
      index.where = statement ? statement->where : std::string{unread_expression};
  }

  static void add_index_column(table_reading& of, const row& now,
                               const std::optional<create_index>& statement, std::size_t part) {
    auto& index = of.table.indexes.back();
    std::string name = now.text(7);
    const auto* column = of.column(name);
    if (name.empty())
      name = fmt::format("({})", statement && part < statement->columns.size()
                                     ? statement->columns[part]
                                     : unread_expression);
    index.columns.push_back(std::move(name));
    index.collations.push_back(schema::are_same_but_for_case(now.text(9), binary) ? ""
                                                                                  : now.text(9));
    const bool has_own = column != nullptr && !column->collation.empty();
    const bool is_counted = part < 32;  // A described index has no more.
    if (now.integer(8) != 0 && is_counted) index.descending |= std::uint32_t{1} << part;
    if (!is_counted ||
        !schema::are_same_but_for_case(now.text(9), has_own ? column->collation : binary))
      index.plain = false;
  }

  void read_foreign_keys() {
    each_of_ours(foreign_keys, [this](table_reading& of, const row& now) {
      const auto place = places_.find(schema::in_lower_case(now.text(2)));
      table_reading* target = place == places_.end() ? nullptr : &readings_[place->second];
      if (now.integer(1) == 0) {
        auto& key = of.table.foreign_keys.emplace_back();
        key.target_schema = "main";
        key.target_table = target == nullptr ? now.text(2) : target->table.name;
        key.names_target = !now.is_null(4);
        if (now.is_null(4) && target != nullptr) key.target_columns = target->primary_key;
        key.on_update = action(now.text(5));
        key.on_delete = action(now.text(6));
      }
      auto& key = of.table.foreign_keys.back();
      key.columns.push_back(now.text(3));
      if (now.is_null(4)) return;
      const auto* column = target == nullptr ? nullptr : target->column(now.text(4));
      key.target_columns.push_back(column == nullptr ? now.text(4) : column->name);
    });
  }

  void read_triggers() {
    each(triggers, [this](const row& now) {
      // A view may have triggers too.
      const auto place = places_.find(schema::in_lower_case(now.text(0)));
      if (place != places_.end())
        readings_[place->second].table.triggers.push_back(
            {.name = now.text(1), .statement = now.text(2)});
    });
  }

  void read_statistics() {
    bool are_there = false;
    each(has_statistics, [&](const row&) { are_there = true; });
    if (!are_there) return;
    each(statistics, [this](const row& now) {
      const auto place = places_.find(schema::in_lower_case(now.text(0)));
      if (place != places_.end())
        readings_[place->second].table.rows_estimate = std::max(std::int64_t{-1}, now.integer(1));
    });
  }

  static void finish(table_reading& one) {
    name_constraints(one);
    name_foreign_keys(one);
    auto& table = one.table;
    std::ranges::stable_sort(table.checks, {}, &catalog_check::name);
    std::ranges::sort(table.indexes, {}, [](const catalog_index& index) {
      const bool is_later = index.what != catalog_index::kind::primary_key;
      return std::tuple{is_later, index.name, index.columns};
    });
    std::ranges::stable_sort(table.foreign_keys, {}, [](const catalog_foreign_key& key) {
      return std::pair{key.name, key.columns};
    });
  }

  static void name_constraints(table_reading& one) {
    auto& table = one.table;
    bool has_primary_key = false;
    for (auto& index : table.indexes) {
      const bool is_primary = index.what == catalog_index::kind::primary_key;
      has_primary_key = has_primary_key || is_primary;
      if (is_primary || index.what == catalog_index::kind::unique_constraint)
        index.name = one.key_name(is_primary, index.columns);
    }
    // Without an index it is another name of the rowid, which gives a NULL its number.
    if (!has_primary_key && !one.primary_key.empty()) {
      auto& index = table.indexes.emplace_back();
      index.what = catalog_index::kind::primary_key;
      index.name = one.key_name(true, one.primary_key);
      index.columns = one.primary_key;
      one.column(one.primary_key.front())->nullable = false;
    }
  }

  static void name_foreign_keys(table_reading& one) {
    auto& table = one.table;
    if (!one.statement || one.statement->foreign_keys.size() != table.foreign_keys.size()) return;
    for (std::size_t i = 0; i < table.foreign_keys.size(); ++i) {
      const auto& written = one.statement->foreign_keys[i];
      auto& key = table.foreign_keys[i];
      if (!are_same_names(written.columns, key.columns)) continue;
      key.name = written.name;
      key.deferrable = written.deferrable;
      key.initially_deferred = written.initially_deferred;
    }
  }

  static constexpr std::string_view binary = "BINARY";

  read_only_file file_;
  std::vector<table_reading> readings_;
  std::unordered_map<std::string, std::size_t> places_;  ///< in the readings, by folded name
};

}  // namespace

catalog read_file_catalog(const database_url& url) { return catalog_reader{url}.read(); }

}  // namespace nava::inspection
