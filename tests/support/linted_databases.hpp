// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/inspection/lint.hpp>
#include <nava/inspection/read_catalog.hpp>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/databases.hpp"
#include "support/files.hpp"

/// Tables made by SQL, and what lint finds in them.
namespace nava::test::linted {

using faults = std::set<std::string>;  ///< `rule object`, the schema of the tests as S
using names = std::vector<std::string>;

// In one transaction, which hundreds of tables are made in much faster.
inline void run_all(raw_session& raw, const names& statements) {
  raw.run("BEGIN");
  for (const std::string& each : statements) {
    INFO(each);
    REQUIRE_NOTHROW(raw.run(each));
  }
  raw.run("COMMIT");
}

/// As `rule object`, the schema `place` as S.
inline faults found_by(const std::vector<inspection::finding>& findings, const std::string& place) {
  faults found;
  for (const inspection::finding& each : findings) {
    std::string line = each.rule + " " + each.object;
    const std::string before = place + ".";
    for (std::size_t at = 0; (at = line.find(before, at)) != std::string::npos;)
      line.replace(at, before.size(), "S.");
    CHECK(found.insert(line).second);
  }
  return found;
}

inline faults found_in(const postgresql_schema& database) {
  return found_by(inspection::lint(inspection::read_catalog(database.url())), database.schema());
}

inline faults found_in(const sqlite_file& database) {
  return found_by(inspection::lint(inspection::read_catalog(database.url())), "main");
}

inline void make_file(const sqlite_file& database) { write(database.path(), ""); }

}  // namespace nava::test::linted
