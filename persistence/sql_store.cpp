// SPDX-License-Identifier: Apache-2.0
#include "persistence/sql_store.hpp"

#include <nava/schema/text.hpp>

#include "persistence/parts.hpp"
#include "persistence/state_json.hpp"

namespace nava::persistence {

std::optional<loaded_workflow> sql_store::load(const uuid& id, std::string_view event_key) {
  check_argument(event_key, "event key");
  auto loaded = loaded_from(
      reader()->execute(queries_.load_by_id, {looked_for(event_key), schema::to_text(id)}));
  if (loaded.empty()) return std::nullopt;
  return std::move(loaded.front());
}

std::vector<loaded_workflow> sql_store::load(std::string_view resource_name,
                                             std::string_view resource_id,
                                             std::string_view event_key) {
  check_argument(resource_name, "resource name");
  check_argument(resource_id, "resource id");
  check_argument(event_key, "event key");
  return loaded_from(reader()->execute(queries_.load_by_resource,
                                       {looked_for(event_key), resource_id, resource_name}));
}

std::optional<workflow_history> sql_store::history(const uuid& id) {
  return history_from(reader()->execute(queries_.history, {schema::to_text(id)}));
}

bool sql_store::erase(const uuid& id) {
  return !writer()->execute_write(queries_.erase, {schema::to_text(id)}).empty();
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
  auto part = definition_part(definitions);
  make_storable(part);
  const std::string rows = json::serialize(part.rows);
  check_unit_size(rows.size());
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

commit_result sql_store::tell_apart(connection& on, const unit_of_work& unit) const {
  const auto earlier = on.execute(
      queries_.was_applied, {schema::to_text(unit.workflow.id), std::to_string(cause_seq(unit)),
                             schema::to_text(unit.transaction_id)});
  return earlier.empty() ? commit_result::conflict : commit_result::already_applied;
}

}  // namespace nava::persistence
