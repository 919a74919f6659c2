// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nava/schema/text.hpp>
#include <thread>

#include "persistence/finished.hpp"
#include "persistence/parts.hpp"

namespace nava::persistence::sqlite {
namespace {

// A unit of work in the form its statements take, checked before the first of them runs.
struct ready_unit {
  explicit ready_unit(const unit_of_work& unit)
      : id(schema::to_text(unit.workflow.id)), read_revision(std::to_string(unit.read_revision)) {
    auto root_row = root_part(unit);
    make_storable(root_row);
    root = unit.read_revision == 0 ? json::serialize(root_row.rows)
                                   : json::serialize(root_row.rows.front());
    std::size_t bytes = root.size();
    for (auto& part : child_parts(unit)) {
      make_storable(part);
      children.push_back(part.rows.empty() ? std::string{} : json::serialize(part.rows));
      bytes += children.back().size();
    }
    check_unit_size(bytes);
  }

  std::string id, read_revision, root;
  std::vector<std::string> children;
};

// While a batch runs nobody else writes, so it is short, and whoever waits gets in before the next:
// threads are woken, other processes look again every few milliseconds.
constexpr std::size_t erased_at_once_max = 100;
constexpr std::chrono::milliseconds turn_of_others{5};

// Connections are opened when they are needed, from wherever the process may be by then.
database_url absolute(const database_url& url) {
  if (url.in_memory()) return url;
  std::error_code failed;
  const auto path = std::filesystem::absolute(url.location(), failed);
  return failed ? url : database_url{"sqlite:" + path.string()};
}

}  // namespace

void expect_file(const database_url& url) {
  if (url.in_memory())
    throw error{error_kind::not_found,
                "a database in memory is empty when it is opened; name a file"};
  std::error_code unreadable;
  if (!std::filesystem::exists(url.location(), unreadable))
    throw error{error_kind::not_found,
                fmt::format("there is no database at {}; make one with: nava migrate --database {}",
                            url.printable(), url.printable())};
}

migration_report make_ready(const database_url& url, const migrator& migrator,
                            store_options::schema_policy policy,
                            std::chrono::milliseconds busy_timeout) {
  const bool expected = policy == store_options::schema_policy::expect;
  if (expected) expect_file(url);
  file_connection connection{url, access::plain, busy_timeout};
  if (!expected) return migrator.migrate(connection, url);
  migrator.expect_current(connection, url);
  return {};
}

file_store::file_store(const database_url& given, const store_options& options)
    : file_store(absolute(given), options, given.in_memory()) {}

file_store::file_store(const database_url& url, const store_options& options, bool in_memory)
    : sql_store(sqlite::queries()),
      migrator_(backend::sqlite, options.schema),
      writer_(
          [url, wait = options.connection_wait] {
            return std::make_unique<file_connection>(url, access::write, wait);
          },
          1, options.connection_wait),
      readers_(
          [url, wait = options.connection_wait] {
            return std::make_unique<file_connection>(url, access::read, wait);
          },
          options.connections_max, options.connection_wait),
      in_memory_(in_memory) {
  if (in_memory_ && options.on_older == store_options::schema_policy::migrate)
    migrator_.migrate(*writer_.acquire(), url);
  else
    make_ready(url, migrator_, options.on_older, options.connection_wait);
}

commit_result file_store::apply(verb root, const unit_of_work& unit) {
  check_unit(unit, root);
  const ready_unit ready{unit};
  const commit_latency::timer timed{latency()};
  const auto connection = writer_.acquire();
  connection->execute(statements_.begin);
  const auto moved =
      root == verb::insert
          ? connection->execute(statements_.create_root, {ready.root})
          : connection->execute(statements_.move_root, {ready.root, ready.id, ready.read_revision});
  if (moved.empty()) return tell_apart(*connection, unit);
  for (std::size_t i = 0; i < ready.children.size(); ++i)
    if (!ready.children[i].empty())
      connection->execute(statements_.children[i], {ready.children[i]});
  connection->execute(statements_.commit);
  return commit_result::applied;
}

commit_result file_store::create(const unit_of_work& unit) { return apply(verb::insert, unit); }

commit_result file_store::commit(const unit_of_work& unit) { return apply(verb::update, unit); }

finished_batch file_store::erase_finished(const finished_request& request) {
  finished_request few = request;
  if (few.workflows <= purge_batch_max) few.workflows = std::min(few.workflows, erased_at_once_max);
  const finished_batch batch = sql_store::erase_finished(few);
  if (batch.workflows > 0 && batch.next) std::this_thread::sleep_for(turn_of_others);
  return batch;
}

finished_batch file_store::erase_batch(connection& on, const finished_arguments& what) const {
  on.run_script("BEGIN IMMEDIATE");
  const auto batch = batch_from(what.execute(on, sql_store::queries().count_finished).at(0));
  if (batch.workflows > 0) (void)what.execute(on, sql_store::queries().erase_finished);
  on.run_script("COMMIT");
  return batch;
}

}  // namespace nava::persistence::sqlite
