// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>

#include "engine/command.hpp"
#include "engine/runner.hpp"
#include "engine/worklist.hpp"
#include "support/catch.hpp"
#include "support/decisions.hpp"

using namespace nava;
using namespace nava::engine;
using namespace nava::test::decisions;

namespace {

using lines = std::vector<std::string>;
using schema::worklist_place;

std::string line_of(const schema::workflow_worklist& row) {
  return std::string{schema::to_text(row.place)} + " " + row.principal;
}

lines listed(const std::vector<schema::workflow_worklist>& rows) {
  lines all;
  for (const auto& row : rows) all.push_back(line_of(row));
  return all;
}

// A leave that a manager or somebody of HR approves, and its history.
class leave {
 public:
  explicit leave(candidates may = {.users = {"eva"}, .groups = {"managers"}, .roles = {"hr"}})
      : definition_(build(std::move(may), story_)) {
    made_ = started(definition_);
  }

  void act(const std::function<void(step_context&)>& how) {
    const uuid id = step().id;
    const command_act act{.verb = "act", .step_id = id, .run = [&](runner& runner) {
                            step_context context{runner, id};
                            how(context);
                          }};
    made_ = decide(definition_, made_.state, act, {.actor = "ada"}, noon, transaction_id);
  }
  std::string refused_act(const std::function<void(step_context&)>& how) {
    return refusal([&] { act(how); });
  }
  void deliver(event happened) {
    made_ = decide(definition_, made_.state, happened, noon, transaction_id);
  }

  [[nodiscard]] const schema::workflow_step& step() const { return made_.state.steps.front(); }
  [[nodiscard]] const decision& made() const { return made_; }
  [[nodiscard]] lines list() const { return listed(worklist_of(made_.state)); }
  lines told() { return std::exchange(story_, {}); }

 private:
  static definition build(candidates may, lines& story) {
    definition_builder builder{"leave", revision{1}};
    builder.stage("review", "Review").role("hr", "Human resources");
    auto tell = [&story](std::string what) {
      return [&story, what](step_context& step) {
        story.push_back(what + " " + holder_of(step.row()).value_or("nobody") + " by " +
                        step.workflow().actor().value_or("nobody"));
      };
    };
    builder
        .step("approval", {.stage = "review", .states = {"APPROVED"}, .candidates = std::move(may)})
        .on_claimed(tell("claimed"))
        .on_unclaimed(tell("unclaimed"))
        .on_assigned(tell("assigned"))
        .on_delegated(tell("delegated"))
        .on_resolved(tell("resolved"))
        .on_escalated(tell("escalated"))
        .on("approve", [](step_context& step, const event&) { step.finish(); });
    builder.on("join", [](workflow_context& workflow, const event& happened) {
      workflow.add_participant("hr", happened.data.at("who").as_string());
    });
    builder.on("leave", [](workflow_context& workflow, const event& happened) {
      workflow.del_participant("hr", happened.data.at("who").as_string());
    });
    builder.on_started([](workflow_context& workflow) { workflow.add_step("approval"); });
    return builder.build();
  }

  lines story_;
  definition definition_;
  decision made_;
};

}  // namespace

TEST_CASE("a step that nobody has is listed for its candidates, each once") {
  leave leave{{.users = {"eva", "eva"}, .groups = {"managers"}, .roles = {"hr"}}};
  CHECK(leave.list() == lines{"USER eva", "GROUP managers"});
  leave.deliver(named("join", {{"who", "ben"}}));
  CHECK(leave.list() == lines{"USER ben", "USER eva", "GROUP managers"});
  CHECK(listed(leave.made().work.worklist.inserted) == lines{"USER ben"});
  leave.deliver(named("leave", {{"who", "ben"}}));
  CHECK(listed(leave.made().work.worklist.removed) == lines{"USER ben"});
}

TEST_CASE("a claim makes the claimant the owner, and takes the step off the other lists") {
  leave leave;
  leave.act([](step_context& step) {
    step.claim({.user = "max", .groups = {"sales", "managers"}});
  });
  CHECK(leave.step().owner_id == "max");
  CHECK(leave.list() == lines{"OWNER max"});
  CHECK(listed(leave.made().work.worklist.removed) == lines{"USER eva", "GROUP managers"});
  CHECK(listed(leave.made().work.worklist.inserted) == lines{"OWNER max"});
  CHECK(leave.told() == lines{"claimed max by ada"});
  CHECK(leave.made().work.events.front().actor == "ada");

  SECTION("once; a second claim of the owner changes nothing") {
    leave.act([](step_context& step) { step.claim({.user = "max"}); });
    CHECK(leave.made().work.mutations.empty());
  }
  SECTION("nobody else can have it, and the error says who has it") {
    try {
      leave.act([](step_context& step) { step.claim({.user = "eva"}); });
      FAIL("the step was claimed twice");
    } catch (const step_taken& taken) {
      CHECK(taken.holder() == "max");
      CHECK(std::string{taken.what()} == "'max' has step 'approval' already");
      CHECK_FALSE(taken.may_retry());
    }
  }
  SECTION("until it is given back") {
    leave.act([](step_context& step) { step.unclaim(); });
    CHECK(leave.told() == lines{"unclaimed nobody by ada"});
    CHECK(leave.list() == lines{"USER eva", "GROUP managers"});
  }
}

TEST_CASE("only candidates claim, by name, by group or by role") {
  leave leave;
  CHECK(leave.refused_act([](step_context& step) { step.claim({.user = "max"}); }) ==
        "'max', who is in 0 groups, is no candidate of step 'approval'");
  CHECK(leave.refused_act([](step_context& step) {
    step.claim({.user = "max", .groups = {"sales", "it"}});
  }) == "'max', who is in 2 groups, is no candidate of step 'approval'");
  CHECK(leave.refused_act([](step_context& step) { step.claim({.user = ""}); }) ==
        "a claimant has an empty name");
  CHECK(leave.refused_act([](step_context& step) {
    step.claim({.user = "max", .groups = std::vector<std::string>(300, "it")});
  }) == "a claimant has more than 256 groups and users to stand in for");
  SECTION("by role") {
    leave.deliver(named("join", {{"who", "max"}}));
    leave.act([](step_context& step) { step.claim({.user = "max"}); });
    CHECK(leave.step().owner_id == "max");
  }
  SECTION("in place of somebody") {
    leave.act([](step_context& step) { step.claim({.user = "max", .stands_in_for = {"eva"}}); });
    CHECK(leave.step().owner_id == "max");
  }
}

TEST_CASE("a step without candidates is assigned, and cannot be claimed or given back") {
  leave leave{candidates{}};
  CHECK(leave.list() == lines{});
  CHECK(leave.refused_act([](step_context& step) { step.claim({.user = "max"}); }) ==
        "step 'approval' has no candidates who could claim it; assign it");
  CHECK(leave.refused_act([](step_context& step) { step.unclaim(); }) ==
        "unclaim is refused while nobody has step 'approval'; claim or assign it");
  leave.act([](step_context& step) { step.assign("max"); });
  CHECK(leave.told() == lines{"assigned max by ada"});
  CHECK(leave.list() == lines{"OWNER max"});
  CHECK(leave.refused_act([](step_context& step) { step.unclaim(); }) ==
        "step 'approval' has no candidates who could claim it after 'max'; assign it to somebody "
        "else");
}

TEST_CASE("a delegate has the step until it is resolved; the owner stays") {
  leave leave;
  leave.act([](step_context& step) { step.assign("max"); });
  CHECK(leave.refused_act([](step_context& step) { step.delegate("max"); }) ==
        "'max' has step 'approval', and cannot be its delegate too");
  CHECK(leave.refused_act([](step_context& step) { step.resolve(); }) ==
        "step 'approval' is not delegated");
  leave.act([](step_context& step) { step.delegate("eva"); });
  CHECK(leave.list() == lines{"OWNER eva"});
  CHECK(leave.step().owner_id == "max");
  CHECK(leave.refused_act([](step_context& step) { step.delegate("ben"); }) ==
        "step 'approval' is delegated to 'eva'; resolve it first");
  leave.act([](step_context& step) { step.resolve(); });
  CHECK(leave.list() == lines{"OWNER max"});
  CHECK(leave.told() ==
        lines{"assigned max by ada", "delegated eva by ada", "resolved max by ada"});
}

TEST_CASE("an escalation adds candidates and takes the step from whoever has it") {
  leave leave;
  leave.act([](step_context& step) { step.assign("max").delegate("eva"); });
  leave.act([](step_context& step) { step.escalate_to({.groups = {"board"}}); });
  CHECK(leave.list() == lines{"USER eva", "GROUP board", "GROUP managers"});
  CHECK(leave.told().back() == "escalated nobody by ada");
  CHECK(leave.refused_act([](step_context& step) { step.escalate_to({}); }) ==
        "step 'approval' is escalated to nobody");
}

TEST_CASE("candidates are replaced, and are of roles that there are") {
  leave leave;
  leave.act([](step_context& step) { step.offer_to({.users = {"ben"}}); });
  CHECK(leave.list() == lines{"USER ben"});
  leave.act([](step_context& step) { step.offer_to({}); });
  CHECK(leave.list() == lines{});
  CHECK_FALSE(leave.step().candidates);
  CHECK(leave.refused_act([](step_context& step) { step.offer_to({.roles = {"boss"}}); }) ==
        "definition 'leave' has no role 'boss'");
  CHECK(leave.refused_act([](step_context& step) { step.offer_to({.groups = {""}}); }) ==
        "a candidate group has an empty name");
  CHECK(leave.refused_act([](step_context& step) {
    step.offer_to({.users = std::vector<std::string>(candidates_max + 1, "ben")});
  }) == "a step has at most 200 candidates; name a group");
}

TEST_CASE("a list follows the times and the priority of a step, and forgets it when it ends") {
  leave leave;
  const timestamp later = noon + std::chrono::hours{1};
  leave.act([](step_context& step) { step.assign("max"); });
  leave.act([&](step_context& step) { step.due_at(later).follow_up_at(noon).prioritize(3); });
  const auto& updated = leave.made().work.worklist.updated;
  REQUIRE(updated.size() == 1);
  CHECK(updated.front().ts_due == later);
  CHECK(updated.front().ts_follow_up == noon);
  CHECK(updated.front().priority == 3);
  leave.act([](step_context& step) { step.label("half done"); });
  CHECK(leave.made().work.worklist.updated.empty());
  leave.deliver(named("approve"));
  CHECK(listed(leave.made().work.worklist.removed) == lines{"OWNER max"});
  CHECK(leave.refused_act([](step_context& step) { step.claim({.user = "max"}); }) ==
        "claim is refused while the workflow is COMPLETED; allowed: ACTIVE, DEGRADED");
}

TEST_CASE("a workflow that ends leaves no step on a list, though one is in error") {
  definition_builder builder = approval();
  builder.on_step_added([](step_context& step) { step.assign("max"); });
  const definition how = builder.build();
  const auto broken = delivered(how, started(how), named("break"));
  CHECK(listed(worklist_of(broken.state)) == lines{"OWNER max"});
  CHECK(broken.work.worklist.removed.empty());
  const auto ended = commanded(how, broken, command::abort);
  CHECK(ended.state.steps.front().status == schema::step_status::error);
  CHECK(listed(ended.work.worklist.removed) == lines{"OWNER max"});
}

TEST_CASE("only the holder answers where the definition says so") {
  definition_builder builder{"leave", revision{1}};
  builder.stage("review", "Review");
  builder.step("approval", {.stage = "review", .only_holder_answers = true})
      .on("approve", [](step_context& step, const event&) { step.finish(); });
  builder.on_started([](workflow_context& workflow) { workflow.add_step("approval"); });
  builder.on("assign", [](workflow_context& workflow, const event&) {
    workflow.step("approval").assign("max");
  });
  const definition how = builder.build();
  auto answered = [&](const decision& before, std::optional<std::string> actor) {
    event happened = named("approve");
    happened.actor = std::move(actor);
    return decide(how, before.state, happened, noon, transaction_id);
  };
  const auto fresh = started(how);
  CHECK(refusal([&] { (void)answered(fresh, "max"); }) ==
        "event 'approve' for step 'approval' comes from 'max', but nobody has it");
  const auto assigned = delivered(how, fresh, named("assign"));
  CHECK(refusal([&] { (void)answered(assigned, "eva"); }) ==
        "event 'approve' for step 'approval' comes from 'eva', but 'max' has it");
  CHECK_THROWS_AS(answered(assigned, std::nullopt), not_holder);
  CHECK(answered(assigned, "max").state.workflow.status == schema::workflow_status::completed);
}

TEST_CASE("a definition names candidates of its own roles only, and keeps them in its row") {
  definition_builder builder{"leave", revision{1}};
  builder.stage("review", "Review");
  builder.step("approval", {.stage = "review", .candidates = {.roles = {"hr"}}});
  CHECK_THROWS_WITH(builder.build(),
                    "definition 'leave': step 'approval' has role 'hr' for a candidate, which is "
                    "not defined");
  builder.role("hr", "Human resources");
  const auto row = builder.build().row();
  CHECK(row.steps.at(0).at("candidates") == json::object{{"roles", json::array{"hr"}}});
}

TEST_CASE("an actor has a name that can be stored") {
  const definition how = approval().build();
  event happened = named("ask");
  happened.actor = "";
  CHECK_THROWS_WITH(decide(how, started(how).state, happened, noon, transaction_id),
                    "event 'ask' has an actor of 0 bytes; 1 to 256 are allowed");
}

TEST_CASE("an owner has a name, and a priority has bounds, however they are given") {
  definition_builder builder = approval();
  std::string owner;
  std::int64_t priority = 0;
  builder.on("again", [&](workflow_context& workflow, const event&) {
    workflow.add_step("second", {.owner_id = owner, .priority = priority});
  });
  builder.step("second", {.stage = "review"});
  const definition how = builder.build();
  const auto add = [&](std::string named_owner, std::int64_t of_priority) {
    owner = std::move(named_owner);
    priority = of_priority;
    return refusal([&] { (void)delivered(how, started(how), named("again")); });
  };
  CHECK(add("", 0) == "an owner has an empty name");
  CHECK(add(std::string(257, 'x'), 0) ==
        "the name of an owner is longer than 256 bytes; shorten it");
  CHECK(add("eva", 1'000'001) ==
        "the priority of a step is 1000001; -1000000 to 1000000 are allowed");
  CHECK(add("eva", -1'000'000) == "none");
}

TEST_CASE("what is handled again is handled for who caused it") {
  definition_builder builder{"claim", revision{1}};
  builder.stage("review", "Review");
  bool throws = true;
  std::vector<std::string> actors;
  builder.step("approval", {.stage = "review"}).on("go", [&](step_context& step, const event&) {
    if (throws) throw std::runtime_error{"no luck"};
    actors.push_back(step.workflow().actor().value_or("nobody"));
  });
  builder.on_started([](workflow_context& workflow) { workflow.add_step("approval"); });
  const definition how = builder.build();
  event go = named("go");
  go.actor = "eva";
  const auto failed = decide(how, started(how).state, go, noon, transaction_id);
  throws = false;
  const auto retried = decide_retry(how, failed.state, failed.state.steps.front().id, go,
                                    {.actor = "operator"}, noon, transaction_id);
  CHECK(actors == std::vector<std::string>{"eva"});
  CHECK(retried.work.events.front().actor == "operator");
  CHECK_THROWS_AS(decide_retry(how, failed.state, failed.state.steps.front().id, go, {.actor = ""},
                               noon, transaction_id),
                  error);
}
