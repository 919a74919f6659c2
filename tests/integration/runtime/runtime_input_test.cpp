// SPDX-License-Identifier: Apache-2.0
#include "support/claims.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::string_literals;
using Catch::Contains;

namespace {

// A call of the runtime with a text, and a text that it takes.
struct call {
  std::string_view name, good;
  std::function<void(claim_run&, const std::string&)> with;
};

// Eva may claim the approval, and Ada has the payment.
struct open_claim : claim_run {
  open_claim(test_database& database, std::shared_ptr<persistence::store> opened)
      : claim_run(database, std::move(opened)) {
    (void)run.offer(id, step_of(state(), "approval").id, {.users = {"eva"}});
    (void)run.assign(id, step_of(state(), "payment").id, "ada");
  }
};

uuid step_in(claim_run& claim) { return step_of(claim.state(), "approval").id; }

event_key key_of(const std::string& text) { return event_key{text}; }

// Texts that name something: bounded by key_bytes_max.
std::vector<call> with_names() {
  return {
      {"start: resource's name", "good",
       [](auto& on, auto& text) {
         (void)on.run.start("claim", {text, "2"});
       }},
      {"start: resource's id", "good",
       [](auto& on, auto& text) {
         (void)on.run.start("claim", {"claim", text});
       }},
      {"start: definition", "claim",
       [](auto& on, auto& text) {
         (void)on.run.start(text, {"claim", "2"});
       }},
      {"start: company", "good",
       [](auto& on, auto& text) {
         (void)on.run.start("claim", {"claim", "2"}, {}, {.company_id = text});
       }},
      {"start: owner", "good",
       [](auto& on, auto& text) {
         (void)on.run.start("claim", {"claim", "2"}, {}, {.owner_id = text});
       }},
      {"start: tag", "good",
       [](auto& on, auto& text) {
         (void)on.run.start("claim", {"claim", "2"}, {}, {.tags = {text}});
       }},
      {"start: actor", "good",
       [](auto& on, auto& text) {
         (void)on.run.start("claim", {"claim", "2"}, {}, {.actor = text});
       }},
      {"deliver: event", "note",
       [](auto& on, auto& text) { (void)on.run.deliver(happened(text)); }},
      {"deliver: key", "good",
       [](auto& on, auto& text) { (void)on.run.deliver(note(key_of(text))); }},
      {"deliver: resource", "1",
       [](auto& on, auto& text) {
         event noted = note();
         noted.resource.id = text;
         (void)on.run.deliver(noted);
       }},
      {"deliver: actor", "good",
       [](auto& on, auto& text) {
         event noted = note();
         noted.actor = text;
         (void)on.run.deliver(noted);
       }},
      {"publish: event", "good",
       [](auto& on, auto& text) { (void)on.run.publish(happened(text)); }},
      {"publish: key", "good",
       [](auto& on, auto& text) { (void)on.run.publish(note(key_of(text))); }},
      {"publish: resource", "good",
       [](auto& on, auto& text) {
         event noted = note();
         noted.resource.name = text;
         (void)on.run.publish(noted);
       }},
      {"pause: key", "good",
       [](auto& on, auto& text) { (void)on.run.pause(on.id, {.key = key_of(text)}); }},
      {"pause: actor", "good",
       [](auto& on, auto& text) { (void)on.run.pause(on.id, {.actor = text}); }},
      {"claim: user", "eva",
       [](auto& on, auto& text) { (void)on.run.claim(on.id, step_in(on), {.user = text}); }},
      {"assign: user", "good",
       [](auto& on, auto& text) { (void)on.run.assign(on.id, step_in(on), text); }},
      {"delegate: user", "good",
       [](auto& on, auto& text) {
         (void)on.run.delegate(on.id, step_of(on.state(), "payment").id, text);
       }},
      {"offer: user", "good",
       [](auto& on, auto& text) { (void)on.run.offer(on.id, step_in(on), {.users = {text}}); }},
      {"offer: group", "good",
       [](auto& on, auto& text) { (void)on.run.offer(on.id, step_in(on), {.groups = {text}}); }},
      {"offer: role", "manager",
       [](auto& on, auto& text) { (void)on.run.offer(on.id, step_in(on), {.roles = {text}}); }},
      {"escalate: group", "good",
       [](auto& on, auto& text) { (void)on.run.escalate(on.id, step_in(on), {.groups = {text}}); }},
      {"tag", "good", [](auto& on, auto& text) { (void)on.run.tag(on.id, text); }},
      {"legal hold", "good",
       [](auto& on, auto& text) { (void)on.run.place_legal_hold(on.id, text); }},
      {"link: event", "answer",
       [](auto& on, auto& text) { (void)on.run.issue_link(on.id, step_in(on), text); }},
      {"link: answers as", "good",
       [](auto& on, auto& text) {
         (void)on.run.issue_link(on.id, step_in(on), "answer", {.answers_as = text});
       }},
      {"worklist: user", "good",
       [](auto& on, auto& text) { (void)on.run.worklist({.user = text}); }},
  };
}

// Texts for people, and those within JSON.
std::vector<call> with_texts() {
  return {
      {"start: title", "good",
       [](auto& on, auto& text) {
         (void)on.run.start("claim", {"claim", "2"}, {}, {.title = text});
       }},
      {"start: params", "good",
       [](auto& on, auto& text) {
         (void)on.run.start("claim", {"claim", "2"}, {{"note", text}});
       }},
      {"start: key of a param", "good",
       [](auto& on, auto& text) {
         (void)on.run.start("claim", {"claim", "2"}, {{text, 1}});
       }},
      {"deliver: data", "good",
       [](auto& on, auto& text) {
         (void)on.run.deliver(happened("note", no_key, {{"deep", {{"note", text}}}}));
       }},
      {"publish: data", "good",
       [](auto& on, auto& text) {
         (void)on.run.publish(happened("note", no_key, {{"note", text}}));
       }},
      {"cancel: reason", "good",
       [](auto& on, auto& text) { (void)on.run.cancel(on.id, {.reason = text}); }},
      {"comment", "good",
       [](auto& on, auto& text) { (void)on.run.comment(on.id, text, {.actor = "ada"}); }},
      {"comment on a step", "good",
       [](auto& on, auto& text) {
         (void)on.run.comment(on.id, step_in(on), text, {.actor = "ada"});
       }},
  };
}

// So that it is the text that is refused below.
void check_taken(const std::vector<call>& calls, test_database& database,
                 const std::shared_ptr<persistence::store>& stored) {
  for (const call& each : calls) {
    CAPTURE(each.name);
    open_claim claim{database, stored};
    CHECK_NOTHROW(each.with(claim, std::string{each.good}));
    for (const auto& row : stored->list({}).workflows) {
      if (each.name == "legal hold") (void)claim.run.release_legal_hold(row.id, each.good);
      REQUIRE(stored->erase(row.id));
    }
  }
}

void check_refused(const std::vector<call>& calls, const std::vector<std::string>& texts,
                   test_database& database) {
  const std::shared_ptr<persistence::store> stored = database.open();
  check_taken(calls, database, stored);
  open_claim claim{database, stored};
  const std::string before = claim.dump();
  for (const call& each : calls)
    for (const std::string& text : texts) {
      CAPTURE(each.name, text.size(), text.substr(0, 4));
      try {
        each.with(claim, text);
        FAIL_CHECK("it is taken");
      } catch (const nava::exception& refusal) {
        CHECK_FALSE(refusal.may_retry());
        const std::string_view said = refusal.what();
        CHECK(said.find('\n') == said.npos);
        CHECK(said.size() < 1'000);
      }
      CHECK(claim.dump() == before);
    }
  CHECK(claim.deliver(yes()) == delivery::applied);
}

}  // namespace

RUNTIME_TEST_CASE("names that no database can store are refused, and nothing is stored") {
  check_refused(with_names(), {"a\0b"s, "\xff", std::string(key_bytes_max + 1, 'x')}, database);
}

RUNTIME_TEST_CASE("texts that no database can store are refused, and nothing is stored") {
  check_refused(with_texts(), {"a\0b"s, "\xc3", "\xed\xa0\x80"}, database);
}

RUNTIME_TEST_CASE("a start about a resource without a name or an id is refused") {
  claim_run claim{database};
  const std::string before = claim.dump();
  for (const auto& [about, lacks] :
       {std::pair{resource{"", "2"}, "a name"}, {resource{"claim", ""}, "an id"}}) {
    CHECK_THROWS_WITH(claim.run.start("claim", about),
                      Contains("the start of 'claim'") && Contains(lacks));
    CHECK(claim.dump() == before);
  }
}
