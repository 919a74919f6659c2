// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/store.hpp"

#include "persistence/parts.hpp"
#include "persistence/postgresql/connection.hpp"
#include "persistence/postgresql/partitions.hpp"

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

// A plan for given parameters has fewer partitions, so the server would rather make one each time,
// which takes longer than the statement; and that for all of them looks dear enough to it to be
// compiled. Each only where nobody has set it.
constexpr const char* partitioned_setup =
    "SELECT set_config(name, value, false) FROM (VALUES ('plan_cache_mode', 'force_generic_plan'), "
    "('jit', 'off')) AS ours (name, value) JOIN pg_settings USING (name) WHERE source = 'default'";

std::unique_ptr<server_connection> connected(const database_url& url, layout layout) {
  auto made = std::make_unique<server_connection>(url);
  if (layout == layout::partitioned) made->run_script(partitioned_setup);
  return made;
}

// The statements depend on it, so it is known before the first of them is written.
layout layout_at(const database_url& url, const store_options& options) {
  const bool may_migrate = options.on_older == store_options::schema_policy::migrate;
  wanted_layout wanted;
  if (may_migrate && options.layout == layout::partitioned)
    wanted = wanted_partitions(options.schema, options.partition_every);
  const migrator migrator{backend::postgresql, options.schema, nava_migrations(), wanted};
  server_connection on{url};
  if (may_migrate)
    migrator.migrate(on, url);
  else
    migrator.expect_current(on, url);
  return migrator.state(on).layout;
}

}  // namespace

server_store::server_store(const database_url& url, const store_options& options)
    : server_store(url, options, layout_at(url, options)) {}

server_store::server_store(const database_url& url, const store_options& options, layout layout)
    : sql_store(queries(options.schema, layout)),
      schema_(options.schema),
      statements_(options.schema, layout),
      pool_([url, layout] { return connected(url, layout); }, options.connections_max,
            options.connection_wait) {}

commit_result server_store::apply(verb root, const unit_of_work& unit) {
  check_unit(unit, root);
  const statement& how = root == verb::insert ? statements_.create : statements_.commit;
  const std::string document = document_of(unit);
  const auto connection = pool_.acquire();
  if (!connection->execute_write(how, {document}).empty()) return commit_result::applied;
  return tell_apart(*connection, unit);
}

commit_result server_store::create(const unit_of_work& unit) { return apply(verb::insert, unit); }

commit_result server_store::commit(const unit_of_work& unit) { return apply(verb::update, unit); }

}  // namespace nava::persistence::postgresql
