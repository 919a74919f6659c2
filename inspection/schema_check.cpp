// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <nava/inspection/comparison.hpp>
#include <nava/inspection/lint.hpp>
#include <nava/inspection/read_catalog.hpp>
#include <nava/inspection/schema_check.hpp>
#include <nava/schema/companies.hpp>
#include <nava/schema/partitioning.hpp>
#include <nava/schema/relationship_rules.hpp>
#include <nava/schema/row.hpp>
#include <nava/schema/workflow_rules.hpp>
#include <set>

#include "inspection/postgresql/company_check.hpp"
#include "inspection/postgresql/partition_check.hpp"
#include "inspection/postgresql/postgresql_catalog.hpp"
#include "inspection/probe/postgresql_probe.hpp"
#include "inspection/probe/sqlite_probe.hpp"
#include "persistence/connection/schema_name.hpp"
#include "persistence/migration/schema_option.hpp"
#include "persistence/postgresql/connection/encoding.hpp"
#include "persistence/postgresql/connection/server_connection.hpp"

namespace nava::inspection {

using namespace persistence;

namespace {

using schema::foreign_key_description;
using schema::relationship_description;
using schema::table_description;

constexpr std::string_view permission_denied = "42501";
constexpr std::string_view query_canceled = "57014";

std::string version_table(const migration_set& set) {
  return fmt::format("{}_migration", set.name);
}

// Of a set of migrations that this program need not know: an application's own, run by nava.
// Nothing but the migrations of nava makes a table like it.
bool is_version_table(const catalog_table& table) {
  constexpr std::string_view columns[] = {"version", "name", "applied"};
  return table.name.ends_with("_migration") && !table.indexes.empty() &&
         table.indexes.front().name == "pk_" + table.name &&
         std::equal(table.columns.begin(), table.columns.end(), std::begin(columns),
                    std::end(columns),
                    [](const auto& column, std::string_view name) { return column.name == name; });
}

std::string rows_that_refer(std::size_t count, std::string_view table) {
  return count == 1 ? fmt::format("1 row of {} refers", table)
                    : fmt::format("{} rows of {} refer", count, table);
}

class checker {
 public:
  checker(const database_url& url, const schema::database_description& expected,
          const check_options& options)
      : url_(url), expected_(expected), partitioned_(expected), options_(options) {
    if (url.backend() == backend::sqlite) schema_ = "main";
  }

  std::vector<finding> run() {
    check_encoding();
    if (!read_live()) return std::move(findings_);
    if (is_partitioned()) expected_ = partitioned_.description();
    if (separates_companies()) expected_ = by_company_.emplace(expected_).description();
    check_migrations();
    compare();
    check_incoming_keys();
    if (is_partitioned()) check_partitions();
    if (by_company_)
      for (auto& found : check_companies(url_, expected_, schema_))
        findings_.push_back(std::move(found));
    if (!options_.catalog_only) probe();
    return std::move(findings_);
  }

 private:
  void add(std::string rule, std::string object, std::string message, std::string statement = {},
           severity how_bad = severity::error) {
    findings_.push_back(
        {std::move(rule), std::move(object), std::move(message), std::move(statement), how_bad});
  }

  [[nodiscard]] std::string object(std::string_view table, std::string_view part = {}) const {
    return part.empty() ? fmt::format("{}.{}", schema_, table)
                        : fmt::format("{}.{}.{}", schema_, table, part);
  }

  [[nodiscard]] bool is_described(std::string_view table) const {
    return find_table(expected_, table) != nullptr;
  }

  // Each layout is held to its own description.
  [[nodiscard]] bool is_partitioned() const {
    const auto* root = find_table(live_, schema_, schema::root_table);
    return root != nullptr && root->what == catalog_table::kind::partitioned;
  }

  // A migration that went down and up again leaves one of them.
  [[nodiscard]] bool separates_companies() const {
    if (url_.backend() == backend::sqlite) return false;
    const auto* root = find_table(live_, schema_, schema::root_table);
    const auto* agenda = find_table(live_, schema_, "workflow_agenda");
    return (root != nullptr &&
            std::any_of(root->triggers.begin(), root->triggers.end(),
                        [](const auto& each) { return schema::is_company_trigger(each.name); })) ||
           (agenda != nullptr &&
            std::any_of(agenda->columns.begin(), agenda->columns.end(),
                        [](const auto& each) { return each.name == "company_id"; }));
  }

  void check_encoding() {
    if (url_.backend() == backend::sqlite) return;
    postgresql::server_connection on{url_};
    if (auto fault = postgresql::find_encoding_fault(on))
      add("encoding", schema_, std::move(fault->reason), {},
          fault->refuses_texts ? severity::error : severity::warning);
  }

  void check_partitions() {
    for (auto& found : inspection::check_partitions(url_, schema_)) {
      if (found.how_bad == severity::error) spoil(found.object);
      findings_.push_back(std::move(found));
    }
  }

  [[nodiscard]] bool has_any_table() const {
    return std::any_of(live_.tables.begin(), live_.tables.end(),
                       [&](const auto& table) { return is_described(table.name); });
  }

  bool read_live() {
    try {
      live_ = read_catalog(url_);
      return true;
    } catch (const error& missing) {
      if (missing.kind() != error_kind::not_found || url_.backend() == backend::sqlite) throw;
      add("missing-schema", schema_,
          "is not there; make it and its tables with: " + migrate_command());
      return false;
    }
  }

  [[nodiscard]] std::string migrate_command() const {
    return "nava migrate" + schema_option(schema_);
  }

  void check_migrations() {
    for (const migration_set* set : options_.migrations) {
      if (options_.catalog_only) {
        // The catalog does not say which versions were applied, only that none was.
        if (!has_any_table() || find_table(live_, schema_, version_table(*set)) == nullptr)
          report(*set, {.newest = static_cast<int>(set->on(url_.backend()).size())});
        continue;
      }
      try {
        report(*set, read_migrations(url_, {}, *set));
      } catch (const error& failure) {
        if (!is_kept_out(failure)) throw;
        add_not_read(failure, version_table(*set), "which migrations were applied is not known");
      }
    }
  }

  void report(const migration_set& set, const migration_state& state) {
    const std::string place = object(version_table(set));
    if (state.version == 0) is_empty_ = is_empty_ || &set == &nava_migrations();
    if (state.version < state.newest)
      add("migrations-not-applied", place,
          fmt::format(
              "is at version {}, this program expects {}; run {}", state.version, state.newest,
              &set == &nava_migrations() ? migrate_command() : "the application's migrations"));
    if (state.version > state.newest)
      add("migrations-newer", place,
          fmt::format("is at version {}, newer than the {} this program knows; use a newer program",
                      state.version, state.newest));
    for (const auto& mismatch : state.mismatches)
      add("migration-name", place,
          fmt::format("has {} as version {}, where this program has {}; it was made by another "
                      "program",
                      mismatch.found.name, mismatch.found.version, mismatch.known.name));
  }

  void compare() {
    std::vector<std::string> names;
    for (const migration_set* set : options_.migrations) names.push_back(version_table(*set));
    for (const auto& table : live_.tables)
      if (table.schema == schema_ && is_version_table(table)) names.push_back(table.name);
    const std::vector<std::string_view> known{names.begin(), names.end()};
    // Nothing has been made yet, which is one finding and not one per table.
    if (is_empty_ && !has_any_table()) return;
    for (auto& found : inspection::compare(live_, expected_, schema_, known)) {
      // What is there beside what is described takes nothing from it.
      if (found.how_bad == severity::error && !found.rule.starts_with("extra-"))
        spoil(found.object);
      findings_.push_back(std::move(found));
    }
  }

  // Tables that differ are not probed: the fault would be reported a second time.
  void spoil(std::string_view object) {
    for (const auto& table : expected_.tables) {
      const std::string name = this->object(table.name);
      if (object == name || object.starts_with(name + ".")) left_out_.insert(table.name);
    }
  }

  // Tables of others, in whatever schema, whose keys make a delete here slow. The described ones
  // stay, without their keys, for the types of their columns.
  void check_incoming_keys() {
    catalog all = live_;
    if (url_.backend() == backend::postgresql)
      for (const auto& other : schemas_referring_to(url_, schema_)) {
        auto found = tables_of(other);
        std::move(found.begin(), found.end(), std::back_inserter(all.tables));
      }
    for (auto& table : all.tables) {
      const bool is_ours = table.schema == schema_ && is_described(table.name);
      std::erase_if(table.foreign_keys, [&](const auto& key) {
        return is_ours || key.target_schema != schema_ || !is_described(key.target_table);
      });
    }
    lint_options keys_alone;
    keys_alone.rules = {"foreign-key-without-index", "type-mismatch"};
    auto found = lint(all, keys_alone);
    std::move(found.begin(), found.end(), std::back_inserter(findings_));
  }

  // None of a schema that was dropped since it was named.
  [[nodiscard]] std::vector<catalog_table> tables_of(const std::string& other) const {
    try {
      return read_server_catalog(url_, other).tables;
    } catch (const error& gone) {
      if (gone.kind() != error_kind::not_found) throw;
      return {};
    }
  }

  void probe() {
    std::unique_ptr<schema_probe> probe;
    if (url_.backend() == backend::postgresql)
      probe = std::make_unique<server_probe>(url_, schema_, live_);
    else
      probe = std::make_unique<file_probe>(read_only_file{url_}, live_);
    if (!probe->enforces_foreign_keys())
      add("foreign-keys-off", schema_,
          "PRAGMA foreign_keys = ON has no effect, so no row is checked and nothing cascades: this "
          "SQLite library was built without foreign keys or triggers; link another");
    // All of them first, so that a table that cannot be read is one note and is waited for once.
    for (const auto& table : expected_.tables)
      if (find_table(live_, schema_, table.name) == nullptr)
        left_out_.insert(table.name);
      else if (!left_out_.contains(table.name))
        unless_kept_out(table, [&] { probe->sample_keys(table, table.primary_key().columns); });
    for (const auto& table : expected_.tables) {
      for (const auto& key : table.foreign_keys)
        if (is_probed(table.name, key.target_table))
          unless_kept_out(table, [&] { probe_key(*probe, table, key); });
      for (const auto& what : table.relationships)
        if (is_probed(table.name, what.target_table)) probe_relationship(*probe, table, what);
    }
  }

  [[nodiscard]] bool is_probed(std::string_view table, std::string_view target) const {
    return !left_out_.contains(table) && !left_out_.contains(target);
  }

  template <class Look>
  void unless_kept_out(const table_description& table, Look look) {
    try {
      look();
    } catch (const error& failure) {
      if (!is_kept_out(failure)) throw;
      left_out_.insert(table.name);
      add_not_read(failure, table.name, "its plans and relationships were not looked at");
    }
  }

  void probe_key(schema_probe& probe, const table_description& table,
                 const foreign_key_description& key) {
    const std::string name = object(table.name, key.name);
    if (!probe.finds_by_index(table, key))
      add("cascade-without-index", name,
          fmt::format("a delete in {} reads all of {}: its plan uses no index on ({}), although "
                      "there is one",
                      key.target_table, table.name, fmt::join(key.columns, ", ")));
    if (const std::size_t orphans = probe.orphans(table, key); orphans > 0) {
      add("orphans", name,
          fmt::format("{} to no row of {}, so a connection without PRAGMA foreign_keys = ON wrote "
                      "here; the statement deletes such rows",
                      rows_that_refer(orphans, table.name), key.target_table),
          delete_orphans(table, key));
      left_out_.insert(table.name);
    }
  }

  static std::string delete_orphans(const table_description& table,
                                    const foreign_key_description& key) {
    return fmt::format("DELETE FROM {} WHERE ({}) NOT IN (SELECT {} FROM {});",
                       schema::quoted(table.name), schema::quoted_list(key.columns),
                       schema::quoted_list(key.target_columns), schema::quoted(key.target_table));
  }

  void probe_relationship(schema_probe& probe, const table_description& table,
                          const relationship_description& what) {
    const std::string name = object(table.name, what.name);
    const auto followed = followed_key(expected_, table, what);
    const bool forward = goes_forward(table, what, followed);
    const auto& key = *followed.key;
    const related_request request{find_table(expected_, what.target_table),
                                  forward ? key.target_columns : key.columns,
                                  {},
                                  probe_related_max};
    unless_kept_out(table, [&] {
      try {
        const auto sample = [&] {
          return probe.sample_keys(table, forward ? key.columns : key.target_columns);
        };
        const auto keys = sample();
        const bool none = probe.related_rows(request, keys).empty();
        // Rows that are deleted between the two are no fault; those that outlive it are.
        if (forward && none && !keys.empty() && sample() == keys)
          add("relationship-not-loaded", name,
              fmt::format("{} along {} to no row of {}", rows_that_refer(keys.size(), table.name),
                          key.name, what.target_table));
      } catch (const error& failure) {
        if (is_kept_out(failure) || failure.kind() != error_kind::other) throw;
        add("relationship-not-loaded", name, failure.what());
      }
    });
  }

  // By rights, or by a session that keeps a table to itself.
  static bool is_kept_out(const error& failure) {
    return failure.sqlstate() == permission_denied || failure.kind() == error_kind::contention;
  }

  void add_not_read(const error& failure, std::string_view table, std::string_view so) {
    add("not-read", object(table), fmt::format("{}, so {}", reason(failure), so), {},
        severity::note);
  }

  static std::string_view reason(const error& failure) {
    if (failure.sqlstate() == permission_denied) return "the role may not read this table";
    if (failure.sqlstate() == query_canceled)
      return "reading this table was cancelled, by statement_timeout or by somebody";
    return "another session keeps this table locked";
  }

  const database_url& url_;
  schema::database_description expected_;
  std::optional<schema::company_schema> by_company_{};
  const schema::partitioned_schema partitioned_;
  const check_options& options_;
  std::string schema_ = url_.schema();
  catalog live_;
  bool is_empty_ = false;
  std::set<std::string_view> left_out_;  ///< of the probes
  std::vector<finding> findings_;
};

}  // namespace

std::vector<finding> check_schema(const database_url& url,
                                  const schema::database_description& expected,
                                  const check_options& options) {
  check_schema_name(url);
  return checker{url, expected, options}.run();
}

}  // namespace nava::inspection
