// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <nava/inspection/schema_check.hpp>
#include <nava/schema/workflow_database.hpp>

#include "support/stores.hpp"

/// What the check finds in a database of the tests.
namespace nava::test {

using inspection::check_options, inspection::check_schema, inspection::finding;

using texts = std::vector<std::string>;

inline const schema::database_description& plain = schema::workflow_database<>::description;

inline bool is_sqlite(const test_database& database) {
  return database.url().backend() == persistence::backend::sqlite;
}

inline std::string place(test_database& database) {
  return is_sqlite(database) ? "main" : database.url().schema();
}

inline std::vector<finding> check(test_database& database, const check_options& options,
                                  const schema::database_description& expected = plain) {
  return check_schema(database.url(), expected, options);
}

inline std::vector<finding> check(test_database& database) { return check(database, {}); }

/// `rule object`, the schema of the tests as S.
inline texts named(test_database& database, const std::vector<finding>& findings) {
  texts all;
  for (const finding& each : findings) {
    const std::string schema = place(database);
    all.push_back(each.object.starts_with(schema)
                      ? fmt::format("{} S{}", each.rule, each.object.substr(schema.size()))
                      : fmt::format("{} {}", each.rule, each.object));
  }
  return all;
}

inline texts rules_of(const std::vector<finding>& findings) {
  texts all;
  for (const finding& each : findings) all.push_back(each.rule);
  return all;
}

inline std::vector<nava::unit_of_work> two_units(persistence::store& store) {
  std::vector<nava::unit_of_work> made;
  for (const std::uint64_t number : {1, 2}) {
    made.push_back(first_unit(number));
    REQUIRE(store.create(made.back()) == commit_result::applied);
    REQUIRE(store.commit(next_unit(made.back())) == commit_result::applied);
  }
  return made;
}

inline void fill(test_database& database) { (void)two_units(*database.open()); }

}  // namespace nava::test
