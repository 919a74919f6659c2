// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <nava/inspection/schema_check.hpp>
#include <nava/schema/ddl.hpp>
#include <string>
#include <vector>

#include "support/databases.hpp"
#include "support/ledger.hpp"
#include "support/sql_script.hpp"

namespace nava::test::ledger {

/// A database with the tables of the ledger.
template <class Database>
struct made_ledger {
  static constexpr bool is_sqlite = std::is_same_v<Database, sqlite_file>;

  made_ledger() : owned(database.open()), raw(database.raw()) {
    for (const std::string& statement :
         statements_of(create_statements(books::description, dialect())))
      raw->run(statement);
  }

  static schema::dialect dialect() {
    return is_sqlite ? schema::dialect::sqlite : schema::dialect::postgresql;
  }
  [[nodiscard]] persistence::store& rows() const { return *owned; }

  /// What differs from the description, one line each.
  [[nodiscard]] std::vector<inspection::finding> findings() const {
    inspection::check_options options;
    options.migrations.clear();
    auto found = inspection::check_schema(database.url(), books::description, options);
    // The tables of workflows lie beside.
    std::erase_if(found, [](const auto& each) { return each.rule == "extra-table"; });
    return found;
  }

  Database database;
  std::unique_ptr<persistence::store> owned;
  std::unique_ptr<raw_session> raw;
};

}  // namespace nava::test::ledger
