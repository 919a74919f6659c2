// SPDX-License-Identifier: Apache-2.0
#include "support/sound_database.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nava/inspection/orphans.hpp>
#include <nava/runtime/verify_workflows.hpp>
#include <nava/schema/ddl.hpp>

#include "support/databases.hpp"
#include "support/replayed.hpp"

namespace nava::test {
namespace {

using faults = std::vector<std::string>;

void check_workflows(persistence::store& store, faults& found) {
  persistence::list_request request{.limit = persistence::list_rows_max};
  do {
    const auto page = store.list(request);
    for (const auto& row : page.workflows)
      for (const std::string& broken : broken_promises(store, row.id))
        found.push_back(fmt::format("workflow {}: {}", schema::to_text(row.id), broken));
    request.after = page.next;
  } while (!request.after.empty());
}

void check_file(const persistence::database_url& url, faults& found) {
  const auto session = raw_sqlite(url.location());
  for (const char* const check : {"PRAGMA integrity_check", "PRAGMA foreign_key_check"})
    for (const auto& row : session->run(check))
      if (row.front() != "ok") found.push_back(fmt::format("{}: {}", check, fmt::join(row, " ")));
}

// Each row is in every index of its table. The extension is of no test alone.
void check_indexes(const persistence::database_url& url, faults& found) {
  const auto session = raw_postgresql(url.location(), url.schema());
  if (session->value("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") != "t") return;
  session->run("BEGIN");
  session->run("SELECT pg_advisory_xact_lock(hashtext('amcheck'))");
  session->run("CREATE EXTENSION IF NOT EXISTS amcheck SCHEMA pg_catalog");
  session->run("COMMIT");
  const auto indexes = session->run(fmt::format(
      "SELECT cast(cast(i.indexrelid AS regclass) AS text) FROM pg_index AS i JOIN pg_class AS c "
      "ON c.oid = i.indexrelid JOIN pg_am AS a ON a.oid = c.relam WHERE c.relkind = 'i' AND "
      "a.amname = 'btree' AND c.relnamespace = cast('{}' AS regnamespace)",
      schema::quoted(url.schema())));
  if (indexes.empty()) found.emplace_back("there are no indexes");
  for (const auto& index : indexes) try {
      session->run(fmt::format("SELECT bt_index_check('{}', true)", index.front()));
    } catch (const std::runtime_error& failure) {
      found.push_back(fmt::format("index {}: {}", index.front(), failure.what()));
    }
}

}  // namespace

std::vector<std::string> damage_in(const persistence::database_url& url) {
  faults found;
  url.backend() == persistence::backend::sqlite ? check_file(url, found)
                                                : check_indexes(url, found);
  return found;
}

std::vector<std::string> faults_in(const persistence::database_url& url) {
  faults found = damage_in(url);
  const auto store = persistence::open_store(url);
  check_workflows(*store, found);
  verify_inbox(*store, [&](std::int64_t seq, const std::string& text) {
    found.push_back(fmt::format("event {}: {}", seq, text));
    return true;
  });
  for (const auto& rows : inspection::find_orphans(url))
    found.push_back(fmt::format("{} has rows without {}: {}{}", rows.table, rows.target,
                                fmt::join(rows.keys, ", "), rows.failure));
  return found;
}

}  // namespace nava::test
