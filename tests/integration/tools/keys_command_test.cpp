// SPDX-License-Identifier: Apache-2.0
#include "integration/tools/nava_command.hpp"
#include "support/key_rings.hpp"
#include "support/purge_units.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

std::string id(std::uint64_t number) { return schema::to_text(id_of(id_kind::workflow, number)); }

}  // namespace

TOOL_TEST_CASE("with its key ring a sealed workflow is shown, verified, and deleted for good") {
  const temporary_directory place;
  const std::string ring = "sqlite:" + (place.path() / "keys.db").string();
  const auto run = [&](const words& arguments) {
    return run_nava(at(database, joined(arguments, {"--keys", ring})));
  };
  const auto missing = run({"list"});
  check_complaint(missing, refused_it, "there is no key ring");
  CHECK(run({"migrate"}).exit_code == done);
  database.options().keys = open_key_ring(database_url{ring}, {.expect = true});
  const auto store = database.open();
  REQUIRE(store->create(first_unit(1)) == commit_result::applied);
  REQUIRE(store->create(finished_unit(2, instant(0))) == commit_result::applied);
  REQUIRE(store->create(finished_unit(3, instant(0))) == commit_result::applied);

  check_complaint(nava_at(database, {"show", id(1)}), refused_it, "with their key ring");
  CHECK_THAT(run({"show", id(1)}).out, Contains("a message"));
  CHECK_THAT(run_nava(at(database, {"show", id(1)}), {{"NAVA_KEYS", ring}}).out,
             Contains("a message"));
  const auto unread = nava_at(database, {"verify", id(1)});
  CHECK(unread.exit_code == 1);
  CHECK_THAT(unread.out, Contains("open the database with their key ring"));
  const auto verified = run({"verify", id(1)});
  CHECK_THAT(verified.out, Contains("verified"));
  CHECK_THAT(verified.out, !Contains("sealed"));
  const auto beside = nava_at(database, {"migrate", "--keys", url_of(database)});
  CHECK(beside.exit_code == misused);
  CHECK_THAT(beside.err, Contains("has workflows"));

  CHECK(nava_at(database, {"delete", "claim/claim-2", "--dry-run"}).exit_code == done);
  CHECK(run({"delete", id(2), "--yes"}).exit_code == done);
  CHECK(run({"purge", "--older-than", "1s"}).exit_code == done);
  CHECK(run({"keys"}).out == "0 keys; 0 without a workflow\n");
  CHECK(run({"keys", "--older-than", "0s"}).out ==
        "3 keys; 0 without a workflow; 2 are newer than the newest workflow and stay\n");
  REQUIRE(store->create(first_unit(4)) == commit_result::applied);
  CHECK(run({"keys", "--older-than", "0s"}).out == "4 keys; 2 without a workflow\n");
  CHECK(run({"keys", "--older-than", "0s", "--destroy", "--json"}).out ==
        "{\"keys\":4,\"newer\":0,\"without_workflow\":2,\"destroyed\":2}\n");
  CHECK(run({"keys", "--older-than", "0s"}).out == "2 keys; 0 without a workflow\n");
}

TEST_CASE("tool: a key ring that is none, or of others, is refused") {
  const temporary_directory place;
  const std::string ring = "sqlite:" + (place.path() / "keys.db").string();
  sqlite_file database, other;
  (void)other.open();
  database.options().keys = open_key_ring(database_url{ring});
  REQUIRE(database.open()->create(first_unit(1)) == commit_result::applied);
  const auto refused = [&](const words& arguments, int exit_code, const std::string& why) {
    check_complaint(run_nava(arguments), exit_code, why);
  };
  refused(at(database, {"keys"}), misused, "name the key ring");
  refused(at(database, {"list", "--keys", "mysql://here"}), misused, "a database URL begins with");
  refused(at(database, {"list", "--keys", url_of(other)}), misused, "has workflows");
  refused(at(database, {"keys", "--keys", ring, "--older-than", "soon"}), misused, "soon");
  refused(at(database, {"keys", "--keys", ring, "--even-all"}), misused, "--destroy");
  refused(at(other, {"keys", "--keys", ring, "--older-than", "0s", "--destroy"}), refused_it,
          "nothing was destroyed");
  CHECK(
      run_nava(at(other, {"keys", "--keys", ring, "--older-than", "0s", "--destroy", "--even-all"}))
          .exit_code == done);
}
