// SPDX-License-Identifier: Apache-2.0
#include "persistence/sql_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nava/schema/ddl.hpp>
#include <nava/schema/text.hpp>

#include "persistence/finished.hpp"
#include "persistence/json_text.hpp"
#include "persistence/parts.hpp"
#include "persistence/state_rows.hpp"

namespace nava::persistence {
namespace {

// What both databases take for a LIMIT.
constexpr std::size_t related_limit_max = std::numeric_limits<std::int64_t>::max();

// Descriptions are told apart by where they are: two may give one table different columns.
std::string cache_key(const related_request& what) {
  std::string key = fmt::format("related {} {}{}", fmt::ptr(what.target),
                                schema::quoted_list(what.key), what.limit > 0 ? " limit" : "");
  for (const sort_term& term : what.sort)
    key += fmt::format(" {}{}", schema::quoted(term.column), term.descending ? " desc" : "");
  return key;
}

stored_form form_of(const statement& what) {
  return what.is_binary ? stored_form::record : stored_form::json;
}

}  // namespace

sql_store::sql_store(query_set made, commit_queue::limits commits, row_form form)
    : form_(form),
      queries_(std::move(made)),
      commits_(
          commits, [this](const ready_unit& unit) { return apply(verb::update, unit); },
          [this](std::span<const ready_unit* const> units) { return apply_all(units); }) {}

commit_result sql_store::create(const unit_of_work& unit) {
  const ready_unit ready{unit, verb::insert, form_};
  commit_latency::timer timed{latency_};
  return timed.ended(apply(verb::insert, ready));
}

commit_result sql_store::commit(const unit_of_work& unit) {
  const ready_unit ready{unit, verb::update, form_};
  commit_latency::timer timed{latency_};
  return timed.ended(commits_.commit(ready));
}

std::optional<loaded_workflow> sql_store::load(const uuid& id, std::string_view event_key) {
  check_argument(event_key, "event key");
  const statement& how = queries_.load_by_id;
  auto loaded = loaded_from(reader()->execute(how, {looked_for(event_key), schema::to_text(id)}),
                            form_of(how));
  if (loaded.empty()) return std::nullopt;
  return std::move(loaded.front());
}

std::vector<loaded_workflow> sql_store::load(std::string_view resource_name,
                                             std::string_view resource_id,
                                             std::string_view event_key) {
  check_argument(resource_name, "resource name");
  check_argument(resource_id, "resource id");
  check_argument(event_key, "event key");
  const statement& how = queries_.load_by_resource;
  return loaded_from(reader()->execute(how, {looked_for(event_key), resource_id, resource_name}),
                     form_of(how));
}

std::optional<workflow_history> sql_store::history(const uuid& id) {
  const statement& how = queries_.history;
  return history_from(reader()->execute(how, {schema::to_text(id)}), form_of(how));
}

bool sql_store::erase(const uuid& id) {
  return !writer()->execute_write(queries_.erase, {schema::to_text(id)}).empty();
}

finished_batch sql_store::count_finished(const finished_request& request) {
  const finished_arguments arguments{request};
  return batch_from(arguments.execute(*reader(), queries_.count_finished).at(0));
}

finished_batch sql_store::erase_finished(const finished_request& request) {
  const finished_arguments arguments{request};
  finished_batch batch;
  {
    const auto connection = writer();
    const commit_latency::purge_mark marked{latency_};
    batch = erase_batch(*connection, arguments);
    batch.commits_beside = marked.commits();
  }
  batch.commit_slowdown = latency_.slowdown();
  return batch;
}

std::vector<table_rows> sql_store::count_rows(const uuid& id) {
  return counts_from(reader()->execute(queries_.count_rows, {schema::to_text(id)}));
}

std::vector<schema::workflow> sql_store::list(const list_request& request) {
  const list_arguments arguments{request};
  return workflows_from(reader()->execute(
      queries_.list, {arguments.wfdef_key, arguments.status, arguments.after, arguments.limit}));
}

std::vector<schema::workflow_definition> sql_store::register_definitions(
    std::span<const schema::workflow_definition> definitions) {
  const std::string rows = definition_rows(definitions);
  const auto connection = writer();
  connection->execute_write(queries_.register_definitions, {rows});
  std::vector<schema::workflow_definition> stored;
  for (const auto& definition : definitions)
    stored.push_back(std::move(
        definitions_from(
            connection->execute(queries_.definition,
                                {definition.wfdef_key, std::to_string(definition.wfdef_rev)}))
            .at(0)));
  return stored;
}

std::size_t sql_store::write_rows(const schema::table_description& table, verb what,
                                  json::array rows) {
  if (rows.empty()) return 0;
  if (what == verb::update && table.columns.size() == table.primary_key().columns.size())
    throw error{error_kind::invalid_input,
                fmt::format("{} has no columns beside its primary key to update", table.name)};
  const std::string text = storable_rows(table, what, std::move(rows));
  const statement& how = statements_.get(fmt::format("{} {}", to_text(what), fmt::ptr(&table)),
                                         [&] { return rows_statement(table, what); });
  std::size_t written = 0;
  for (const auto& row : writer()->execute_write(how, {text}))
    written += std::stoul(row.front().value());
  return written;
}

std::vector<json::object> sql_store::related_rows(const related_request& what, json::array keys) {
  if (keys.size() > related_parents_max)
    throw error{error_kind::invalid_input,
                fmt::format("rows related to {} rows at once, {} are allowed; ask in parts",
                            keys.size(), related_parents_max)};
  json::value checked(std::move(keys));
  make_storable(checked, what.target->name);
  const std::string text = json::serialize(checked);
  if (text.size() > related_keys_bytes_max)
    throw error{error_kind::invalid_input,
                fmt::format("the keys of the rows are {} bytes long as JSON, {} are allowed; ask "
                            "in parts",
                            text.size(), related_keys_bytes_max)};
  const std::string limit = std::to_string(std::min(what.limit, related_limit_max));
  const statement& how = statements_.get(cache_key(what), [&] { return related_statement(what); });
  const auto connection = reader();
  const auto found =
      what.limit > 0 ? connection->execute(how, {text, limit}) : connection->execute(how, {text});
  std::vector<json::object> rows;
  rows.reserve(found.size());
  for (const auto& row : found)
    rows.push_back(std::move(parse_stored_json(row.front().value()).as_object()));
  return rows;
}

commit_result sql_store::tell_apart(connection& on, const ready_unit& unit) const {
  const auto earlier =
      on.execute(queries_.was_applied, {schema::to_text(unit.id), std::to_string(unit.cause_seq),
                                        schema::to_text(unit.transaction_id)});
  return earlier.empty() ? commit_result::conflict : commit_result::already_applied;
}

}  // namespace nava::persistence
