// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <nava/inspection/comparison.hpp>
#include <nava/inspection/read_catalog.hpp>
#include <nava/inspection/schema_check.hpp>
#include <set>

#include "support/catalogs.hpp"
#include "support/live_schema.hpp"
#include "support/sql_script.hpp"
#include "support/stores.hpp"

/// Faults of a schema, each with the finding that there is of it, and a database to make them in.
namespace nava::test {

// One by one, since CONCURRENTLY refuses to be one of several.
inline void run_each(raw_session& raw, const std::string& line) {
  for (const std::string& statement : statements_of(line)) {
    INFO(statement);
    try {
      raw.run(statement);
    } catch (const std::runtime_error& failure) {
      FAIL(failure.what());
    }
  }
}

/// Nava's tables, one of an application's, and rows in each.
template <class Database>
class filled {
 public:
  filled() {
    const auto store = database.open();
    for (const std::uint64_t number : {1, 2}) REQUIRE(applied(*store, first_unit(number)));
    const auto raw = database.raw();
    run_each(*raw, schema::create_statements(claim_database::extensions, dialect()));
    raw->run(
        "INSERT INTO claim_note (workflow_id, _id, \"text\", urgent, pages, weight, \"at\", data, "
        "mark) SELECT workflow_id, _id, 'x', " +
        std::string{is_sqlite ? "1" : "true"} +
        ", 3, 0.5, '2026-01-01T00:00:00Z', '{}', 'SEEN' FROM workflow_step");
    rows_at_first_ = live_rows(database);
  }

  /// Whether no fault has changed rows, so that a schema that is mended may take the next one.
  [[nodiscard]] bool has_its_rows() const { return live_rows(database) == rows_at_first_; }

  /// What the catalog alone shows, whatever migrations say.
  [[nodiscard]] std::vector<inspection::finding> differences() const {
    constexpr std::string_view known[] = {"nava_migration"};
    return inspection::compare(inspection::read_catalog(database.url().in_schema(place())),
                               claim_database::description, place(), known);
  }

  /// What `nava schema check` finds.
  [[nodiscard]] std::vector<inspection::finding> findings() const {
    return inspection::check_schema(database.url(), claim_database::description);
  }

  [[nodiscard]] std::string place() const {
    if constexpr (is_sqlite)
      return "main";
    else
      return database.schema();
  }

  Database database;

 private:
  static constexpr bool is_sqlite = std::is_same_v<Database, sqlite_file>;

  std::string rows_at_first_;

  static schema::dialect dialect() {
    return is_sqlite ? schema::dialect::sqlite : schema::dialect::postgresql;
  }
  static bool applied(persistence::store& store, const nava::unit_of_work& unit) {
    return store.create(unit) == nava::commit_result::applied;
  }
};

/// SQL that makes one fault, and the only finding there is of it.
struct drift {
  std::string rule;
  std::string object;  ///< without the schema
  std::string sql;
};

inline std::string described(const std::vector<inspection::finding>& findings) {
  std::string text;
  for (const inspection::finding& each : findings)
    text.append(each.rule + " " + each.object + ": " + each.message + "\n");
  return text;
}

// SQL that a person runs after a look at the data, or at who made this and what for.
inline std::string dropping(const inspection::finding& found) {
  constexpr std::string_view before = " with: DROP ", before_column = " with: ALTER ";
  std::size_t at = found.message.find(before);
  if (at == std::string::npos) at = found.message.find(before_column);
  constexpr std::size_t lead = std::string_view{" with: "}.size();
  return at == std::string::npos ? std::string{} : found.message.substr(at + lead);
}

// What an application may have made for itself, and no statement drops.
inline bool may_be_wanted(const inspection::finding& found) {
  constexpr std::string_view rules[] = {"extra-column", "extra-table", "extra-trigger",
                                        "extra-rule"};
  return std::ranges::find(rules, found.rule) != std::end(rules) ||
         (found.rule == "extra-index" && found.message.find("index (") != std::string::npos);
}

template <class Database>
void check_found_and_mended(filled<Database>& live, const drift& expected) {
  INFO(expected.rule << ' ' << expected.object << ": " << expected.sql);
  const auto found = live.findings();
  INFO(described(found));
  REQUIRE(found.size() == 1);
  CHECK(found[0].rule == expected.rule);
  CHECK(found[0].object == live.place() + "." + expected.object);
  // What no line of SQL mends.
  if (expected.rule == "other-kind-of-table") {
    CHECK(found[0].statement.empty());
    return;
  }
  CHECK(found[0].statement.empty() == may_be_wanted(found[0]));
  const std::string mends = may_be_wanted(found[0]) ? dropping(found[0]) : found[0].statement;
  REQUIRE_FALSE(mends.empty());
  INFO(mends);
  run_each(*live.database.raw(), mends);
  CHECK(described(live.findings()).empty());
}

template <class Database>
void check_all_mended(const filled<Database>& live, std::size_t faults) {
  const auto found = live.findings();
  INFO(described(found));
  CHECK(found.size() == faults);
  // While it has a column that is not described, a SQLite table is not made anew.
  for (auto left = found; const int round : {1, 2}) {
    INFO("round " << round);
    for (const inspection::finding& each : left)
      run_each(*live.database.raw(), each.statement.empty() ? dropping(each) : each.statement);
    left = live.findings();
  }
  CHECK(described(live.findings()).empty());
}

inline std::vector<drift> joined(std::initializer_list<std::vector<drift>> lists) {
  std::vector<drift> all;
  for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

inline std::size_t kinds(const std::vector<drift>& drifts) {
  std::set<std::string> rules;
  for (const drift& each : drifts) rules.insert(each.rule);
  return rules.size();
}

}  // namespace nava::test
