// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <random>

#include "runtime/workflow_cache.hpp"
#include "support/claims.hpp"

using namespace nava;
using namespace nava::test;
using persistence::store;
using schema::workflow_status;

namespace {

class wall : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A step acts out what its event asks for, so that a walk is a list of words.
void act(step_context& step, const std::string& word, std::int64_t number) {
  if (word == "transit") step.transit(number % 2 == 0 ? "RED" : "GREEN").label("état");
  if (word == "finish") step.finish();
  if (word == "memorize")
    step.memorize({{"n", number},
                   {"text", "ünï \"quoted\"\n\\"},
                   {"numbers", {1.0, 0.1 * static_cast<double>(number), 1e300, -0.0, 0x1p63}}});
  if (word == "fail") step.fail("asked to");
  if (word == "recover") step.recover();
  if (word == "ignore") step.ignore();
  if (word == "cancel") step.cancel();
  if (word == "add-step") step.add_step(number % 2 == 0 ? "walk" : "run", {.desc = "more"});
  if (word == "throw") throw wall{"walked into a wall"};
}

void act(workflow_context& workflow, const std::string& word, std::int64_t number) {
  const std::string user = "user-" + std::to_string(number % 5);
  if (word == "remember") workflow.memorize({{"k-" + std::to_string(number % 7), number}});
  if (word == "output") workflow.output({{"last", number}, {"list", {1, "two", nullptr}}});
  if (word == "join") workflow.add_participant(number % 2 == 0 ? "guide" : "guest", user);
  if (word == "leave") {
    const auto people = workflow.participants();
    if (!people.empty()) workflow.del_participant(people.front().role, people.front().user_id);
  }
  if (word == "task")
    workflow.add_task("errand", {{"n", 0.5 * static_cast<double>(number)}},
                      {.attempts_max = 3, .ts_due = workflow.now() + std::chrono::microseconds{1}});
  if (word == "call-off" && !workflow.open_tasks().empty())
    workflow.cancel_task(workflow.open_tasks().back().id);
  if (word == "message") workflow.message("step " + std::to_string(number));
}

definition walker() {
  definition_builder builder{"walker", revision{1}};
  builder.role("guide", "Guide").role("guest", "Guest");
  builder.stage("near", "Near").stage("far", "Far");
  const auto on_step = [](step_context& step, const event& what) {
    for (const auto& word : what.data.at("step").as_array())
      act(step, std::string{word.as_string()}, what.data.at("number").as_int64());
  };
  builder.step("walk", {.stage = "near", .states = {"RED", "GREEN"}, .repeats = true})
      .transition("GREEN", not_from{"GREEN"})
      .on("walk", on_step);
  builder.step("run", {.stage = "far", .states = {"RED", "GREEN"}, .repeats = true})
      .on("run", on_step)
      .on_finished([](step_context& step) {
        step.workflow().memorize({{"ran", true}});
      });
  builder.on("both", [](workflow_context& workflow, const event& what) {
    for (const auto& word : what.data.at("workflow").as_array())
      act(workflow, std::string{word.as_string()}, what.data.at("number").as_int64());
  });
  builder.on_started([](workflow_context& workflow) {
    workflow.add_step("walk").add_step("run");
    workflow.add_participant("guide", "user-0");
  });
  builder.on_degraded([](workflow_context& workflow) { workflow.message("degraded"); });
  builder.on_paused([](workflow_context& workflow) { workflow.add_task("wake"); });
  return builder.build();
}

// A jsonb column keeps no order of keys; everything else is compared byte for byte.
void sort_keys(json::value& value) {
  if (value.is_array())
    for (auto& element : value.get_array()) sort_keys(element);
  if (!value.is_object()) return;
  std::map<std::string, json::value> members;
  for (auto& member : value.get_object()) {
    sort_keys(member.value());
    members.emplace(member.key(), member.value());
  }
  json::object sorted;
  for (const auto& [key, member] : members) sorted[key] = member;
  value = std::move(sorted);
}

std::string canonical_text(const nava::workflow_state& state) {
  json::value all = workflow_json(state);
  sort_keys(all);
  return json::serialize(all);
}

// Decides at random, stores each decision, and checks it against what is loaded afterwards: what
// the cache of a runtime holds is what a load would return.
class random_walk {
 public:
  random_walk(store& stored, unsigned seed) : stored_(stored), random_(seed) {
    const std::vector rows{definition_.row()};
    stored_.register_definitions(rows);
    begin();
  }

  void step() {
    if (is_finished(state_.workflow.status)) begin();
    now_ += std::chrono::milliseconds{pick(5000)};
    try {
      keep(decide_something());
    } catch (const refused&) {
      ++refusals;
    } catch (const wall&) {
      // Its step could not fail either.
      ++refusals;
    }
  }

  int decisions = 0;
  int refusals = 0;
  std::set<workflow_status> seen;

 private:
  int pick(int below) { return std::uniform_int_distribution<int>{0, below - 1}(random_); }

  template <std::size_t N>
  json::array some_of(const std::array<const char*, N>& words) {
    json::array chosen;
    for (int left = 1 + pick(3); left > 0; --left)
      chosen.emplace_back(words[static_cast<std::size_t>(pick(static_cast<int>(N)))]);
    return chosen;
  }

  void begin() {
    ++workflows_;
    state_ = {};
    keep(engine::decide_start(definition_,
                              {.workflow_id = new_id(),
                               .resource = {"walk", std::to_string(workflows_)},
                               .params = {{"n", workflows_}}},
                              now_, new_id()));
  }

  engine::decision decide_something() {
    static constexpr std::array of_step{"transit", "transit", "finish",   "memorize", "fail",
                                        "recover", "ignore",  "add-step", "throw",    "cancel"};
    static constexpr std::array of_workflow{"remember", "output",   "join",   "leave",
                                            "task",     "call-off", "message"};
    const int choice = pick(20);
    if (choice < 4) return command(choice);
    event what{
        .name = choice < 9    ? "both"
                : choice < 15 ? "walk"
                              : "run",
        .resource = {"walk", std::to_string(workflows_)},
        .key = no_key,
        .data = {
            {"number", pick(100)}, {"step", some_of(of_step)}, {"workflow", some_of(of_workflow)}}};
    if (what.name != "both")
      what.selector =
          state_.steps[static_cast<std::size_t>(pick(static_cast<int>(state_.steps.size())))]
              .selector;
    return engine::decide(definition_, state_, what, now_, new_id());
  }

  // Ends are made rare, for the walk to go on.
  engine::decision command(int choice) {
    auto what = choice % 2 == 0 ? engine::command::pause : engine::command::resume;
    if (choice == 3 && pick(4) == 0)
      what = pick(2) == 0 ? engine::command::cancel : engine::command::abort;
    return engine::decide(definition_, state_, what, {.reason = "at random"}, now_, new_id());
  }

  void keep(engine::decision made) {
    const bool is_new = made.work.read_revision == 0;
    REQUIRE((is_new ? stored_.create(made.work) : stored_.commit(made.work)) ==
            commit_result::applied);
    const uuid id = made.state.workflow.id;
    const auto loaded = stored_.load(id);
    REQUIRE(loaded);
    REQUIRE(canonical_text(loaded->state) ==
            canonical_text(nava::in_loaded_order(std::move(made.state))));
    REQUIRE(broken_promises(stored_, id) == std::vector<std::string>{});
    state_ = loaded->state;
    seen.insert(state_.workflow.status);
    ++decisions;
  }

  const definition definition_ = walker();
  store& stored_;
  std::mt19937 random_;
  nava::workflow_state state_;
  timestamp now_ = instant(0);
  std::int64_t workflows_ = 0;
};

}  // namespace

RUNTIME_TEST_CASE("after a random walk all that is stored is what was decided") {
  constexpr unsigned seed = 20260917;
  constexpr int decisions_wanted = 300;
  constexpr int steps_max = 3000;
  const auto stored = database.open();
  random_walk walk{*stored, seed};
  for (int i = 0; i < steps_max && walk.decisions < decisions_wanted; ++i) {
    CAPTURE(seed, i);
    walk.step();
  }
  CHECK(walk.decisions == decisions_wanted);
  CHECK(walk.refusals > 0);
  for (const auto status :
       {workflow_status::active, workflow_status::degraded, workflow_status::paused,
        workflow_status::completed, workflow_status::cancelled, workflow_status::failed}) {
    CAPTURE(schema::to_text(status));
    CHECK(walk.seen.contains(status));
  }
}
