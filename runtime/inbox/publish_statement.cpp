// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/runtime/inbox.hpp>
#include <nava/schema/ddl.hpp>

#include "persistence/inbox/inbox_statements.hpp"
#include "runtime/inbox/event_delivery.hpp"

namespace nava {
namespace {

std::string placeholder(sql_client client, std::string_view name, std::size_t place) {
  switch (client) {
    case sql_client::libpq:
      return fmt::format("${}", place);
    case sql_client::soci:
      return fmt::format(":{}", name);
    case sql_client::sqlite3:
      return fmt::format("?{}", place);
  }
  return {};
}

}  // namespace

sql_statement publish_statement(const event& happened, sql_client client, std::string_view schema) {
  const schema::workflow_inbox row = inbox_row(happened);
  persistence::event_arguments given{row};
  sql_statement made;
  made.parameters = {{"event_key", row.event_key},
                     {"event_name", row.event_name},
                     {"resource_name", row.resource_name},
                     {"resource_id", row.resource_id},
                     {"event_data", std::move(given.data)},
                     {"event_args", std::move(given.args)},
                     {"selector", std::move(given.selector)},
                     {"at", std::move(given.at)},
                     {"actor", row.actor}};
  std::string columns, values;
  for (std::size_t i = 0; i < made.parameters.size(); ++i) {
    const std::string& name = made.parameters[i].name;
    persistence::append(columns, ", ", name);
    persistence::append(values, ", ", placeholder(client, name, i + 1));
  }
  made.text = fmt::format("INSERT INTO {}workflow_inbox ({}) VALUES ({})",
                          schema.empty() ? "" : schema::quoted(schema) + ".", columns, values);
  return made;
}

}  // namespace nava
