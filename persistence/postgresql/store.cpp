// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/store.hpp"

#include <fmt/format.h>

#include <nava/schema/row.hpp>

#include "persistence/parts.hpp"
#include "persistence/postgresql/connection.hpp"
#include "persistence/state_json.hpp"

namespace nava::persistence::postgresql {
namespace {

void add(json::object& document, unit_part part) {
  if (part.rows.empty()) return;
  make_storable(part);
  json::value& tables = document[to_text(part.what)];
  if (!tables.is_object()) tables.emplace_object();
  tables.get_object().emplace(part.table->name, std::move(part.rows));
}

std::string document_of(const unit_of_work& unit) {
  json::object document;
  add(document, root_part(unit));
  for (auto& part : child_parts(unit)) add(document, std::move(part));
  std::string text = json::serialize(document);
  check_unit_size(text.size());
  return text;
}

}  // namespace

server_store::server_store(const database_url& url, const store_options& options)
    : statements_(options.schema),
      migrator_(backend::postgresql, options.schema),
      pool_([url] { return std::make_unique<server_connection>(url); }, options.connections_max,
            options.connection_wait) {
  const auto connection = pool_.acquire();
  if (options.on_older == store_options::schema_policy::migrate)
    migrator_.migrate(*connection, url);
  else
    migrator_.expect_current(*connection, url);
}

commit_result server_store::apply(const statement& how, const unit_of_work& unit) {
  check_unit(unit, &how == &statements_.create ? verb::insert : verb::update);
  const std::string seq = std::to_string(cause_seq(unit));
  const std::string document = document_of(unit);
  const auto connection = pool_.acquire();
  try {
    if (!connection->execute(how, {document}).empty()) return commit_result::applied;
  } catch (const error& failure) {
    if (failure.kind() != error_kind::connection_lost) throw;
    throw error{error_kind::outcome_unknown, std::string{to_text(error_kind::outcome_unknown)},
                failure.sqlstate()};
  }
  const auto earlier = connection->execute(
      statements_.was_applied,
      {schema::to_text(unit.workflow.id), seq, schema::to_text(unit.transaction_id)});
  return earlier.empty() ? commit_result::conflict : commit_result::already_applied;
}

commit_result server_store::create(const unit_of_work& unit) {
  return apply(statements_.create, unit);
}

commit_result server_store::commit(const unit_of_work& unit) {
  return apply(statements_.commit, unit);
}

std::optional<loaded_workflow> server_store::load(const uuid& id, std::string_view event_key) {
  check_argument(event_key, "event key");
  auto loaded = loaded_from(pool_.acquire()->execute(statements_.load_by_id,
                                                     {looked_for(event_key), schema::to_text(id)}));
  if (loaded.empty()) return std::nullopt;
  return std::move(loaded.front());
}

std::vector<loaded_workflow> server_store::load(std::string_view resource_name,
                                                std::string_view resource_id,
                                                std::string_view event_key) {
  check_argument(resource_name, "resource name");
  check_argument(resource_id, "resource id");
  check_argument(event_key, "event key");
  return loaded_from(pool_.acquire()->execute(statements_.load_by_resource,
                                              {looked_for(event_key), resource_id, resource_name}));
}

std::optional<workflow_history> server_store::history(const uuid& id) {
  return history_from(pool_.acquire()->execute(statements_.history, {schema::to_text(id)}));
}

bool server_store::erase(const uuid& id) {
  return !pool_.acquire()->execute(statements_.erase, {schema::to_text(id)}).empty();
}

std::vector<table_rows> server_store::count_rows(const uuid& id) {
  return counts_from(pool_.acquire()->execute(statements_.count_rows, {schema::to_text(id)}));
}

std::vector<schema::workflow> server_store::list(const list_request& request) {
  const list_arguments arguments{request};
  return workflows_from(pool_.acquire()->execute(
      statements_.list, {arguments.wfdef_key, arguments.status, arguments.after, arguments.limit}));
}

std::vector<schema::workflow_definition> server_store::register_definitions(
    std::span<const schema::workflow_definition> definitions) {
  json::object document;
  add(document, definition_part(definitions));
  const std::string text = json::serialize(document);
  check_unit_size(text.size());
  const auto connection = pool_.acquire();
  connection->execute(statements_.register_definitions, {text});
  std::vector<schema::workflow_definition> stored;
  for (const auto& definition : definitions)
    stored.push_back(std::move(
        definitions_from(
            connection->execute(statements_.definition,
                                {definition.wfdef_key, std::to_string(definition.wfdef_rev)}))
            .at(0)));
  return stored;
}

}  // namespace nava::persistence::postgresql
