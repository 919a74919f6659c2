// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/file_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nava/schema/ddl.hpp>
#include <nava/schema/text.hpp>

#include "persistence/commit/unit_parts.hpp"
#include "persistence/purge/finished_arguments.hpp"
#include "persistence/sqlite/file_agenda.hpp"

namespace nava::persistence::sqlite {
namespace {

// There is one writer.
constexpr std::size_t flights_max = 1;

// While a batch runs nobody else writes, so it is short, and whoever waits gets in before the next:
// threads are woken, other processes look again every few milliseconds.
constexpr std::size_t erased_at_once_max = 100;
constexpr std::chrono::milliseconds turn_of_others{5};

// Connections are opened when they are needed, from wherever the process may be by then.
database_url absolute(const database_url& url) {
  if (url.in_memory()) return url;
  std::error_code failed;
  const auto path = std::filesystem::absolute(url.location(), failed);
  return failed ? url : database_url{"sqlite:" + path.string(), url.schema()};
}

// Migrates the file, or only looks whether it is there and current. A file that is refused is left
// as it is.
void make_ready(const database_url& url, const migrator& migrator, const store_options& options) {
  const bool expected = options.on_older == store_options::schema_policy::expect;
  if (expected) expect_file(url);
  file_connection connection{url, access::plain, options.connection_wait, {}, options.logger};
  if (expected)
    migrator.expect_current(connection, url);
  else
    migrator.migrate(connection, url);
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

file_store::file_store(const database_url& given, const store_options& options,
                       const connection_wrap& wrap)
    : file_store(absolute(given), options, wrap, given.in_memory()) {}

file_store::file_store(const database_url& url, const store_options& options,
                       const connection_wrap& wrap, bool in_memory)
    : sql_store(sqlite::queries(options.tombstones), options, flights_max, row_form::values),
      migrator_(url),
      writer_(
          [this, url, wrap, wait = options.connection_wait, log = options.logger](deadline limit) {
            return wrapped(wrap, std::make_unique<file_connection>(
                                     url, access::write, limit.remaining(wait), identity_, log));
          },
          1, options.connection_wait),
      readers_(
          [this, url, wrap, wait = options.connection_wait, log = options.logger](deadline limit) {
            return wrapped(wrap, std::make_unique<file_connection>(
                                     url, access::read, limit.remaining(wait), identity_, log));
          },
          options.connections_max, options.connection_wait),
      in_memory_(in_memory),
      clock_(options.clock) {
  if (in_memory_ && options.on_older == store_options::schema_policy::migrate) {
    const auto connection = writer_.acquire();
    migrator_.migrate(*connection, url);
    if (!options.extensions.tables.empty())
      connection->run_script(
          schema::create_statements(options.extensions, schema::dialect::sqlite));
    return;
  }
  make_ready(url, migrator_, options);
  identity_ = identity_of(url.location());
}

timestamp file_store::now() const {
  if (clock_) return clock_();
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

bool file_store::write(connection& on, verb root, const ready_unit& unit) {
  const auto run = [&on](const statement& how, const row_values& values) {
    const std::vector<connection::argument> arguments{values.begin(), values.end()};
    return on.execute(how, arguments);
  };
  if (!has_expected_tasks(on, statements_.agenda, unit)) return false;
  if (root == verb::update && !unit.moves_in_indexes) {
    std::vector<connection::argument> arguments;
    for (const std::size_t i : statements_.values_in_place)
      arguments.emplace_back(unit.root_values[i]);
    if (on.execute(statements_.move_root_in_place, arguments).empty()) return false;
  } else if (run(root == verb::insert ? statements_.create_root : statements_.move_root,
                 unit.root_values)
                 .empty()) {
    return false;
  }
  for (std::size_t i = 0; i < unit.child_values.size(); ++i)
    for (const row_values& row : unit.child_values[i]) run(statements_.children[i], row);
  for (const auto& [table, rows] : unit.extensions)
    on.execute(kept_rows_statement(*table, verb::insert), {rows});
  follow_tasks(on, statements_.agenda, unit, now());
  return true;
}

commit_result file_store::apply(verb root, const ready_unit& unit, deadline limit) {
  const auto connection = writer_.acquire(limit);
  connection->execute(statements_.begin);
  if (!write(*connection, root, unit)) {
    // It ends with a look at the file: what was found in one that is gone is no answer.
    const commit_result found = tell_apart(*connection, unit);
    connection->execute_write(statements_.commit, {});
    return found;
  }
  if (root == verb::insert) expect_no_tombstone(*connection, unit.id);
  connection->execute_write(statements_.commit, {});
  return commit_result::applied;
}

std::vector<bool> file_store::apply_all(std::span<const ready_unit* const> units, deadline limit) {
  const auto connection = writer_.acquire(limit);
  connection->execute(statements_.begin);
  std::vector<bool> applied;
  for (const ready_unit* unit : units) applied.push_back(write(*connection, verb::update, *unit));
  connection->execute_write(statements_.commit, {});
  return applied;
}

bool file_store::erase_alone(connection& on, const std::string& id) const {
  if (!tombstones().is_on()) return sql_store::erase_alone(on, id);
  on.execute(statements_.begin);
  const bool was_there = erase_within(on, id);
  on.execute_write(statements_.commit, {});
  return was_there;
}

bool file_store::erase_within(connection& on, const std::string& id) const {
  if (tombstones().is_on())
    on.execute(sql_store::queries().tombstones.insert, {id, tombstone_end()});
  return sql_store::erase_within(on, id);
}

std::optional<std::string> file_store::tombstone_end() const {
  return own_time_text(tombstones().keep_for);
}

std::vector<table_rows> file_store::erase_counted(const uuid& id, deadline limit) {
  const auto connection = writer_.acquire(limit);
  connection->execute(statements_.begin);
  auto counts = sql_store::erase_counted(*connection, id);
  connection->execute_write(statements_.commit, {});
  return counts;
}

finished_batch file_store::erase_finished(const finished_request& request) {
  finished_request few = request;
  if (few.workflows <= purge_batch_max) few.workflows = std::min(few.workflows, erased_at_once_max);
  finished_batch batch = sql_store::erase_finished(few);
  batch.commits_beside = 0;  // They wait for the batch, and have their turn after it.
  batch.workflows_max = erased_at_once_max;
  batch.turn_of_others = turn_of_others;
  return batch;
}

finished_batch file_store::erase_batch(connection& on, const finished_arguments& what) const {
  on.execute(statements_.begin);
  const auto batch = batch_from(what.execute(on, sql_store::queries().count_finished).at(0));
  if (batch.workflows > 0 && tombstones().is_on())
    (void)what.execute_with(on, sql_store::queries().tombstones.insert_of_finished,
                            tombstone_end());
  if (batch.workflows > 0) (void)what.execute(on, sql_store::queries().erase_finished);
  on.execute_write(statements_.commit, {});
  return batch;
}

}  // namespace nava::persistence::sqlite
