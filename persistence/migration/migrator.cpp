// SPDX-License-Identifier: Apache-2.0
#include "persistence/migration/migrator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nava/schema/name_rules.hpp>
#include <ranges>

#include "persistence/log.hpp"
#include "persistence/migration/schema_option.hpp"
#include "persistence/postgresql/connection/encoding.hpp"

namespace nava::persistence {

// Defined in the source made from the SQL files.
namespace embedded {
const migration_set& migrations();
}

namespace {

constexpr int tries_max = 10;

// Of two processes that make the same schema or version table at once one fails although it said
// IF NOT EXISTS, and finds it at the next try: it finds the name of the schema or table taken, of
// the type that a table has too, or the row of a catalog. A deadlock with a program that works in
// the tables ends at any time.
bool may_try_again(const error& failure, bool entered) {
  constexpr std::string_view races[] = {"23505", "42710", "42P06", "42P07"};
  return failure.sqlstate() == "40P01" ||
         (!entered &&
          std::find(std::begin(races), std::end(races), failure.sqlstate()) != std::end(races));
}

// PostgreSQL: dependent objects still exist. SQLite empties a table before it drops it.
bool is_referred_to(const error& failure) {
  return failure.sqlstate() == "2BP01" || failure.kind() == error_kind::foreign_key;
}

error still_referred_to(const error& why) {
  return {error_kind::foreign_key,
          fmt::format("cannot go down, and nothing was changed: {}; first take down what refers "
                      "to these tables, which is the migrations of the application that made it",
                      why.what()),
          why.sqlstate(), why.constraint()};
}

void check_name(const migration_set& set) {
  if (!schema::rules::is_legal_identifier(set.name) ||
      set.name.size() > migration_set_name_bytes_max)
    throw error{error_kind::invalid_input,
                fmt::format("the name of a set of migrations is [a-z_][a-z0-9_]* and at most {} "
                            "bytes long",
                            migration_set_name_bytes_max)};
  if (set.name == nava_migrations().name && &set != &nava_migrations())
    throw error{error_kind::invalid_input,
                "the migrations named nava are Nava's own; give yours another name"};
}

void check_order(std::string_view set, std::span<const migration> migrations) {
  if (std::ssize(migrations) > migrations_max)
    throw error{error_kind::invalid_input,
                fmt::format("{} has more than {} migrations", set, migrations_max)};
  int expected = 0;
  for (const migration& each : migrations) {
    if (each.version != ++expected)
      throw error{
          error_kind::invalid_input,
          fmt::format("{} has migration {} where number {} is due", set, each.version, expected)};
    if (each.name.empty() || each.up.empty() || each.down.empty())
      throw error{error_kind::invalid_input,
                  fmt::format("migration {} of {} lacks a name, an up script or a down script",
                              each.version, set)};
  }
}

// Editors on Windows begin a file with it; a server takes it for a part of the first word.
std::string without_mark(std::string_view script) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (script.starts_with(byte_order_mark)) script.remove_prefix(byte_order_mark.size());
  return std::string{script};
}

error failure_of(const migration& failed, std::string_view set, std::string_view file_end,
                 const error& why) {
  return {why.kind(),
          fmt::format("migration {} of {}, {}{}, failed: {}", failed.version, set, failed.name,
                      file_end, why.what()),
          why.sqlstate(), why.constraint()};
}

// A version table can hold what no program of ours wrote.
int version_in(const std::string& text) {
  int version = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, version);
  if (read.ec != std::errc{} || read.ptr != end)
    throw error{error_kind::incompatible_schema, "the version table holds what is no version"};
  return version;
}

}  // namespace

const migration_set& nava_migrations() { return embedded::migrations(); }

migrator::migrator(const database_url& url, const migration_set& set, wanted_layout wanted)
    : set_(set.name),
      all_(set),
      backend_(url.backend()),
      wanted_(std::move(wanted)),
      schema_option_(schema_option(url.schema())) {
  check_name(set);
  for (const layout each : {layout::plain, layout::partitioned})
    check_order(set_, migrations(each));
  if (migrations(layout::partitioned).size() != migrations(layout::plain).size())
    throw error{error_kind::invalid_input,
                fmt::format("{} has not as many migrations for each layout", set_)};
  statements_ = backend_ == backend::postgresql
                    ? postgresql_migration_statements(url.schema(), set_)
                    : sqlite_migration_statements(set_);
  if (&set != &nava_migrations()) ours_ = std::make_unique<migrator>(url);
}

// The layouts have other names for the first.
layout migrator::layout_of(const std::vector<applied_migration>& applied) const {
  if (applied.empty()) return wanted_.what;
  const auto partitioned = migrations(layout::partitioned);
  return !partitioned.empty() && applied.front().name == partitioned.front().name &&
                 partitioned.data() != migrations(layout::plain).data()
             ? layout::partitioned
             : layout::plain;
}

migration_state migrator::state(connection& on) const {
  migration_state found{.newest = newest(), .layout = layout_of({})};
  if (on.execute(statements_.has_version_table).empty()) return found;
  for (auto& row : on.execute(statements_.versions))
    found.applied.push_back({version_in(row[0].value()), std::move(row[1].value())});
  if (!found.applied.empty()) found.version = found.applied.back().version;
  found.layout = layout_of(found.applied);
  const auto known = migrations(found.layout);
  for (std::size_t i = 0; i < std::min(found.applied.size(), known.size()); ++i) {
    const applied_migration& applied = found.applied[i];
    if (applied.version != known[i].version || applied.name != known[i].name)
      found.mismatches.push_back({applied, {known[i].version, std::string{known[i].name}}});
  }
  return found;
}

migration_state migrator::known_state(connection& on, const database_url& url) const {
  migration_state found = state(on);
  if (found.version > newest())
    throw error{error_kind::incompatible_schema,
                fmt::format("{} has {} version {}, newer than the {} this program knows; use a "
                            "newer program",
                            url.printable(), subject(), found.version, newest())};
  if (!found.mismatches.empty()) {
    const auto& [applied, known] = found.mismatches.front();
    throw error{error_kind::incompatible_schema,
                fmt::format("{} has migration {} '{}' of {} where this program has {} '{}'; use "
                            "the program that made it",
                            url.printable(), applied.version, applied.name, set_, known.version,
                            known.name)};
  }
  return found;
}

void migrator::expect_current(connection& on, const database_url& url) const {
  const int found = known_state(on, url).version;
  if (found < newest())
    throw error{error_kind::incompatible_schema,
                fmt::format("{} has {} version {}, this program needs {}; run: nava migrate "
                            "--database URL{}",
                            url.printable(), subject(), found, newest(), schema_option_)};
}

void migrator::expect_encoding(connection& on, const database_url& url) const {
  if (backend_ == backend::sqlite) return;
  const auto fault = postgresql::find_encoding_fault(on);
  if (!fault) return;
  const std::string text = fmt::format("{}: {}", url.printable(), fault->reason);
  if (fault->refuses_texts) throw error{error_kind::invalid_input, text};
  on.log().warn("{}", text);
}

void migrator::expect_wanted(const migration_state& found, const database_url& url) const {
  if (found.version > 0 && wanted_.what == layout::partitioned &&
      found.layout != layout::partitioned)
    throw error{error_kind::invalid_input,
                fmt::format("{} has the plain layout, and tables with workflows in them are not "
                            "converted; leave the layout out, or make the partitioned one in "
                            "another database or --schema and start new workflows there",
                            url.printable())};
}

void migrator::go_up(connection& on, const database_url& url, const migration_state& from,
                     int to) const {
  // Asked inside the transaction: SQLite takes a foreign key that leads to no table.
  if (ours_) ours_->expect_current(on, url);
  for (const migration& next : migrations(from.layout)) {
    if (next.version <= from.version || next.version > to) continue;
    try {
      on.run_script(without_mark(next.up));
      on.execute(statements_.record, {std::to_string(next.version), next.name});
    } catch (const error& failure) {
      throw failure_of(next, set_, ".sql", failure);
    }
    on.log().info("applied migration {} to {}", next.name, url.printable());
  }
  if (from.version == 0 && wanted_.finish) wanted_.finish(on);
}

std::vector<connection::row> migrator::loose_references(connection& on) const {
  if (statements_.loose_references.sql().empty()) return {};
  return on.execute(statements_.loose_references);
}

void migrator::go_down(connection& on, const database_url& url, const migration_state& from,
                       int to) const {
  const auto loose_before = loose_references(on);
  for (const migration& last : std::views::reverse(migrations(from.layout))) {
    if (last.version > from.version || last.version <= to) continue;
    try {
      on.run_script(without_mark(last.down));
      on.execute(statements_.forget, {std::to_string(last.version)});
    } catch (const error& failure) {
      throw failure_of(last, set_, ".down.sql", failure);
    }
    on.log().info("took migration {} back from {}", last.name, url.printable());
  }
  // SQLite drops a table that others refer to, and lets them point nowhere.
  for (const auto& loose : loose_references(on))
    if (std::find(loose_before.begin(), loose_before.end(), loose) == loose_before.end())
      throw error{error_kind::foreign_key,
                  fmt::format("{} to {}", loose[0].value_or(""), loose[1].value_or(""))};
}

void migrator::expect_rows_may_go(int found, const database_url& url, goal to) const {
  if (found > to.version && to.rows == data_loss::refuse)
    throw error{error_kind::invalid_input,
                fmt::format("{} has {} version {}; going down to {} drops tables with all their "
                            "rows, which has to be asked for: --drop-data",
                            url.printable(), subject(), found, to.version)};
}

void migrator::enter(connection& on) const {
  on.run_script(statements_.begin);
  // Asked for rather than IF NOT EXISTS alone, which wants the right to create even when there is
  // nothing to create.
  if (!statements_.create_schema.empty() && on.execute(statements_.has_schema).empty())
    on.run_script(statements_.create_schema);
  on.run_script(statements_.enter);
}

migration_report migrator::apply(connection& on, const database_url& url, goal to) const {
  const migration_state found = known_state(on, url);
  expect_wanted(found, url);
  expect_rows_may_go(found.version, url, to);
  if (found.version < to.version) go_up(on, url, found, to.version);
  if (found.version > to.version) go_down(on, url, found, to.version);
  on.execute_write(statements_.commit, {});
  return {found.version, to.version};
}

migration_report migrator::migrate(connection& on, const database_url& url) const {
  return migrate_to(on, url, newest(), data_loss::refuse);
}

migration_report migrator::migrate_to(connection& on, const database_url& url, int version,
                                      data_loss rows) const {
  if (version < 0 || version > newest())
    throw error{error_kind::invalid_input,
                fmt::format("this program knows the {} versions 0 to {}, and no {}", subject(),
                            newest(), version)};
  const goal to{version, rows};
  const migration_state found = known_state(on, url);
  expect_wanted(found, url);
  const int before = found.version;
  // A role without the right to create still gets this far.
  if (before == version) return {before, before};
  expect_rows_may_go(before, url, to);
  if (before == 0 && !ours_) expect_encoding(on, url);
  for (int tries = 1;; ++tries) {
    bool entered = false;
    try {
      enter(on);
      entered = true;
      return apply(on, url, to);
    } catch (const error& failure) {
      const bool is_usable = on.make_idle();
      if (is_usable && tries < tries_max && may_try_again(failure, entered)) continue;
      if (before > version && is_referred_to(failure)) throw still_referred_to(failure);
      throw;
    }
  }
}

}  // namespace nava::persistence
