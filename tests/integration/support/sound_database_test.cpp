// SPDX-License-Identifier: Apache-2.0
#include "support/sound_database.hpp"

#include "support/claims.hpp"

using namespace nava;
using namespace nava::test;

TEST_CASE("sound_database: rows without their workflow, and a state that was changed, are named") {
  sqlite_file database;
  const auto deleted = claim_run{database}.id;
  runtime run{std::shared_ptr{database.open()}, {claim_builder().build()}};
  (void)run.start("claim", {"claim", "2"});
  CHECK(faults_in(database.url()) == std::vector<std::string>{});
  const auto session = database.raw();
  session->run("UPDATE workflow_step SET stm_state = 'APPROVED' WHERE step_key = 'approval'");
  CHECK(damage_in(database.url()) == std::vector<std::string>{});
  CHECK(faults_in(database.url()).size() >= 2);
  session->run("PRAGMA foreign_keys = OFF");
  session->run("DELETE FROM workflow WHERE _id = '" + schema::to_text(deleted) + "'");
  CHECK_FALSE(damage_in(database.url()).empty());
  const auto faults = faults_in(database.url());
  CHECK(std::ranges::any_of(faults, [](const std::string& fault) {
    return fault.starts_with("workflow_memory has rows without workflow: ");
  }));
}
