// SPDX-License-Identifier: Apache-2.0
#include "inspection/postgresql/postgresql_catalog.hpp"

#include <fmt/format.h>

#include <unordered_map>

#include "inspection/postgresql/catalog_queries.hpp"
#include "persistence/postgresql/connection/dropped_table.hpp"
#include "persistence/postgresql/connection/server_connection.hpp"
#include "persistence/rows/json_text.hpp"

namespace nava::inspection {

using namespace persistence::postgresql;

namespace {

// One snapshot for all statements. Only what spells expressions and types looks at the present.
constexpr const char* begin =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = ''";

std::string text(const json::object& row, std::string_view name) {
  const json::value& value = row.at(name);
  return value.is_null() ? std::string{} : std::string{value.as_string()};
}

std::vector<std::string> texts(const json::object& row, std::string_view name) {
  std::vector<std::string> all;
  if (const json::value& value = row.at(name); !value.is_null())
    for (const json::value& one : value.as_array()) all.emplace_back(one.as_string());
  return all;
}

// The server sets CASE over several lines. What is quoted stays as it is.
std::string on_one_line(std::string_view printed) {
  constexpr std::string_view space = " \t\r\n\f\v";
  std::string line;
  char quote = 0;
  for (const char c : printed) {
    if (quote == 0 && space.find(c) != std::string_view::npos) {
      if (!line.empty() && line.back() != ' ') line += ' ';
      continue;
    }
    if (quote == 0 && (c == '\'' || c == '"'))
      quote = c;
    else if (c == quote)
      quote = 0;
    line += c;
  }
  return line;
}

std::string expression(const json::object& row, std::string_view name) {
  return on_one_line(text(row, name));
}

// Among the columns of an index, an expression stands in parentheses.
std::vector<std::string> parts(const json::object& row, std::string_view name) {
  std::vector<std::string> all = texts(row, name);
  for (std::string& one : all)
    if (one.starts_with('(')) one = on_one_line(one);
  return all;
}

bool flag(const json::object& row, std::string_view name) { return row.at(name).as_bool(); }

std::int64_t number(const json::object& row, std::string_view name) {
  return row.at(name).to_number<std::int64_t>();
}

schema::referential_action action(const json::object& row, std::string_view name) {
  switch (row.at(name).as_string().front()) {
    case 'r':
      return schema::referential_action::restrict;
    case 'c':
      return schema::referential_action::cascade;
    case 'n':
      return schema::referential_action::set_null;
    case 'd':
      return schema::referential_action::set_default;
    default:
      return schema::referential_action::no_action;
  }
}

catalog_table made_table(const json::object& row) {
  catalog_table table;
  table.schema = text(row, "schema");
  table.name = text(row, "name");
  const std::string kind = text(row, "kind");
  if (kind == "p") table.what = catalog_table::kind::partitioned;
  if (kind == "f") table.what = catalog_table::kind::foreign;
  table.partitioned_by = text(row, "partitioned_by");
  table.logged = flag(row, "logged");
  table.row_security = flag(row, "row_security");
  if (!row.at("fillfactor").is_null())
    table.fillfactor = static_cast<int>(number(row, "fillfactor"));
  if (!row.at("autovacuum").is_null()) table.autovacuum = flag(row, "autovacuum");
  if (const json::value& storage = row.at("storage"); !storage.is_null())
    for (const auto& [name, value] : storage.as_object())
      table.storage.push_back({std::string{name}, std::string{value.as_string()}});
  table.rows_estimate = number(row, "rows_estimate");
  table.bytes_estimate = number(row, "bytes_estimate");
  return table;
}

void add_column(catalog_table& to, const json::object& row) {
  to.columns.push_back({.name = text(row, "name"),
                        .type = text(row, "type"),
                        .nullable = flag(row, "nullable"),
                        .default_expression = expression(row, "default_expression"),
                        .generated = expression(row, "generated"),
                        .collation = text(row, "collation"),
                        .base_type = text(row, "base_type")});
}

catalog_index::kind index_kind(std::string_view name) {
  using enum catalog_index::kind;
  if (name == "primary_key") return primary_key;
  if (name == "unique_constraint") return unique_constraint;
  if (name == "unique_index") return unique_index;
  return name == "exclusion" ? exclusion : index;
}

void add_index(catalog_table& to, const json::object& row) {
  to.indexes.push_back({.what = index_kind(text(row, "kind")),
                        .name = text(row, "name"),
                        .columns = parts(row, "columns"),
                        .included = texts(row, "included"),
                        .where = expression(row, "condition"),
                        .method = text(row, "method"),
                        .plain = flag(row, "plain"),
                        .descending = static_cast<std::uint32_t>(number(row, "descending")),
                        .searchable = flag(row, "searchable"),
                        .collations = texts(row, "collations"),
                        .nulls_distinct = flag(row, "nulls_distinct"),
                        .valid = flag(row, "valid"),
                        .deferrable = flag(row, "deferrable")});
}

void add_check(catalog_table& to, const json::object& row) {
  to.checks.push_back({.name = text(row, "name"),
                       .expression = expression(row, "expression"),
                       .validated = flag(row, "validated")});
}

void add_foreign_key(catalog_table& to, const json::object& row) {
  to.foreign_keys.push_back({.name = text(row, "name"),
                             .columns = texts(row, "columns"),
                             .target_schema = text(row, "target_schema"),
                             .target_table = text(row, "target_table"),
                             .target_columns = texts(row, "target_columns"),
                             .target_types = texts(row, "target_types"),
                             .collations = texts(row, "collations"),
                             .on_delete = action(row, "on_delete"),
                             .on_update = action(row, "on_update"),
                             .set_columns = texts(row, "set_columns"),
                             .match_full = flag(row, "match_full"),
                             .deferrable = flag(row, "deferrable"),
                             .initially_deferred = flag(row, "initially_deferred"),
                             .validated = flag(row, "validated"),
                             .enforced = flag(row, "enforced")});
}

void add_trigger(catalog_table& to, const json::object& row) {
  to.triggers.push_back({.name = text(row, "name"), .enabled = flag(row, "enabled")});
}

void add_rule(catalog_table& to, const json::object& row) {
  to.rules.push_back({.name = text(row, "name"), .enabled = flag(row, "enabled")});
}

class catalog_reader {
 public:
  catalog_reader(const database_url& url, std::string_view schema) : from_(url), schema_(schema) {
    from_.run_script(begin);
    if (!schema_.empty() && from_.execute(catalog_queries::schemas, {schema_}).empty())
      throw error{error_kind::not_found,
                  fmt::format("{} has no schema {}", url.printable(), schema_)};
  }

  catalog read() {
    each(catalog_queries::tables, [this](const json::object& row) {
      places_.emplace(number(row, "owner"), found_.tables.size());
      found_.tables.push_back(made_table(row));
    });
    of_each_table(catalog_queries::columns, add_column);
    of_each_table(catalog_queries::indexes, add_index);
    of_each_table(catalog_queries::checks, add_check);
    of_each_table(catalog_queries::foreign_keys, add_foreign_key);
    of_each_table(catalog_queries::triggers, add_trigger);
    of_each_table(catalog_queries::rules, add_rule);
    each(catalog_queries::views, [this](const json::object& row) {
      found_.views.push_back({text(row, "schema"), text(row, "name")});
    });
    each(catalog_queries::taken_names, [this](const json::object& row) {
      found_.taken_names.push_back({text(row, "schema"), text(row, "name")});
    });
    from_.run_script("COMMIT");
    return std::move(found_);
  }

 private:
  template <class Use>
  void each(const statement& what, Use use) {
    for (const auto& row : from_.execute(what, {schema_}))
      use(parse_stored_json(row.front().value()).as_object());
  }

  void of_each_table(const statement& what, void (*add)(catalog_table&, const json::object&)) {
    each(what, [&](const json::object& row) {
      add(found_.tables[places_.at(number(row, "owner"))], row);
    });
  }

  server_connection from_;
  std::string schema_;
  catalog found_;
  std::unordered_map<std::int64_t, std::size_t> places_;  ///< in the tables, by oid
};

}  // namespace

catalog read_server_catalog(const database_url& url, std::string_view schema) {
  return read_beside_drops([&] { return catalog_reader{url, schema}.read(); });
}

std::vector<std::string> schemas_referring_to(const database_url& url, std::string_view schema) {
  server_connection from{url};
  from.run_script(begin);
  std::vector<std::string> names;
  for (const auto& row : from.execute(catalog_queries::referring_schemas, {schema}))
    names.push_back(row.front().value());
  from.run_script("COMMIT");
  return names;
}

}  // namespace nava::inspection
