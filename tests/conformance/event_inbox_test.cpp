// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "conformance/store_test_case.hpp"
#include "support/eventually.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

using event_row = schema::workflow_inbox;
using result = inbox_settlement::result;
using seqs = std::vector<std::int64_t>;

event_row event_for(std::string resource_id, std::string name = "paid") {
  event_row event;
  event.event_name = std::move(name);
  event.resource_name = "loan";
  event.resource_id = std::move(resource_id);
  event.event_data = {{"amount", 5}};
  return event;
}

inbox_claim claim_as(std::string owner, std::size_t events_max = 10) {
  inbox_claim request;
  request.events_max = events_max;
  request.lease = 60s;
  request.owner = std::move(owner);
  return request;
}

seqs seqs_of(const std::vector<event_row>& events) {
  seqs all;
  for (const event_row& each : events) all.push_back(each.seq);
  return all;
}

inbox_settlement settled(const event_row& event, result how,
                         std::chrono::milliseconds delay = 0ms) {
  inbox_settlement ended{
      .seq = event.seq, .fence = event.lease_fence, .ends_as = how, .attempt = event.attempt};
  if (how != result::delivered) ended.error = "the loan's customer said: \"no\"\n";
  ended.delay = delay;
  return ended;
}

bool settle(store& stored, const event_row& event, result how,
            std::chrono::milliseconds delay = 0ms) {
  const inbox_settlement ended = settled(event, how, delay);
  return stored.settle_events({&ended, 1}) == 1;
}

}  // namespace

STORE_TEST_CASE("an event that is stored is claimed once, as it was given") {
  const auto stored = database.open();
  event_row given = event_for("7");
  given.event_key = "payment-17";
  given.event_args = {{"sender", "bank"}};
  given.selector = id_of(id_kind::step, 1);
  given.at = timestamp{std::chrono::microseconds{1'700'000'000'000'001}};
  const std::int64_t seq = stored->store_event(given);
  const auto claimed = stored->claim_events(claim_as("ada"));
  REQUIRE(claimed.events.size() == 1);
  const event_row& event = claimed.events.front();
  CHECK(event.seq == seq);
  CHECK(event.event_key == given.event_key);
  CHECK(event.event_name == "paid");
  CHECK(event.resource_name == "loan");
  CHECK(event.resource_id == "7");
  CHECK(event.event_data == given.event_data);
  CHECK(event.event_args == given.event_args);
  CHECK(event.selector == given.selector);
  CHECK(event.at == given.at);
  CHECK(event.status == schema::inbox_status::ready);
  CHECK(event.attempt == 1);
  CHECK(event.lease_fence == 1);
  CHECK(event.lease_owner == "ada");
  CHECK(claimed.seen_from == seq);
  CHECK(claimed.seen_to == seq);
  CHECK_FALSE(claimed.are_more);
  CHECK(stored->claim_events(claim_as("bob")).events.empty());
  CHECK(settle(*stored, event, result::delivered));
  CHECK(stored->list_events({}).empty());
  CHECK_FALSE(settle(*stored, event, result::delivered));
}

STORE_TEST_CASE("events of a resource belong to whoever holds its first") {
  const auto stored = database.open();
  for (const char* id : {"1", "2", "1", "1", "2"}) (void)stored->store_event(event_for(id));
  const auto first = stored->claim_events(claim_as("ada", 1)).events;
  REQUIRE(seqs_of(first) == seqs{1});
  const auto others = stored->claim_events(claim_as("bob"));
  REQUIRE(seqs_of(others.events) == seqs{2, 5});
  CHECK(others.seen_to == 5);
  CHECK(stored->claim_events(claim_as("cid")).events.empty());
  CHECK(settle(*stored, first.front(), result::delivered));
  CHECK(seqs_of(stored->claim_events(claim_as("cid")).events) == seqs{3, 4});
}

STORE_TEST_CASE("an event that is put off holds up later ones of its resource, and no others") {
  const auto stored = database.open();
  for (const char* id : {"1", "1", "2"}) (void)stored->store_event(event_for(id));
  const auto first = stored->claim_events(claim_as("ada", 1)).events;
  CHECK(settle(*stored, first.at(0), result::again, 1h));
  CHECK(seqs_of(stored->claim_events(claim_as("ada")).events) == seqs{3});
  const auto listed = stored->list_events({.limit = 1});
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].error == "the loan's customer said: \"no\"\n");
  CHECK(listed[0].attempt == 1);
  CHECK_FALSE(listed[0].lease_owner);
  CHECK(listed[0].ts_due);
}

STORE_TEST_CASE("an early event comes again when it is due, and holds up nothing") {
  const auto stored = database.open();
  (void)stored->store_event(event_for("1"));
  (void)stored->store_event(event_for("1", "viewed"));
  auto claimed = stored->claim_events(claim_as("ada", 1)).events;
  CHECK(settle(*stored, claimed.at(0), result::early, 1h));
  CHECK(seqs_of(stored->claim_events(claim_as("ada")).events) == seqs{2});
  CHECK(stored->retry_events(seqs{1, 2}) == 1);
  claimed = stored->claim_events(claim_as("ada")).events;
  REQUIRE(seqs_of(claimed) == seqs{1});
  CHECK(claimed[0].attempt == 1);
  CHECK(settle(*stored, claimed[0], result::early));
  claimed = stored->claim_events(claim_as("ada")).events;
  REQUIRE(seqs_of(claimed) == seqs{1});
  CHECK(claimed[0].attempt == 2);
  CHECK(claimed[0].status == schema::inbox_status::early);
}

STORE_TEST_CASE("a claim tells which events early ones come before, which are claimed then") {
  const auto stored = database.open();
  for (const char* name : {"paid", "viewed", "paid", "paid"})
    (void)stored->store_event(event_for("1", name));
  for (const event_row& each : stored->claim_events(claim_as("ada", 64)).events)
    CHECK(settle(*stored, each, each.seq == 4 ? result::again : result::early,
                 each.seq == 4 ? 0ms : 1h));
  const auto claimed = stored->claim_events(claim_as("ada"));
  REQUIRE(seqs_of(claimed.events) == seqs{4});
  CHECK(claimed.behind_early == std::set<std::int64_t>{4});
  inbox_claim one = claim_as("ada", 1);
  const auto first = stored->claim_earlier(claimed.events[0], one);
  CHECK(seqs_of(first.events) == seqs{1});
  CHECK_FALSE(first.are_held);
  one.after_seq = 1;
  CHECK(seqs_of(stored->claim_earlier(claimed.events[0], one).events) == seqs{3});
  one.after_seq = 3;
  const auto none = stored->claim_earlier(claimed.events[0], one);
  CHECK(none.events.empty());
  CHECK_FALSE(none.are_held);
}

STORE_TEST_CASE("of early events that another lease holds, none is claimed") {
  const auto stored = database.open();
  for (int i = 0; i < 3; ++i) (void)stored->store_event(event_for("1"));
  for (const event_row& each : stored->claim_events(claim_as("ada", 64)).events)
    CHECK(settle(*stored, each, each.seq == 3 ? result::again : result::early,
                 each.seq == 1 ? 1h : 0ms));
  const auto claimed = stored->claim_events(claim_as("ada"));
  REQUIRE(seqs_of(claimed.events) == seqs{2, 3});
  // The second comes with the claim; the first has to be fetched for both.
  CHECK(claimed.behind_early == std::set<std::int64_t>{2, 3});
  const auto held = stored->claim_earlier(claimed.events[1], claim_as("bob"));
  CHECK(held.are_held);
  CHECK(held.events.empty());
  CHECK(seqs_of(stored->claim_earlier(claimed.events[0], claim_as("bob")).events) == seqs{1});
}

STORE_TEST_CASE("an event waits for an early one that is tried again meanwhile") {
  const auto stored = database.open();
  for (int i = 0; i < 2; ++i) (void)stored->store_event(event_for("1"));
  const auto both = stored->claim_events(claim_as("ada")).events;
  REQUIRE(both.size() == 2);
  CHECK(settle(*stored, both[0], result::early, 1h));
  CHECK(settle(*stored, both[1], result::again));
  const auto later = stored->claim_events(claim_as("ada"));
  REQUIRE(seqs_of(later.events) == seqs{2});
  CHECK(later.behind_early == std::set<std::int64_t>{2});
  // Another drainer has delivered the first, whose handler threw.
  CHECK(stored->retry_events(seqs{1}) == 1);
  const auto earlier = stored->claim_earlier(later.events[0], claim_as("ada"));
  CHECK(earlier.are_held);
  CHECK(earlier.events.empty());
}

STORE_TEST_CASE("early events wait for an earlier one that is tried again") {
  const auto stored = database.open();
  for (const char* name : {"paid", "paid", "viewed"})
    (void)stored->store_event(event_for("1", name));
  for (const event_row& each : stored->claim_events(claim_as("ada", 64)).events)
    CHECK(settle(*stored, each, result::early));
  CHECK(seqs_of(stored->claim_events(claim_as("ada", 64)).events) == seqs{1, 2, 3});
  const auto listed = stored->list_events({});
  CHECK(settle(*stored, listed.at(0), result::again, 1h));
  for (const std::size_t place : {1, 2}) CHECK(settle(*stored, listed.at(place), result::early));
  CHECK(seqs_of(stored->claim_events(claim_as("ada")).events) == seqs{3});
}

STORE_TEST_CASE("early events of one resource leave room for the others") {
  const auto stored = database.open();
  for (int i = 0; i < 40; ++i) (void)stored->store_event(event_for("hot"));
  while (!stored->list_events({.status = schema::inbox_status::ready}).empty())
    for (const event_row& each : stored->claim_events(claim_as("ada", 40)).events)
      CHECK(settle(*stored, each, result::early));
  for (int i = 0; i < 40; ++i) (void)stored->store_event(event_for(std::to_string(i)));
  const auto claimed = stored->claim_events(claim_as("ada", 40)).events;
  CHECK(std::count_if(claimed.begin(), claimed.end(),
                      [](const event_row& each) { return each.resource_id != "hot"; }) >= 30);
}

STORE_TEST_CASE("a failed event stays, is tried again when somebody asks, or is discarded") {
  const auto stored = database.open();
  for (const char* id : {"1", "2"}) (void)stored->store_event(event_for(id));
  for (const event_row& each : stored->claim_events(claim_as("ada")).events)
    CHECK(settle(*stored, each, result::failed));
  CHECK(stored->claim_events(claim_as("ada")).events.empty());
  CHECK(seqs_of(stored->list_events({.status = schema::inbox_status::failed})) == seqs{1, 2});
  CHECK(seqs_of(stored->list_events({.after_seq = 1})) == seqs{2});
  CHECK(stored->list_events({.status = schema::inbox_status::ready}).empty());
  CHECK(stored->retry_events(seqs{2}) == 1);
  CHECK(stored->retry_events(seqs{}) == 0);
  CHECK(stored->discard_events(seqs{1, 9}) == 1);
  CHECK(seqs_of(stored->claim_events(claim_as("ada")).events) == seqs{2});
  CHECK(stored->list_events({.status = schema::inbox_status::failed}).empty());
}

STORE_TEST_CASE("a lease that has ended is taken over, and its late holder refused") {
  const auto stored = database.open();
  (void)stored->store_event(event_for("1"));
  inbox_claim request = claim_as("ada");
  request.lease = 1ms;
  const auto late = stored->claim_events(request).events;
  REQUIRE(late.size() == 1);
  std::vector<event_row> taken;
  REQUIRE(eventually([&] {
    taken = stored->claim_events(claim_as("bob")).events;
    return !taken.empty();
  }));
  CHECK(taken[0].lease_fence == 2);
  CHECK(taken[0].attempt == 2);
  for (const auto how : {result::delivered, result::failed, result::again, result::early})
    CHECK_FALSE(settle(*stored, late[0], how));
  CHECK(stored->list_events({}).at(0).lease_owner == "bob");
  CHECK(settle(*stored, taken[0], result::delivered));
}

STORE_TEST_CASE("a claim takes the names that it is given, in their order") {
  const auto stored = database.open();
  (void)stored->store_event(event_for("1", "paid"));
  (void)stored->store_event(event_for("1", "viewed"));
  inbox_claim request = claim_as("ada");
  request.event_names = {"viewed", "it's \"odd\""};
  CHECK(seqs_of(stored->claim_events(request).events) == seqs{2});
  request.event_names = {"paid"};
  CHECK(seqs_of(stored->claim_events(request).events) == seqs{1});
}

STORE_TEST_CASE("behind a long queue of one resource a claim goes on") {
  const auto stored = database.open();
  constexpr int queue = 300;
  for (int i = 0; i < queue; ++i) (void)stored->store_event(event_for("1"));
  (void)stored->store_event(event_for("2"));
  CHECK(seqs_of(stored->claim_events(claim_as("ada", 1)).events) == seqs{1});
  inbox_claim request = claim_as("bob", 1);
  auto claimed = stored->claim_events(request);
  CHECK(claimed.events.empty());
  CHECK(claimed.are_more);
  request.after_seq = claimed.seen_to;
  claimed = stored->claim_events(request);
  CHECK(seqs_of(claimed.events) == seqs{queue + 1});
  CHECK_FALSE(claimed.are_more);
}

STORE_TEST_CASE("drainers beside each other deliver all, once, in order") {
  constexpr int events = 400, resources = 9, drainers = 4;
  const auto stored = database.open();
  for (int i = 0; i < events; ++i)
    (void)stored->store_event(event_for(std::to_string(i * i % resources)));
  std::mutex mutex;
  std::map<std::string, seqs> delivered;
  std::size_t total = 0, not_settled = 0;
  const auto drain = [&](const std::string& name) {
    const auto is_done = [&] {
      const std::lock_guard lock{mutex};
      return total == events;
    };
    while (!is_done()) {
      std::vector<inbox_settlement> ended;
      const auto claimed = stored->claim_events(claim_as(name, 7)).events;
      for (const event_row& each : claimed) {
        const std::lock_guard lock{mutex};
        delivered[each.resource_id].push_back(each.seq);
        ended.push_back(settled(each, result::delivered));
      }
      const std::size_t confirmed = stored->settle_events(ended);
      const std::lock_guard lock{mutex};
      not_settled += ended.size() - confirmed;
      total += ended.size();
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < drainers; ++i) threads.emplace_back(drain, "drainer-" + std::to_string(i));
  for (std::thread& each : threads) each.join();
  CHECK(not_settled == 0);
  std::size_t count = 0;
  for (const auto& [id, order] : delivered) {
    INFO(id);
    CHECK(std::is_sorted(order.begin(), order.end()));
    count += order.size();
  }
  CHECK(count == events);
  CHECK(stored->list_events({}).empty());
}

STORE_TEST_CASE("what no inbox can take is refused, and nothing stored") {
  const auto stored = database.open();
  event_row event = event_for("1");
  const auto check_refused = [&](const event_row& bad, const std::string& says) {
    INFO(says);
    CHECK_THROWS_WITH(stored->store_event(bad), Catch::Contains(says));
  };
  event.event_name.clear();
  check_refused(event, "an event has a name");
  event.event_name = std::string{"a\0b", 3};
  check_refused(event, "name of an event");
  event = event_for(std::string(10'000, 'x'));
  check_refused(event, "id of a resource");
  event = event_for("1");
  event.event_key = "";
  check_refused(event, "key of an event is not empty");
  event.event_key.reset();
  event.event_data = {{"text", std::string{"a\0b", 3}}};
  check_refused(event, "event_data");
  CHECK(stored->list_events({}).empty());
  CHECK_THROWS_AS(stored->claim_events(claim_as("ada", 0)), error);
  CHECK_THROWS_AS(stored->claim_events(claim_as("ada", inbox_events_max + 1)), error);
  inbox_claim request = claim_as("ada");
  request.lease = 0ms;
  CHECK_THROWS_AS(stored->claim_events(request), error);
  CHECK_THROWS_AS(stored->settle_events(std::vector<inbox_settlement>(inbox_events_max + 1)),
                  error);
}
