// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/persistence/store.hpp>

#include "persistence/connection/schema_name.hpp"
#include "persistence/log.hpp"
#include "persistence/migration/migrator.hpp"
#include "persistence/postgresql/connection/server_connection.hpp"
#include "persistence/postgresql/partitions/partition_tables.hpp"
#include "persistence/postgresql/server_store.hpp"
#include "persistence/sqlite/file_store.hpp"

namespace nava::persistence {
namespace {

wanted_layout wanted_by(const database_url& url, const store_options& options) {
  if (options.layout == layout::plain) return {};
  if (url.backend() == backend::sqlite)
    throw error{error_kind::invalid_input,
                "SQLite has no partitions; leave the layout out, or take a PostgreSQL database"};
  return postgresql::wanted_partitions(url.schema(), options.partition_every);
}

migrator made_migrator(const database_url& url, const store_options& options,
                       const migration_set& set) {
  check_schema_name(url);
  // The tables of an application lie as it made them.
  if (&set != &nava_migrations()) return migrator{url, set};
  return migrator{url, set, wanted_by(url, options)};
}

// A connection to migrate on or to look at migrations with.
std::unique_ptr<connection> connect(const database_url& url, const store_options& options,
                                    sqlite::access how) {
  if (url.backend() == backend::postgresql)
    return std::make_unique<postgresql::server_connection>(url, deadline::never(), options.logger);
  return std::make_unique<sqlite::file_connection>(url, how, options.connection_wait, std::nullopt,
                                                   options.logger);
}

// SQLite would make a file that is missing.
void expect_database(const database_url& url) {
  if (url.backend() == backend::sqlite) sqlite::expect_file(url);
}

// Tables that are made again would be open to all companies.
void expect_shared_tables(connection& on, const database_url& url) {
  const statement separated{
      "SELECT 1 FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = "
      "c.relnamespace WHERE n.nspname = :schema AND c.relname = 'workflow' AND c.relrowsecurity",
      {"schema"},
      1};
  if (!on.execute(separated, {url.schema()}).empty())
    throw error{error_kind::invalid_input,
                fmt::format("companies are separated in schema {}: going down would make tables "
                            "that are open to all; turn row security off first",
                            url.schema())};
}

}  // namespace

std::unique_ptr<store> open_store(const database_url& url, const store_options& given) {
  using policy = store_options::schema_policy;
  store_options options = given;
  options.logger = logger_or_default(given.logger);
  // A file is its application's own. Tables on a server are shared: with other processes, perhaps
  // of another version, and with roles that may not make any.
  if (options.on_older == policy::by_database)
    options.on_older = url.backend() == backend::sqlite ? policy::migrate : policy::expect;
  check_schema_name(url);
  if (!options.extensions.tables.empty() &&
      (!url.in_memory() || options.on_older == policy::expect))
    throw error{error_kind::invalid_input,
                "tables of the application are made in a database in memory alone; elsewhere its "
                "migrations make them"};
  if (url.backend() == backend::postgresql) {
    if (options.clock)
      throw error{error_kind::invalid_input,
                  "a server has a clock of its own; leave store_options::clock out"};
    return std::make_unique<postgresql::server_store>(url, options);
  }
  (void)wanted_by(url, options);
  return std::make_unique<sqlite::file_store>(url, options);
}

migration_report migrate(const database_url& url, const store_options& options) {
  return migrate(url, options, nava_migrations());
}

migration_report migrate(const database_url& url, const store_options& options,
                         const migration_set& set) {
  const migrator migrator = made_migrator(url, options, set);
  // Only Nava's own tables make a file: those of an application come after them.
  if (&set != &nava_migrations()) expect_database(url);
  return migrator.migrate(*connect(url, options, sqlite::access::plain), url);
}

migration_report migrate_to(const database_url& url, int version, data_loss rows,
                            const store_options& options, const migration_set& set) {
  const migrator migrator = made_migrator(url, options, set);
  if (version == 0 || &set != &nava_migrations()) expect_database(url);
  const auto connection = connect(url, options, sqlite::access::plain);
  if (url.backend() == backend::postgresql && &set == &nava_migrations() &&
      version < migrator.state(*connection).version)
    expect_shared_tables(*connection, url);
  return migrator.migrate_to(*connection, url, version, rows);
}

migration_state read_migrations(const database_url& url, const store_options& options,
                                const migration_set& set) {
  const migrator migrator = made_migrator(url, options, set);
  expect_database(url);
  return migrator.state(*connect(url, options, sqlite::access::read));
}

}  // namespace nava::persistence
