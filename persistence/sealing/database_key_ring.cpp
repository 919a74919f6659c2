// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <map>
#include <nava/persistence/key_ring.hpp>
#include <nava/persistence/purge.hpp>
#include <nava/schema/ddl.hpp>
#include <nava/schema/text.hpp>
#include <nava/workflow/error.hpp>

#include "persistence/connection/connection_pool.hpp"
#include "persistence/connection/schema_name.hpp"
#include "persistence/log.hpp"
#include "persistence/postgresql/connection/server_connection.hpp"
#include "persistence/sqlite/connection/file_connection.hpp"

namespace nava::persistence {
namespace {

using namespace fmt::literals;

// Keys are kept as 64 hex digits, ids in lower case, by both databases.
struct ring_statements {
  std::string make_table;
  std::string has_workflows;  ///< a row if the database has workflows
  std::string has_table;      ///< a row if the table is there
  statement find;             ///< ids as JSON -> id, secret
  statement make;             ///< [id, secret]… as JSON -> id, secret, of all
  statement destroy;          ///< ids as JSON, seconds -> a row for each
  statement list;             ///< seconds, after, limit -> id
};

ring_statements statements_on_server(const std::string& schema) {
  const std::string table = schema::quoted(schema) + ".workflow_key";
  const auto filled = [&](std::string_view sql) {
    return fmt::format(fmt::runtime(sql), "schema"_a = schema::quoted(schema), "table"_a = table);
  };
  return {filled(R"(CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {table} (
  workflow_id uuid CONSTRAINT pk_workflow_key PRIMARY KEY,
  secret text NOT NULL,
  ts_made timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()))"),
          "SELECT 1 FROM pg_catalog.pg_class WHERE relname = 'workflow_mutation' LIMIT 1",
          filled("SELECT 1 FROM pg_catalog.pg_class WHERE oid = to_regclass('{table}')"),
          {filled(R"(SELECT workflow_id, secret FROM {table}
WHERE workflow_id = ANY (ARRAY(
  SELECT cast(i.id AS uuid) FROM jsonb_array_elements_text(cast(:ids AS jsonb)) AS i(id))))"),
           {"ids"},
           2},
          // In one order, so that two callers wait for each other and do not deadlock.
          {filled(R"(INSERT INTO {table} (workflow_id, secret)
SELECT cast(r.made ->> 0 AS uuid), r.made ->> 1
FROM jsonb_array_elements(cast(:rows AS jsonb)) AS r(made)
ORDER BY 1
ON CONFLICT (workflow_id) DO UPDATE SET ts_made = pg_catalog.clock_timestamp()
RETURNING workflow_id, secret)"),
           {"rows"},
           2},
          {filled(R"(DELETE FROM {table}
WHERE workflow_id = ANY (ARRAY(
  SELECT cast(i.id AS uuid) FROM jsonb_array_elements_text(cast(:ids AS jsonb)) AS i(id)))
  AND ts_made <= pg_catalog.clock_timestamp() - make_interval(secs => cast(:age AS bigint))
RETURNING workflow_id)"),
           {"ids", "age"},
           1},
          {filled(R"(SELECT workflow_id FROM {table}
WHERE workflow_id > coalesce(cast(:after AS uuid), '00000000-0000-0000-0000-000000000000')
  AND ts_made <= pg_catalog.clock_timestamp() - make_interval(secs => cast(:age AS bigint))
ORDER BY workflow_id
LIMIT cast(:limit AS bigint))"),
           {"age", "after", "limit"},
           1}};
}

ring_statements statements_in_file() {
  return {
      R"(CREATE TABLE IF NOT EXISTS workflow_key (
  workflow_id TEXT NOT NULL CONSTRAINT pk_workflow_key PRIMARY KEY,
  secret TEXT NOT NULL,
  ts_made INTEGER NOT NULL) WITHOUT ROWID)",
      "SELECT 1 FROM sqlite_master WHERE name = 'workflow_mutation'",
      "SELECT 1 FROM sqlite_master WHERE name = 'workflow_key'",
      {R"(SELECT workflow_id, secret FROM workflow_key
WHERE workflow_id IN (SELECT value FROM json_each(:ids)))",
       {"ids"},
       2},
      {R"(INSERT INTO workflow_key (workflow_id, secret, ts_made)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'),
  cast(strftime('%s', 'now') AS INTEGER)
FROM json_each(:rows)
WHERE true
ON CONFLICT (workflow_id) DO UPDATE SET ts_made = excluded.ts_made
RETURNING workflow_id, secret)",
       {"rows"},
       2},
      {R"(DELETE FROM workflow_key
WHERE workflow_id IN (SELECT value FROM json_each(:ids))
  AND ts_made <= cast(strftime('%s', 'now') AS INTEGER) - cast(:age AS INTEGER)
RETURNING workflow_id)",
       {"ids", "age"},
       1},
      {R"(SELECT workflow_id FROM workflow_key
WHERE workflow_id > coalesce(:after, '')
  AND ts_made <= cast(strftime('%s', 'now') AS INTEGER) - cast(:age AS INTEGER)
ORDER BY workflow_id
LIMIT cast(:limit AS INTEGER))",
       {"age", "after", "limit"},
       1}};
}

const statement truncate_log{"PRAGMA wal_checkpoint(TRUNCATE)", {}, 3};

std::string hex_of(const workflow_key& key) {
  std::string text;
  for (const std::uint8_t octet : key.octets()) text += fmt::format("{:02x}", octet);
  return text;
}

workflow_key key_in(std::string_view hex) {
  std::array<std::uint8_t, workflow_key::size> octets{};
  if (hex.size() != 2 * octets.size() ||
      hex.find_first_not_of("0123456789abcdef") != std::string_view::npos)
    throw unreadable_value{"workflow_key.secret is no key: it has 64 hex digits"};
  const auto digit = [&](std::size_t at) {
    return static_cast<unsigned>(hex[at] <= '9' ? hex[at] - '0' : hex[at] - 'a' + 10);
  };
  for (std::size_t i = 0; i < octets.size(); ++i)
    octets[i] = static_cast<std::uint8_t>(digit(2 * i) << 4 | digit(2 * i + 1));
  return workflow_key{octets};
}

std::string ids_text(std::span<const uuid> ids) {
  if (ids.size() > keys_at_once_max)
    throw error{
        error_kind::invalid_input,
        fmt::format("keys of {} workflows at once, {} are allowed", ids.size(), keys_at_once_max)};
  json::array texts;
  for (const uuid& id : ids) texts.emplace_back(schema::to_text(id));
  return json::serialize(texts);
}

void make_file(const database_url& url) {
  const int made = ::open(url.location().c_str(), O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made >= 0) ::close(made);
}

// Whoever may read the file may read what the keys seal.
void expect_private(const database_url& url) {
  using std::filesystem::perms;
  std::error_code unknown;
  const perms may = std::filesystem::status(url.location(), unknown).permissions();
  if (!unknown && (may & (perms::group_all | perms::others_all)) != perms::none)
    throw error{
        error_kind::invalid_input,
        fmt::format("others may read {}, which has keys; run: chmod 600 on it", url.printable())};
}

error no_ring(const database_url& url) {
  return {error_kind::not_found,
          fmt::format("there is no key ring at {}; make one with: nava migrate --keys {}",
                      url.printable(), url.printable())};
}

class database_key_ring : public key_ring {
 public:
  database_key_ring(const database_url& url, const key_ring_options& options)
      : is_file_(url.backend() == backend::sqlite),
        statements_(is_file_ ? statements_in_file() : statements_on_server(url.schema())),
        call_timeout_(options.call_timeout),
        connections_(
            [url, log = logger_or_default(options.logger), wait = options.call_timeout,
             is_file = is_file_](deadline limit) -> std::unique_ptr<connection> {
              if (!is_file) return std::make_unique<postgresql::server_connection>(url, limit, log);
              auto file = std::make_unique<sqlite::file_connection>(
                  url, sqlite::access::write, limit.remaining(wait), std::nullopt, log);
              // What is deleted is overwritten.
              file->run_script("PRAGMA secure_delete = ON");
              return file;
            },
            is_file_ ? 1 : options.connections_max, options.call_timeout) {
    const auto connection = connections_.acquire(of_call({}));
    if (!connection->execute({statements_.has_workflows, {}, 1}).empty())
      throw error{error_kind::invalid_input,
                  fmt::format("{} has workflows; keep their keys in a database with other backups",
                              url.printable())};
    if (is_file_ && !url.in_memory()) expect_private(url);
    make_table(*connection, url, options.expect);
  }

  std::vector<std::optional<workflow_key>> find(std::span<const uuid> ids,
                                                deadline limit) override {
    return find_on(*connections_.acquire(of_call(limit)), ids);
  }

  std::vector<workflow_key> make(std::span<const uuid> ids, deadline limit) override {
    (void)ids_text(ids);
    json::array rows;
    for (const uuid& id : ids)
      rows.push_back(json::array{schema::to_text(id), hex_of(workflow_key::random())});
    std::vector<workflow_key> made;
    for (const auto& key :
         in_order(ids, connections_.acquire(of_call(limit))
                           ->execute_write(statements_.make, {json::serialize(rows)})))
      made.push_back(key.value());
    return made;
  }

  std::size_t destroy(std::span<const uuid> ids, std::chrono::seconds age,
                      deadline limit) override {
    const std::string all = ids_text(ids);
    const auto connection = connections_.acquire(of_call(limit));
    const std::size_t destroyed =
        connection->execute_write(statements_.destroy, {all, std::to_string(age.count())}).size();
    // The log of SQLite has the pages as they were, until nobody reads them any more.
    if (is_file_ && connection->execute(truncate_log).at(0).at(0) != "0")
      throw error{error_kind::contention,
                  "the keys are destroyed, and a copy of them stays in the log of the key ring "
                  "while another program reads it; try again"};
    return destroyed;
  }

  std::vector<uuid> list(std::chrono::seconds age, const std::optional<uuid>& after,
                         deadline limit) override {
    std::optional<std::string> place;
    if (after) place = schema::to_text(*after);
    const auto connection = connections_.acquire(of_call(limit));
    std::vector<uuid> ids;
    for (const auto& row : connection->execute(
             statements_.list,
             {std::to_string(age.count()), place, std::to_string(keys_at_once_max)}))
      ids.push_back(schema::parse_uuid(row.at(0).value()).value());
    return ids;
  }

 private:
  [[nodiscard]] deadline of_call(deadline given) const {
    return given.value_or(deadline::in(call_timeout_));
  }

  [[nodiscard]] std::vector<std::optional<workflow_key>> find_on(connection& on,
                                                                 std::span<const uuid> ids) const {
    return in_order(ids, on.execute(statements_.find, {ids_text(ids)}));
  }

  static std::vector<std::optional<workflow_key>> in_order(
      std::span<const uuid> ids, const std::vector<connection::row>& rows) {
    std::map<std::string, workflow_key> by_id;
    for (const auto& row : rows) by_id.emplace(row.at(0).value(), key_in(row.at(1).value()));
    std::vector<std::optional<workflow_key>> found;
    for (const uuid& id : ids) {
      const auto key = by_id.find(schema::to_text(id));
      found.push_back(key == by_id.end() ? std::nullopt : std::optional{key->second});
    }
    return found;
  }

  // A role that may make no table can use one that is there. Two programs may make it at once.
  void make_table(connection& on, const database_url& url, bool expect) const {
    const statement has_table{statements_.has_table, {}, 1};
    if (!on.execute(has_table).empty()) return;
    if (expect) throw no_ring(url);
    try {
      on.run_script(statements_.make_table);
    } catch (const error&) {
      if (!on.make_idle() || on.execute(has_table).empty()) throw;
    }
  }

  const bool is_file_;
  const ring_statements statements_;
  const std::chrono::milliseconds call_timeout_;
  connection_pool connections_;
};

}  // namespace

std::unique_ptr<key_ring> open_key_ring(const database_url& url, const key_ring_options& options) {
  check_schema_name(url);
  if (options.call_timeout <= std::chrono::milliseconds{0} || options.connections_max == 0)
    throw error{error_kind::invalid_input,
                "key_ring_options has a call_timeout and connections_max of at least 1"};
  if (url.backend() == backend::sqlite && !url.in_memory()) {
    if (options.expect && !std::filesystem::exists(url.location())) throw no_ring(url);
    make_file(url);
  }
  return std::make_unique<database_key_ring>(url, options);
}

}  // namespace nava::persistence
