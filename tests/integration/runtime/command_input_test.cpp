// SPDX-License-Identifier: Apache-2.0
#include "support/claims.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::string_literals;
using namespace std::chrono_literals;

namespace {

enum class part { none, approval, payment, mail };

// A command of the runtime to a workflow, or to a step or a task of it.
struct given_command {
  std::string_view name;
  part to;
  std::function<void(claim_run&)> prepare;
  std::function<void(runtime&, const uuid&, const uuid&, const command_options&)> give;
  bool succeeds = true;  ///< where all that it is given is good
};

uuid id_of(claim_run& claim, part which) {
  if (which == part::none) return {};
  if (which != part::mail)
    return step_of(claim.state(), which == part::approval ? "approval" : "payment").id;
  return claim.history().tasks.at(0).id;
}

std::vector<given_command> commands() {
  using options = command_options;
  const auto of_workflow = [](auto verb) {
    return [verb](runtime& run, const uuid& id, const uuid&, const options& how) {
      (void)(run.*verb)(id, how);
    };
  };
  const auto of_part = [](auto verb) {
    return [verb](runtime& run, const uuid& id, const uuid& to, const options& how) {
      (void)(run.*verb)(id, to, how);
    };
  };
  const auto nothing = [](claim_run&) {};
  const auto pause = [](claim_run& on) { (void)on.run.pause(on.id); };
  const auto fail = [](claim_run& on) { (void)on.run.deliver(happened("fail")); };
  const auto offer = [](claim_run& on) {
    (void)on.run.offer(on.id, id_of(on, part::approval), {.users = {"eva"}});
  };
  const auto claim = [offer](claim_run& on) {
    offer(on);
    (void)on.run.claim(on.id, id_of(on, part::approval), {.user = "eva"});
  };
  const auto assign = [](claim_run& on) {
    (void)on.run.assign(on.id, id_of(on, part::payment), "ada");
  };
  const auto delegate = [assign](claim_run& on) {
    assign(on);
    (void)on.run.delegate(on.id, id_of(on, part::payment), "eva");
  };
  return {
      {"pause", part::none, nothing, of_workflow(&runtime::pause)},
      {"resume", part::none, pause, of_workflow(&runtime::resume)},
      {"cancel", part::none, nothing, of_workflow(&runtime::cancel)},
      {"abort", part::none, fail, of_workflow(&runtime::abort)},
      {"recover", part::approval, fail, of_part(&runtime::recover)},
      {"ignore", part::approval, fail, of_part(&runtime::ignore)},
      {"retry", part::approval, fail, of_part(&runtime::retry), false},
      {"cancel_task", part::mail, nothing, of_part(&runtime::cancel_task)},
      {"retry_task", part::mail,
       [](claim_run& on) { (void)on.run.cancel_task(on.id, id_of(on, part::mail)); },
       of_part(&runtime::retry_task)},
      {"claim", part::approval, offer,
       [](auto& run, auto& id, auto& to, auto& how) {
         (void)run.claim(id, to, {.user = "eva"}, how);
       }},
      {"unclaim", part::approval, claim, of_part(&runtime::unclaim)},
      {"assign", part::payment, nothing,
       [](auto& run, auto& id, auto& to, auto& how) { (void)run.assign(id, to, "ada", how); }},
      {"delegate", part::payment, assign,
       [](auto& run, auto& id, auto& to, auto& how) { (void)run.delegate(id, to, "eva", how); }},
      {"resolve", part::payment, delegate, of_part(&runtime::resolve)},
      {"offer", part::approval, nothing,
       [](auto& run, auto& id, auto& to, auto& how) {
         (void)run.offer(id, to, {.groups = {"clerks"}}, how);
       }},
      {"escalate", part::approval, nothing,
       [](auto& run, auto& id, auto& to, auto& how) {
         (void)run.escalate(id, to, {.groups = {"heads"}}, how);
       }},
      {"postpone", part::approval, nothing,
       [](auto& run, auto& id, auto& to, auto& how) {
         (void)run.postpone(id, to, *parse_timestamp("2040-01-01T00:00:00Z"), how);
       }},
      {"prioritize", part::approval, nothing,
       [](auto& run, auto& id, auto& to, auto& how) { (void)run.prioritize(id, to, 3, how); }},
      {"comment", part::none, nothing,
       [](auto& run, auto& id, auto&, auto& how) { (void)run.comment(id, "seen", how); }},
      {"comment on a step", part::approval, nothing,
       [](auto& run, auto& id, auto& to, auto& how) { (void)run.comment(id, to, "seen", how); }},
      {"tag", part::none, nothing,
       [](auto& run, auto& id, auto&, auto& how) { (void)run.tag(id, "urgent", how); }},
      {"untag", part::none, [](claim_run& on) { (void)on.run.tag(on.id, "urgent"); },
       [](auto& run, auto& id, auto&, auto& how) { (void)run.untag(id, "urgent", how); }},
      {"place_legal_hold", part::none, nothing,
       [](auto& run, auto& id, auto&, auto& how) { (void)run.place_legal_hold(id, "audit", how); }},
      {"release_legal_hold", part::none,
       [](claim_run& on) { (void)on.run.place_legal_hold(on.id, "audit"); },
       [](auto& run, auto& id, auto&, auto& how) {
         (void)run.release_legal_hold(id, "audit", how);
       }},
      {"issue_link", part::approval, nothing,
       [](auto& run, auto& id, auto& to, auto& how) {
         (void)run.issue_link(id, to, "answer", {.command = how});
       }},
  };
}

command_options good() { return {.reason = "good", .actor = "ada", .key = "once"}; }

// What no database can store, one in each.
std::vector<command_options> bad() {
  std::vector<command_options> all;
  const auto add = [&](auto change) { change(all.emplace_back(good())); };
  for (const std::string& text : {"a\0b"s, "\xff"s}) {
    add([&](command_options& how) { how.reason = text; });
    add([&](command_options& how) { how.actor = text; });
    add([&](command_options& how) { how.key = event_key{text}; });
  }
  const std::string too_long(key_bytes_max + 1, 'x');
  add([&](command_options& how) { how.actor = too_long; });
  add([&](command_options& how) { how.key = event_key{too_long}; });
  add([&](command_options& how) { how.actor = ""; });
  add([&](command_options& how) { how.key = event_key{""}; });
  return all;
}

void check_refused(claim_run& claim, const std::function<void()>& call) {
  const std::string before = claim.dump();
  try {
    call();
    FAIL_CHECK("it is taken");
  } catch (const nava::exception& refusal) {
    CAPTURE(refusal.what());
    CHECK_FALSE(refusal.may_retry());
    const std::string_view said = refusal.what();
    CHECK(said.find('\n') == said.npos);
    CHECK(said.size() < 1'000);
  }
  CHECK(claim.dump() == before);
}

}  // namespace

// Each is taken afterwards, so that it is the text, or the id, that is refused.
RUNTIME_TEST_CASE("a command with a bad text, or to what is not there, stores nothing") {
  const std::shared_ptr<persistence::store> stored = database.open();
  for (const given_command& each : commands()) {
    CAPTURE(each.name);
    claim_run claim{database, stored};
    each.prepare(claim);
    const uuid to = id_of(claim, each.to);
    // A handler that throws does so before its event is looked at.
    const auto options = each.succeeds ? bad() : std::vector<command_options>{};
    for (std::size_t i = 0; i < options.size(); ++i) {
      CAPTURE(i);
      check_refused(claim, [&] { each.give(claim.run, claim.id, to, options[i]); });
    }
    check_refused(claim, [&] { each.give(claim.run, new_id(), to, good()); });
    if (each.to != part::none)
      check_refused(claim, [&] { each.give(claim.run, claim.id, new_id(), good()); });
    if (each.succeeds) CHECK_NOTHROW(each.give(claim.run, claim.id, to, good()));
    if (each.name == "place_legal_hold") (void)claim.run.release_legal_hold(claim.id, "audit");
    REQUIRE(stored->erase(claim.id));
  }
}

RUNTIME_TEST_CASE("numbers and times that no database can store are refused by commands") {
  claim_run claim{database};
  const uuid step = id_of(claim, part::approval);
  for (const std::int64_t number :
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()})
    check_refused(claim, [&] { (void)claim.run.prioritize(claim.id, step, number); });
  for (const timestamp wrong : {timestamp::min(), timestamp::max()})
    check_refused(claim, [&] { (void)claim.run.postpone(claim.id, step, wrong); });
  for (const timestamp wrong : {timestamp::min(), timestamp::max()}) {
    event when = note();
    when.at = wrong;
    check_refused(claim, [&] { (void)claim.run.deliver(when); });
    check_refused(claim, [&] { (void)claim.run.publish(when); });
    check_refused(claim, [&] { (void)claim.stored->list_tasks({.due_before = wrong}); });
  }
  for (const double number :
       {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    check_refused(claim, [&] {
      (void)claim.run.deliver(happened("note", no_key, {{"size", number}}));
    });
    check_refused(claim, [&] {
      (void)claim.run.start("claim", {"claim", "2"}, {{"size", number}});
    });
  }
  json::value deep{1};
  for (int i = 0; i < 1'000; ++i) deep = json::array{std::move(deep)};
  check_refused(claim, [&] {
    (void)claim.run.deliver(happened("note", no_key, {{"deep", deep}}));
  });
  CHECK_FALSE(claim.run.state_at(new_id(), 1));
  CHECK(claim.deliver(yes()) == delivery::applied);
}
