// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/store.hpp"

#include <nava/persistence/store.hpp>
#include <nava/schema/rules.hpp>

#include "persistence/migration.hpp"
#include "persistence/postgresql/connection.hpp"
#include "persistence/sqlite/store.hpp"

namespace nava::persistence {
namespace {

void check_options(const store_options& options) {
  if (!schema::rules::is_legal_identifier(options.schema))
    throw error{error_kind::invalid_input,
                "a database schema name is [a-z_][a-z0-9_]* and at most 63 bytes long"};
}

}  // namespace

std::unique_ptr<store> open_store(const database_url& url, const store_options& options) {
  check_options(options);
  if (url.backend() == backend::postgresql)
    return std::make_unique<postgresql::server_store>(url, options);
  return std::make_unique<sqlite::file_store>(url, options);
}

migration_report migrate(const database_url& url, const store_options& options) {
  check_options(options);
  const migrator migrator{url.backend(), options.schema};
  if (url.backend() == backend::postgresql) {
    postgresql::server_connection connection{url};
    return migrator.migrate(connection, url);
  }
  return sqlite::make_ready(url, migrator, store_options::schema_policy::migrate,
                            options.connection_wait);
}

}  // namespace nava::persistence
