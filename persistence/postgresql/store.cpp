// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/store.hpp"

#include "persistence/finished.hpp"
#include "persistence/parts.hpp"
#include "persistence/postgresql/connection.hpp"

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
    : sql_store(postgresql::queries(options.schema)),
      schema_(options.schema),
      statements_(options.schema),
      migrator_(backend::postgresql, options.schema),
      pool_([url] { return std::make_unique<server_connection>(url); }, options.connections_max,
            options.connection_wait) {
  const auto connection = pool_.acquire();
  if (options.on_older == store_options::schema_policy::migrate)
    migrator_.migrate(*connection, url);
  else
    migrator_.expect_current(*connection, url);
}

commit_result server_store::apply(verb root, const unit_of_work& unit) {
  check_unit(unit, root);
  const statement& how = root == verb::insert ? statements_.create : statements_.commit;
  const std::string document = document_of(unit);
  const commit_latency::timer timed{latency()};
  const auto connection = pool_.acquire();
  if (!connection->execute_write(how, {document}).empty()) return commit_result::applied;
  return tell_apart(*connection, unit);
}

commit_result server_store::create(const unit_of_work& unit) { return apply(verb::insert, unit); }

commit_result server_store::commit(const unit_of_work& unit) { return apply(verb::update, unit); }

finished_batch server_store::erase_batch(connection& on, const finished_arguments& what) const {
  const auto row = what.execute_write(on, sql_store::queries().erase_finished).at(0);
  finished_batch batch = batch_from(row);
  const std::size_t picked = batch.workflows;
  batch.workflows = std::stoul(row.at(2).value());
  batch.skipped = picked - batch.workflows;
  return batch;
}

}  // namespace nava::persistence::postgresql
