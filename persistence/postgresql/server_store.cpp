// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/server_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <mutex>
#include <nava/schema/text.hpp>
#include <nava/workflow/id.hpp>
#include <set>

#include "persistence/commit/unit_parts.hpp"
#include "persistence/postgresql/connection/server_connection.hpp"
#include "persistence/postgresql/connection/server_listener.hpp"
#include "persistence/postgresql/partitions/partition_tables.hpp"
#include "persistence/postgresql/statements/lock_holders.hpp"
#include "persistence/purge/finished_arguments.hpp"

namespace nava::persistence::postgresql {
namespace {

// Two keep a server of any size busy: while one waits for the disk, the other computes.
constexpr std::size_t flights_max = 2;

// Each is a plan on each connection: a third of a megabyte, with partitions a whole one.
// Applications make few kinds of decisions; one that makes more gets statements with all parts, of
// which those without rows cost some time.
constexpr std::size_t unit_shapes_max = 32;

unit_shape shape_of(const ready_unit& unit) {
  unit_shape shape;
  for (std::size_t i = 0; i < unit.children.size(); ++i) shape[i] = !unit.children[i].empty();
  return shape;
}

unit_shape all_parts() {
  return unit_shape{}.set() >> (unit_shape{}.size() - child_parts().size());
}

// What hardly a decision lacks. A flight has it in any case, so that flights differ less: they
// share what an empty part costs.
unit_shape usual_parts() {
  unit_shape usual;
  for (std::size_t i = 0; i < child_parts().size(); ++i) {
    const auto& [table, what] = child_parts()[i];
    usual[i] = table->name == "workflow_step"
                   ? what == verb::update
                   : table->name == "workflow_mutation" || table->name == "workflow_message" ||
                         table->name == "workflow_event";
  }
  return usual;
}

void append(std::string& rows, std::string_view more) {
  if (!rows.empty() && !more.empty()) rows += ',';
  rows += more;
}

// Adds the rows that units have for the parts of a shape, each as a JSON array.
void add_children(std::vector<std::string>& values, std::span<const ready_unit* const> units,
                  unit_shape shape) {
  for (std::size_t i = 0; i < child_parts().size(); ++i) {
    if (!shape[i]) continue;
    std::string& rows = values.emplace_back();
    for (const ready_unit* unit : units) append(rows, unit->children[i]);
    rows.insert(0, 1, '[') += ']';
  }
}

// The tables of the application that units have rows for, each once. Descriptions are told apart by
// where they are: two may give one table different columns.
extension_tables extensions_of(std::span<const ready_unit* const> units) {
  extension_tables tables;
  for (const ready_unit* unit : units)
    for (const auto& [table, rows] : unit->extensions)
      if (std::find(tables.begin(), tables.end(), table) == tables.end()) tables.push_back(table);
  std::sort(tables.begin(), tables.end(), std::less<const schema::table_description*>{});
  return tables;
}

void add_extensions(std::vector<std::string>& values, std::span<const ready_unit* const> units,
                    const extension_tables& tables) {
  for (const auto* table : tables) {
    std::string& rows = values.emplace_back();
    for (const ready_unit* unit : units)
      for (const auto& [of, array] : unit->extensions)
        if (of == table) append(rows, std::string_view{array}.substr(1, array.size() - 2));
    rows.insert(0, 1, '[') += ']';
  }
}

std::vector<connection::argument> arguments_of(const std::vector<std::string>& values) {
  return {values.begin(), values.end()};
}

// The server gives up before the deadline of a call, so that a batch of a purge that takes too long
// has failed, where a call that gave up would not know. Where others have set it, theirs holds.
std::string statement_timeout_within(std::chrono::milliseconds call_timeout) {
  constexpr std::chrono::milliseconds least{1}, most{std::numeric_limits<std::int32_t>::max()};
  const auto within = std::clamp(call_timeout - call_timeout / 6, least, most);
  return fmt::format(
      "SELECT pg_catalog.set_config('statement_timeout', '{}', false) WHERE "
      "pg_catalog.current_setting('statement_timeout') OPERATOR(pg_catalog.=) '1min'",
      within.count());
}

std::unique_ptr<server_connection> connected(const database_url& url, layout layout,
                                             const store_options& options, deadline limit) {
  auto made = std::make_unique<server_connection>(url, limit, options.logger);
  // Whatever lock_timeout others have set: the call waits outside, without the connection.
  made->run_script(fmt::format("SET lock_timeout = {}; {}; {}", lock_patience.count(),
                               statement_timeout_within(options.call_timeout),
                               plan_settings(layout)));
  return made;
}

// The statements depend on it, so it is known before the first of them is written.
layout layout_at(const database_url& url, const store_options& options) {
  const bool may_migrate = options.on_older == store_options::schema_policy::migrate;
  wanted_layout wanted;
  if (may_migrate && options.layout == layout::partitioned)
    wanted = wanted_partitions(url.schema(), options.partition_every);
  const migrator migrator{url, nava_migrations(), wanted};
  const deadline limit = deadline::in(options.call_timeout);
  server_connection on{url, limit, options.logger};
  on.bound(limit);
  const migration_state found = migrator.state(on);
  if (!may_migrate) migrator.expect_current(on, url);
  if (!may_migrate) return found.layout;
  // A migration takes as long as it takes.
  if (found.version < found.newest) on.bound(deadline::never());
  migrator.migrate(on, url);
  on.bound(deadline::in(options.call_timeout));
  return migrator.state(on).layout;
}

// Each statement sees what was committed before it.
constexpr const char* begin_read_committed = "BEGIN ISOLATION LEVEL READ COMMITTED";

const statement commit_transaction{"COMMIT", {}, 0};

// A notice need not outlive a crash, so that nobody waits for the disk.
constexpr const char* tell_sql = R"(
SELECT set_config('synchronous_commit', 'off', true), count(pg_notify(:channel, told.payload))
FROM jsonb_array_elements_text(cast(:payloads AS jsonb)) AS told(payload))";

}  // namespace

server_store::server_store(const database_url& url, const store_options& options,
                           const connection_wrap& wrap)
    : server_store(url, options, wrap, layout_at(url, options)) {}

server_store::server_store(const database_url& url, const store_options& options,
                           const connection_wrap& wrap, layout layout)
    : sql_store(postgresql::queries(url.schema(), layout, options.tombstones), options, flights_max,
                row_form::json),
      url_(url),
      log_(options.logger),
      sender_(schema::to_text(new_id())),
      schema_(url.schema()),
      layout_(layout),
      table_lock_holders_(table_lock_holders(url.schema())),
      row_lock_holders_(row_lock_holders(url.schema())),
      hold_(hold_statement(url.schema())),
      tasks_(url.schema()),
      limits_(url.schema()),
      inbox_(url.schema()),
      tell_(tell_sql, {"channel", "payloads"}, 2),
      pool_([url, layout, options, wrap](
                deadline limit) { return wrapped(wrap, connected(url, layout, options, limit)); },
            options.connections_max, options.connection_wait) {}

void server_store::tell(std::span<const notice> notices, deadline limit) {
  json::array payloads;
  for (const notice& each : notices) payloads.emplace_back(payload_of(each, sender_));
  pool_.acquire(of_call(limit))->execute(tell_, {channel_of(schema_), json::serialize(payloads)});
}

std::unique_ptr<notice_listener> server_store::listen(deadline limit) {
  return std::make_unique<server_listener>(url_, sender_, of_call(limit), log_);
}

const statement& server_store::statement_for(std::string_view name, make_statement make,
                                             unit_shape& shape,
                                             const extension_tables& extensions) {
  const auto key = [&] {
    std::string text = fmt::format("{} {}", name, shape.to_ulong());
    for (const auto* table : extensions)
      fmt::format_to(std::back_inserter(text), " {}", fmt::ptr(table));
    return text;
  };
  if (const statement* known = unit_statements_.find(key())) return *known;
  if (unit_statements_.size() >= unit_shapes_max) shape = all_parts();
  return unit_statements_.get(key(), [&] { return make(schema_, layout_, shape, extensions); });
}

commit_result server_store::apply(verb root, const ready_unit& unit, deadline limit) {
  unit_shape shape = shape_of(unit);
  const ready_unit* const units[]{&unit};
  const extension_tables extensions = extensions_of(units);
  const statement& how = root == verb::insert
                             ? statement_for("create", create_statement, shape, extensions)
                             : statement_for("commit", commit_statement, shape, extensions);
  std::vector<std::string> values{unit.root};
  add_children(values, units, shape);
  add_extensions(values, units, extensions);
  const auto connection = pool_.acquire(limit);
  if (root == verb::insert && tombstones().is_on())
    return create_unless_deleted(*connection, how, arguments_of(values), unit);
  if (!connection->execute_write(how, arguments_of(values)).empty()) return commit_result::applied;
  return tell_apart(*connection, unit);
}

commit_result server_store::create_unless_deleted(connection& on, const statement& create,
                                                  std::span<const connection::argument> arguments,
                                                  const ready_unit& unit) const {
  on.run_script(begin_read_committed);
  if (on.execute(create, arguments).empty()) {
    const commit_result found = tell_apart(on, unit);
    on.execute_write(commit_transaction, {});
    return found;
  }
  expect_no_tombstone(on, unit.id);
  on.execute_write(commit_transaction, {});
  return commit_result::applied;
}

std::vector<bool> server_store::apply_all(std::span<const ready_unit* const> units,
                                          deadline limit) {
  unit_shape shape = usual_parts();
  std::string roots;
  for (const ready_unit* unit : units) {
    shape |= shape_of(*unit);
    append(roots, unit->root);
  }
  const extension_tables extensions = extensions_of(units);
  const statement& how = statement_for("commit all", commit_all_statement, shape, extensions);
  std::vector<std::string> values{fmt::format("[{}]", roots)};
  add_children(values, units, shape);
  add_extensions(values, units, extensions);
  std::set<std::string> moved;
  for (const auto& row : pool_.acquire(limit)->execute_write(how, arguments_of(values)))
    moved.insert(row.front().value());
  std::vector<bool> applied;
  for (const ready_unit* unit : units) applied.push_back(moved.contains(schema::to_text(unit->id)));
  return applied;
}

// Asked for after the call that waited has given up, so it has a deadline of its own. One call at a
// time asks, so that many that give up together leave the pool to others.
std::string server_store::lock_holders(const uuid& id) {
  constexpr std::chrono::seconds patience{1};
  const std::unique_lock asking{asking_, std::try_to_lock};
  if (!asking) return {};
  try {
    const auto connection = pool_.acquire(deadline::in(patience));
    const auto of_table = connection->execute(table_lock_holders_);
    if (of_table.front().front()) return *of_table.front().front();
    return connection->execute(row_lock_holders_, {schema::to_text(id)})
        .front()
        .front()
        .value_or(std::string{});
  } catch (const error&) {
    return {};
  }
}

std::vector<table_rows> server_store::erase_counted(const uuid& id, deadline limit) {
  const auto connection = pool_.acquire(limit);
  // The counts are of what is deleted.
  connection->run_script(begin_read_committed);
  connection->execute(hold_, {schema::to_text(id)});
  auto counts = sql_store::erase_counted(*connection, id);
  connection->execute_write(commit_transaction, {});
  return counts;
}

finished_batch server_store::erase_batch(connection& on, const finished_arguments& what) const {
  const auto row = what.execute_write(on, sql_store::queries().erase_finished).at(0);
  finished_batch batch = batch_from(row);
  const std::size_t picked = batch.workflows;
  batch.workflows = std::stoul(row.at(2).value());
  batch.skipped = picked - batch.workflows;
  return batch;
}

}  // namespace nava::persistence::postgresql
