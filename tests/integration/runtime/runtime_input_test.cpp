// SPDX-License-Identifier: Apache-2.0
#include "support/claims.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::string_literals;

namespace {

// A call of the runtime with a text, on a claim whose step and task are given.
struct call {
  std::string_view name;
  std::function<void(claim_run&, const std::string&)> with;
};

uuid step_in(claim_run& claim) { return step_of(claim.state(), "approval").id; }

event_key key_of(const std::string& text) { return event_key{text}; }

// Texts that name something: bounded by key_bytes_max.
std::vector<call> with_names() {
  const auto command = [](auto verb) {
    return [verb](claim_run& on, const std::string& text) { verb(on, text); };
  };
  return {
      {"start: resource's name", command([](auto& on, auto& text) {
         (void)on.run.start("claim", {text, "2"});
       })},
      {"start: resource's id", command([](auto& on, auto& text) {
         (void)on.run.start("claim", {"claim", text});
       })},
      {"start: definition", command([](auto& on, auto& text) {
         (void)on.run.start(text, {"claim", "2"});
       })},
      {"start: company", command([](auto& on, auto& text) {
         (void)on.run.start("claim", {"claim", "2"}, {}, {.company_id = text});
       })},
      {"start: owner", command([](auto& on, auto& text) {
         (void)on.run.start("claim", {"claim", "2"}, {}, {.owner_id = text});
       })},
      {"start: tag", command([](auto& on, auto& text) {
         (void)on.run.start("claim", {"claim", "2"}, {}, {.tags = {text}});
       })},
      {"start: actor", command([](auto& on, auto& text) {
         (void)on.run.start("claim", {"claim", "2"}, {}, {.actor = text});
       })},
      {"deliver: event",
       command([](auto& on, auto& text) { (void)on.run.deliver(happened(text)); })},
      {"deliver: key",
       command([](auto& on, auto& text) { (void)on.run.deliver(note(key_of(text))); })},
      {"deliver: resource", command([](auto& on, auto& text) {
         event noted = note();
         noted.resource.id = text;
         (void)on.run.deliver(noted);
       })},
      {"deliver: actor", command([](auto& on, auto& text) {
         event noted = note();
         noted.actor = text;
         (void)on.run.deliver(noted);
       })},
      {"publish: event",
       command([](auto& on, auto& text) { (void)on.run.publish(happened(text)); })},
      {"publish: key",
       command([](auto& on, auto& text) { (void)on.run.publish(note(key_of(text))); })},
      {"publish: resource", command([](auto& on, auto& text) {
         event noted = note();
         noted.resource.name = text;
         (void)on.run.publish(noted);
       })},
      {"pause: key",
       command([](auto& on, auto& text) { (void)on.run.pause(on.id, {.key = key_of(text)}); })},
      {"pause: actor",
       command([](auto& on, auto& text) { (void)on.run.pause(on.id, {.actor = text}); })},
      {"claim: user", command([](auto& on, auto& text) {
         (void)on.run.claim(on.id, step_in(on), {.user = text});
       })},
      {"assign: user",
       command([](auto& on, auto& text) { (void)on.run.assign(on.id, step_in(on), text); })},
      {"delegate: user",
       command([](auto& on, auto& text) { (void)on.run.delegate(on.id, step_in(on), text); })},
      {"offer: user", command([](auto& on, auto& text) {
         (void)on.run.offer(on.id, step_in(on), {.users = {text}});
       })},
      {"offer: group", command([](auto& on, auto& text) {
         (void)on.run.offer(on.id, step_in(on), {.groups = {text}});
       })},
      {"offer: role", command([](auto& on, auto& text) {
         (void)on.run.offer(on.id, step_in(on), {.roles = {text}});
       })},
      {"escalate: group", command([](auto& on, auto& text) {
         (void)on.run.escalate(on.id, step_in(on), {.groups = {text}});
       })},
      {"tag", command([](auto& on, auto& text) { (void)on.run.tag(on.id, text); })},
      {"legal hold",
       command([](auto& on, auto& text) { (void)on.run.place_legal_hold(on.id, text); })},
      {"link: event",
       command([](auto& on, auto& text) { (void)on.run.issue_link(on.id, step_in(on), text); })},
      {"link: answers as", command([](auto& on, auto& text) {
         (void)on.run.issue_link(on.id, step_in(on), "answer", {.answers_as = text});
       })},
      {"answer: link", command([](auto& on, auto& text) { (void)on.run.answer(text); })},
      {"worklist: user",
       command([](auto& on, auto& text) { (void)on.run.worklist({.user = text}); })},
  };
}

// Texts for people, and those within JSON.
std::vector<call> with_texts() {
  const auto with = [](auto verb) {
    return [verb](claim_run& on, const std::string& text) { verb(on, text); };
  };
  return {
      {"start: title", with([](auto& on, auto& text) {
         (void)on.run.start("claim", {"claim", "2"}, {}, {.title = text});
       })},
      {"start: params", with([](auto& on, auto& text) {
         (void)on.run.start("claim", {"claim", "2"}, {{"note", text}});
       })},
      {"start: key of a param", with([](auto& on, auto& text) {
         (void)on.run.start("claim", {"claim", "2"}, {{text, 1}});
       })},
      {"deliver: data", with([](auto& on, auto& text) {
         (void)on.run.deliver(happened("note", no_key, {{"deep", {{"note", text}}}}));
       })},
      {"publish: data", with([](auto& on, auto& text) {
         (void)on.run.publish(happened("note", no_key, {{"note", text}}));
       })},
      {"cancel: reason",
       with([](auto& on, auto& text) { (void)on.run.cancel(on.id, {.reason = text}); })},
      {"comment",
       with([](auto& on, auto& text) { (void)on.run.comment(on.id, text, {.actor = "ada"}); })},
      {"comment on a step", with([](auto& on, auto& text) {
         (void)on.run.comment(on.id, step_in(on), text, {.actor = "ada"});
       })},
  };
}

void check_refused(const std::vector<call>& calls, const std::vector<std::string>& texts,
                   test_database& database) {
  claim_run claim{database};
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
