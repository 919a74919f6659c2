// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>

#include "integration/tools/nava_command.hpp"

using namespace nava;
using namespace nava::test;
using Catch::Contains;

TOOL_TEST_CASE("legal-hold keeps a workflow from delete and purge until it is released") {
  const logs given;
  REQUIRE(nava_at(database, {"replay", given.small()}).exit_code == done);
  const auto id =
      schema::to_text(database.open()->load(resource{"case", "c1"}).at(0).state.workflow.id);
  const auto placed = nava_at(
      database, {"legal-hold", "case/c1", "case 7", "--reason", "lawsuit", "--actor", "counsel"});
  CHECK(placed.exit_code == done);
  CHECK(placed.out == id + " is under legal hold:\n  case 7\n");
  CHECK_THAT(nava_at(database, {"show", "case/c1"}).out, Contains("  legal hold  case 7\n"));
  CHECK_THAT(nava_at(database, {"history", "case/c1"}).out,
             Contains("nava.place-legal-hold") && Contains("counsel"));

  const auto listed = nava_at(database, {"list", "--legal-hold"}).out;
  CHECK_THAT(listed, Contains(id) && !Contains("case/c2"));

  const std::string before = dump_of(database);
  const std::string refusal = "workflow " + id + " is under legal hold 'case 7'";
  check_complaint(nava_at(database, {"delete", "case/c1"}), refused_it, refusal);
  check_complaint(nava_at(database, {"delete", "--dry-run", "case/c1"}), refused_it, refusal);
  CHECK(dump_of(database) == before);
  const auto some = nava_at(database, {"delete", "case/c1", "case/c2"});
  CHECK(some.exit_code == refused_it);
  CHECK_THAT(some.err, Contains(refusal));
  CHECK_THAT(some.out, Contains("deleted "));
  CHECK(all_ids(*database.open()).size() == 1);
  const auto purged = nava_at(database, {"purge", "--older-than", "0s"});
  CHECK(purged.exit_code == done);
  CHECK_THAT(purged.out, Contains("purged 0 workflows") && Contains("; 1 stay under legal hold"));
  CHECK(json::parse(nava_at(database, {"purge", "--older-than", "0s", "--json"}).out)
            .at("under_legal_hold") == 1);

  check_complaint(nava_at(database, {"legal-hold", "case/c1", "case 8", "--release"}), refused_it,
                  "the workflow is not under legal hold 'case 8', but under legal hold 'case 7'");
  check_complaint(nava_at(database, {"legal-hold", "case/c3", "case 7"}), refused_it, "case/c3");
  check_complaint(nava_at(database, {"legal-hold", "case/c1"}), 2, "NAME");
  const auto released =
      nava_at(database, {"legal-hold", "case/c1", "case 7", "--release", "--json"});
  CHECK(json::parse(released.out) == json::object{{"_id", id}, {"legal_holds", json::array{}}});
  CHECK(nava_at(database, {"delete", "case/c1"}).exit_code == done);
}
