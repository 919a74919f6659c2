// SPDX-License-Identifier: Apache-2.0
#include "runtime/inbox/held_events.hpp"

#include "support/catch.hpp"

using namespace nava;
using result = persistence::inbox_settlement::result;

namespace {

schema::workflow_inbox event_of(std::int64_t seq, std::string name) {
  schema::workflow_inbox event;
  event.seq = seq;
  event.event_name = std::move(name);
  event.resource_name = "loan";
  event.resource_id = "1";
  event.attempt = 1;
  return event;
}

std::vector<std::int64_t> seqs_of(const std::vector<persistence::inbox_settlement>& ended) {
  std::vector<std::int64_t> seqs;
  for (const auto& each : ended) seqs.push_back(each.seq);
  return seqs;
}

persistence::inbox_settlement ends(const held_event& event, result how) {
  return {.seq = event.row.seq, .ends_as = how, .attempt = 1, .error = "nobody", .delay = {}};
}

}  // namespace

TEST_CASE("held events: what came too early is not overtaken by what follows it", "[runtime]") {
  held_events held{10};
  schema::workflow_inbox to_a_step = event_of(4, "paid"), unreadable = event_of(5, "paid");
  to_a_step.selector = uuid{};
  unreadable.unreadable = "no object";
  held.take({event_of(1, "paid"), event_of(2, "viewed"), event_of(3, "paid"), to_a_step, unreadable},
            std::chrono::steady_clock::now());
  const auto first = held.next_to_deliver().value();
  held.hand_over(first, ends(first, result::early));
  const auto ended = held.next_to_settle();
  CHECK(seqs_of(ended) == std::vector<std::int64_t>{3, 1});
  CHECK(ended.at(0).ends_as == result::early);
  CHECK(ended.at(0).error == "nobody");
  CHECK(ended.at(0).attempt == 0);
  for (const std::int64_t seq : {2, 4, 5}) {
    const auto next = held.next_to_deliver().value();
    CHECK(next.row.seq == seq);
    held.hand_over(next, ends(next, result::delivered));
  }
}

TEST_CASE("held events: what is to be tried again holds up what follows it", "[runtime]") {
  held_events held{10};
  held.take({event_of(1, "paid"), event_of(2, "viewed")}, std::chrono::steady_clock::now());
  const auto first = held.next_to_deliver().value();
  held.hand_over(first, ends(first, result::again));
  CHECK(seqs_of(held.next_to_settle()) == std::vector<std::int64_t>{2, 1});
}
