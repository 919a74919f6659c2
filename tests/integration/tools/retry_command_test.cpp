// SPDX-License-Identifier: Apache-2.0
#include "support/claims.hpp"
#include "support/program.hpp"

using namespace nava;
using namespace nava::test;
using Catch::Contains;
using schema::step_status;
using schema::workflow_status;

namespace {

using words = std::vector<std::string>;

program_result retry(test_database& database, const words& options) {
  const bool is_sqlite = database.url().backend() == persistence::backend::sqlite;
  words all{"retry", "--database", (is_sqlite ? "sqlite:" : "") + database.url().location(),
            "--schema", database.url().schema()};
  if (is_sqlite) all.resize(3);
  all.insert(all.end(), options.begin(), options.end());
  return program{NAVA_TOOL, all}.wait();
}

schema::workflow_step approval_of(const claim_run& claim) {
  const auto steps = claim.state().steps;
  return *std::ranges::find(steps, std::string{"approval"}, &schema::workflow_step::step_key);
}

void check_refused(const program_result& result, const std::string& text) {
  CAPTURE(result.err);
  CHECK(result.exit_code == 1);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, Catch::StartsWith("nava: ") && Contains(text));
}

}  // namespace

TEMPLATE_TEST_CASE("tool: retry makes a step in error active again, and the event comes through",
                   "[tool]", sqlite_file, postgresql_schema) {
  if (!TestType::available()) return;
  TestType database;
  claim_run claim{database};
  claim.deliver(happened("fail", "f-1"));
  REQUIRE(claim.status() == workflow_status::degraded);

  const auto done = retry(database, {"claim/1", "approval", "--reason", "mended"});
  CAPTURE(done.err);
  CHECK(done.exit_code == 0);
  CHECK_THAT(done.out, Contains("step approval") && Contains("is ACTIVE; the workflow is ACTIVE") &&
                           Contains("No handler and no hook ran"));
  CHECK(approval_of(claim).status == step_status::active);
  CHECK(claim.history().events.back().event_name == "nava.recover");
  CHECK(claim.history().events.back().event_data.at("reason") == "mended");
  CHECK(claim.deliver(yes()) == delivery::applied);
  CHECK(broken_promises(*claim.stored, claim.id).empty());
}

TEMPLATE_TEST_CASE("tool: retry ignores a step on demand, and refuses what is not in error",
                   "[tool]", sqlite_file, postgresql_schema) {
  if (!TestType::available()) return;
  TestType database;
  claim_run claim{database};
  const std::string id = schema::to_text(claim.id);
  const std::string before = claim.dump();
  check_refused(retry(database, {id, "approval"}), "no step approval is in error");
  check_refused(retry(database, {id, schema::to_text(approval_of(claim).id)}), "recover");
  check_refused(retry(database, {"claim/2", "approval"}), "claim/2");
  CHECK(claim.dump() == before);

  claim.deliver(happened("fail", "f-1"));
  const auto done = retry(database, {id, "approval", "--ignore", "--json"});
  CHECK(done.exit_code == 0);
  CHECK(json::parse(done.out).at("step_status") == "IGNORED");
  CHECK(approval_of(claim).status == step_status::ignored);
  CHECK(broken_promises(*claim.stored, claim.id).empty());
}

TEMPLATE_TEST_CASE("tool: retry does not complete a workflow, whose hooks it cannot run", "[tool]",
                   sqlite_file, postgresql_schema) {
  if (!TestType::available()) return;
  TestType database;
  claim_run claim{database};
  claim.deliver(happened("paid", "paid-1"));
  claim.deliver(happened("fail", "f-1"));
  const std::string before = claim.dump();
  check_refused(retry(database, {"claim/1", "approval", "--ignore"}),
                "let the application call runtime::ignore");
  CHECK(claim.dump() == before);
}
