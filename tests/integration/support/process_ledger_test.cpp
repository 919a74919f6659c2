// SPDX-License-Identifier: Apache-2.0
#include "support/process_ledger.hpp"

#include <nava/nava.hpp>

#include "support/catch.hpp"
#include "support/databases.hpp"

using namespace nava;
using namespace nava::test;

namespace {

definition plain() {
  definition_builder job{"job", revision{1}};
  job.stage("s", "Stage").step("work", {.stage = "s"});
  job.on_started([](workflow_context& on) { on.add_step("work"); });
  return job.build();
}

}  // namespace

TEST_CASE("process_ledger: it names what a process was told and is lost, or ended twice",
          "[process_ledger]") {
  const temporary_directory files;
  process_ledger ledger{files.path() / "ledger"};
  sqlite_file database;
  const auto told = std::make_shared<telling_store>(database.open(), ledger, "one/1");
  runtime run{told, {plain()}};
  const std::vector ids{run.start("job", {"job", "1"}).workflow_id,
                        run.start("job", {"job", "2"}).workflow_id};
  const auto lost = [&] { return lost_of(ledger.lines(), *told, ids); };
  CHECK(ledger.size() == 4);
  CHECK(lost() == std::vector<std::string>{});
  const std::string of_second =
      schema::to_text(told->history(ids[1]).value().events.at(0).transaction_id);
  REQUIRE(told->erase(ids[1]));
  ledger.note("one/1", "settled", "t");
  ledger.note("two/1", "settled", "t");
  CHECK(ledger.size() == 6);
  CHECK(lost() == std::vector<std::string>{"one/1 told " + of_second + ": it is not there",
                                           "two/1 settled t: a second time"});
}
