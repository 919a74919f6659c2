// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <boost/json.hpp>
#include <string>

#include "integration/tools/nava_command.hpp"
#include "support/catch.hpp"

/// What the tests of `nava schema` share: a run of it, and what it prints.
namespace nava::test {

inline constexpr int clean = 0;
inline constexpr int has_findings = 1;
inline constexpr int could_not_look = 2;

inline program_result schema_of(const std::string& url, const words& arguments) {
  return run_nava(joined(joined({"schema"}, arguments), {"--database", url}));
}

inline program_result schema_at(test_database& database, const words& arguments) {
  if (is_sqlite(database)) return schema_of("sqlite:" + database.url().location(), arguments);
  return schema_of(database.url().location(),
                   joined(arguments, {"--schema", database.url().schema()}));
}

inline void check_complaint(const program_result& result, const std::string& text) {
  CAPTURE(text);
  CHECK(result.exit_code == could_not_look);
  CHECK(result.out.empty());
  CHECK_THAT(result.err,
             Catch::StartsWith("nava: ") && Catch::EndsWith("\n") && Catch::Contains(text));
  CHECK(std::ranges::count(result.err, '\n') == 1);
}

inline json::array findings_in(const program_result& result) {
  return json::parse(result.out).at("findings").as_array();
}

inline void run_statements(raw_session& raw, const std::string& statements) {
  for (std::size_t at = 0, end = 0; (end = statements.find(";\n", at)) != std::string::npos;
       at = end + 2)
    raw.run(statements.substr(at, end - at));
}

}  // namespace nava::test
