// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>

#include "integration/tools/nava_command.hpp"

using namespace nava;
using namespace nava::test;
using Catch::Contains;

namespace {

using result = persistence::inbox_settlement::result;

void store_event(persistence::store& stored, const std::string& id) {
  schema::workflow_inbox event;
  event.event_name = "paid";
  event.resource_name = "loan";
  event.resource_id = id;
  (void)stored.store_event(event);
}

// The first three of four events are FAILED, EARLY and leased.
void fill(persistence::store& stored) {
  for (const char* id : {"1", "2", "3", "4"}) store_event(stored, id);
  const auto claimed =
      stored.claim_events({.events_max = 3, .lease = std::chrono::hours{1}, .owner = "drainer-1"})
          .events;
  const std::vector<persistence::inbox_settlement> ended{
      {.seq = claimed.at(0).seq,
       .fence = 1,
       .ends_as = result::failed,
       .attempt = 1,
       .error = "no definition handles the event 'paid'"},
      {.seq = claimed.at(1).seq,
       .fence = 1,
       .ends_as = result::early,
       .attempt = 1,
       .error = "no workflow yet",
       .delay = std::chrono::hours{1}}};
  REQUIRE(stored.settle_events(ended) == 2);
}

}  // namespace

TOOL_TEST_CASE("inbox lists what is not delivered, and why") {
  {
    const auto stored = database.open();
    CHECK(nava_at(database, {"inbox"}).out == "no events\n");
    fill(*stored);
  }
  const auto listed = nava_at(database, {"inbox"});
  CAPTURE(listed.out, listed.err);
  CHECK(listed.exit_code == done);
  CHECK_THAT(listed.out, Contains("loan/1") && Contains("FAILED") &&
                             Contains("no definition handles the event 'paid'") &&
                             Contains("EARLY") && Contains("with drainer-1") && Contains("loan/4"));
  CHECK_THAT(nava_at(database, {"inbox", "--status", "failed"}).out,
             Contains("loan/1") && !Contains("loan/2"));
  CHECK_THAT(nava_at(database, {"inbox", "--limit", "1"}).out, !Contains("loan/2"));
  const auto json = json::parse(nava_at(database, {"inbox", "--json"}).out).as_array();
  REQUIRE(json.size() == 4);
  CHECK(json[0].at("status") == "FAILED");
  CHECK(json[2].at("lease_owner") == "drainer-1");
}

TOOL_TEST_CASE("inbox retries and discards what has failed") {
  const auto stored = database.open();
  fill(*stored);
  CHECK(nava_at(database, {"inbox", "--retry", "1"}).out == "retried 1 of 1 events\n");
  CHECK(stored->list_events({}).at(0).status == schema::inbox_status::ready);
  const auto refused = nava_at(database, {"inbox", "--retry", "1", "3", "99"});
  CHECK(refused.exit_code == refused_it);
  CHECK(refused.out == "retried 0 of 3 events\n");
  CHECK_THAT(refused.err, Contains("the others are being delivered, or not there"));
  CHECK(nava_at(database, {"inbox", "--discard", "2", "--yes", "--json"}).out ==
        "{\"discarded\":1}\n");
  CHECK(stored->list_events({}).size() == 3);
  check_complaint(nava_at(database, {"inbox", "--retry", "1", "--discard", "2"}), misused,
                  "--discard");
  check_complaint(nava_at(database, {"inbox", "--retry", "one"}), misused, "one");
  check_complaint(nava_at(database, {"inbox", "--status", "late"}), misused,
                  "'late' is no status of an event; use one of READY, EARLY, FAILED");
}

TOOL_TEST_CASE("schedules are listed, paused, resumed, triggered and removed") {
  const std::shared_ptr<persistence::store> stored = database.open();
  runtime run{stored, {}};
  CHECK(nava_at(database, {"schedules"}).out == "no schedules\n");
  schedules{run}.set("nightly", schedule_spec::cron("0 2 * * *", "Europe/Berlin"),
                     scheduled_event{"close-day", {"branch", "7"}});
  const auto listed = nava_at(database, {"schedules"});
  CAPTURE(listed.out, listed.err);
  CHECK_THAT(listed.out, Contains("nightly") && Contains("0 2 * * *") && Contains("ACTIVE") &&
                             Contains("delivers close-day to branch/7"));
  CHECK(nava_at(database, {"schedules", "--pause", "nightly"}).out == "paused nightly\n");
  CHECK_THAT(nava_at(database, {"schedules"}).out, Contains("PAUSED"));
  CHECK(nava_at(database, {"schedules", "--resume", "nightly"}).out == "resumed nightly\n");
  CHECK(nava_at(database, {"schedules", "--trigger", "nightly"}).out == "triggered nightly\n");
  const auto json = json::parse(nava_at(database, {"schedules", "--json"}).out).as_array();
  REQUIRE(json.size() == 1);
  CHECK(json[0].at("next_ticks").as_array().size() == 5);
  CHECK(json[0].at("when") == "cron 0 2 * * * in Europe/Berlin");
  check_complaint(nava_at(database, {"schedules", "--pause", "daily"}), refused_it, "daily");
  check_complaint(nava_at(database, {"schedules", "--pause", "a", "--remove", "b"}), misused, "--");
  CHECK(nava_at(database, {"schedules", "--remove", "nightly"}).out == "removed nightly\n");
  CHECK(nava_at(database, {"schedules"}).out == "no schedules\n");
}
