// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <nava/persistence/store.hpp>
#include <string>
#include <vector>

#include "support/backends.hpp"
#include "support/files.hpp"
#include "support/program.hpp"

/// `database` is a place where nothing is yet.
#define TOOL_TEST_CASE(NAME) LASTING_TEST_CASE("tool: " NAME, "[tool]")

/// What the tests of the `nava` command share: a run of it on a database, and logs for it.
namespace nava::test {

using words = std::vector<std::string>;

constexpr int done = 0;
constexpr int refused_it = 1;
constexpr int misused = 2;

inline program_result run_nava(const words& arguments, const program::environment& changed = {}) {
  program::environment environment{{"NAVA_DATABASE", ""}};
  for (const auto& [name, value] : changed) environment[name] = value;
  return program{NAVA_TOOL, arguments, environment}.wait();
}

inline bool is_sqlite(const test_database& database) {
  return database.url().backend() == persistence::backend::sqlite;
}

inline words joined(words first, const words& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

inline std::string url_of(const test_database& database) {
  return (is_sqlite(database) ? "sqlite:" : "") + database.url().location();
}

inline words at(test_database& database, const words& arguments) {
  return joined(arguments, {"--database", url_of(database), "--schema", database.url().schema()});
}

inline program_result nava_at(test_database& database, const words& arguments) {
  return run_nava(at(database, arguments));
}

/// Runs the tool on a terminal of its own, where somebody types `typed`; returns what is seen.
inline program_result on_terminal(const words& arguments, int columns,
                                  const std::string& typed = "") {
  std::string command = "stty cols " + std::to_string(columns) + "; exec " + NAVA_TOOL;
  for (const auto& word : arguments) command += " '" + word + "'";
  return program{"/bin/sh",
                 {"-c", "printf '%s' \"$2\" | script -qec \"$1\" /dev/null", "sh", command, typed},
                 {{"NAVA_DATABASE", ""}, {"SHELL", "/bin/sh"}}}
      .wait();
}

inline bool is_made(test_database& database) {
  if (is_sqlite(database)) return std::filesystem::exists(database.url().location());
  return raw_of(database)->value(
             "SELECT count(*) FROM information_schema.schemata WHERE schema_name = '" +
             database.url().schema() + "'") != "0";
}

inline std::string dump_of(test_database& database) { return database.dump(*database.open()); }

inline void check_complaint(const program_result& result, int exit_code, const std::string& text) {
  CAPTURE(text);
  CHECK(result.exit_code == exit_code);
  CHECK(result.out.empty());
  CHECK_THAT(result.err,
             Catch::StartsWith("nava: ") && Catch::EndsWith("\n") && Catch::Contains(text));
  CHECK(std::ranges::count(result.err, '\n') == 1);
}

inline const std::string header =
    "case:concept:name,concept:name,time:timestamp,org:resource,amount\n";
inline const std::string good_row = "c1,register,2010-12-30 14:32:00+01:00,Pete,50\n";

/// A directory with logs to replay.
class logs : public temporary_directory {
 public:
  [[nodiscard]] std::string with(const std::string& content,
                                 const std::string& name = "log.csv") const {
    write(path() / name, content);
    return (path() / name).string();
  }

  /// Two cases of two rows.
  [[nodiscard]] std::string small() const {
    return with(header + good_row + "c2,register,2010-12-30 14:33:00+01:00,Sue,60\n" +
                    "c1,decide,2010-12-31 14:32:00+01:00,,70\n" +
                    "c2,decide,2010-12-31 14:33:00+01:00,Pete,80\n",
                "small.csv");
  }

  /// A log that takes long enough to be stopped; the cases take turns.
  [[nodiscard]] std::string long_one() const {
    std::string content = header;
    for (int round = 0; round < rounds; ++round)
      for (int number = 0; number < cases; ++number)
        content += "case-" + std::to_string(number) + ",activity-" + std::to_string(round % 4) +
                   ",2011-01-0" + std::to_string(1 + round) + " 10:00:00Z,user-" +
                   std::to_string((round + number) % 7) + "," + std::to_string(number) + "\n";
    return with(content, "long.csv");
  }

  static constexpr int cases = 250;
  static constexpr int rounds = 8;
};

inline std::vector<uuid> all_ids(persistence::store& store) {
  std::vector<uuid> ids;
  for (const auto& row : store.list({.limit = persistence::list_rows_max}).workflows)
    ids.push_back(row.id);
  return ids;
}

}  // namespace nava::test
