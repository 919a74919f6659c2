// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <nava/nava.hpp>

#include "support/program.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::test;
using Catch::Contains;

namespace {

program_result replay_of(const std::string& rows) {
  sqlite_file database;
  temporary_directory place;
  const auto log = place.path() / "claims.csv";
  std::ofstream{log} << "case:concept:name,concept:name,time:timestamp,org:resource,note\n" << rows;
  return program{NAVA_TOOL,
                 {"replay", log.string(), "--database", "sqlite:" + database.path().string()},
                 {{"NAVA_DATABASE", ""}}}
      .wait();
}

}  // namespace

TEST_CASE("a log with a time outside of the years 1 to 9999 is refused with file and line") {
  const std::string good = "c1,asked,2020-02-01T08:00:00Z,ada,\n";
  for (const char* bad : {"c2,asked,0001-01-01T00:30:00+02:00,ada,\n",
                          "c1,answered,9999-12-31T20:00:00-06:00,ada,\n"}) {
    const auto done = replay_of(good + bad + good);
    INFO(done.err);
    CHECK(done.exit_code == 1);
    CHECK_THAT(done.err, Contains("claims.csv: line 3") && Contains("years 1 to 9999"));
    CHECK_THAT(done.out, !Contains("replayed"));
  }
}

TEST_CASE("a log with a row that is larger than an event can be is refused with file and line") {
  const std::string good = "c1,asked,2020-02-01T08:00:00Z,ada,\n";
  const std::string large = "c1,answered,2020-02-02T08:00:00Z,ada," + std::string(17u << 20, 'x');
  const auto done = replay_of(good + large + "\n");
  INFO(done.err.substr(0, 1000));
  CHECK(done.exit_code == 1);
  CHECK_THAT(done.err, Contains("claims.csv: line 3"));
}

TEST_CASE("upkeep of partitions at a time that no partition can have is an error of nava") {
  if (!postgresql_partitioned::available()) return;
  postgresql_partitioned database;
  (void)database.open();
  const auto at = [&](timestamp now, int ahead = 3) {
    return error_of([&] {
      maintain_partitions(database.url(),
                          {.schema = database.schema(), .ahead = ahead, .now = now});
    });
  };
  using std::chrono::sys_days, std::chrono::year;
  for (const error& thrown :
       {at(timestamp::max()), at(timestamp::min()), at(sys_days{year{1969} / 12 / 31}),
        at(sys_days{year{9999} / 12 / 31}), at(sys_days{year{9990} / 1 / 1}, 120)}) {
    CHECK(thrown.kind() == error_kind::invalid_input);
    CHECK_THAT(thrown.what(), Contains("1970"));
  }
  const error age = error_of([&] {
    maintain_partitions(database.url(), {.schema = database.schema(),
                                         .drop_older_than = std::chrono::hours::max()});
  });
  CHECK(age.kind() == error_kind::invalid_input);
}
