// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/nava.hpp>

#include "support/engine_case.hpp"
#include "support/replayed.hpp"
#include "support/stores.hpp"

#define RUNTIME_TEST_CASE(NAME) \
  ENGINE_TEST_CASE("runtime: " NAME, "[runtime]", sqlite_memory, sqlite_file, postgresql_kept)

/// Expense claims: a definition whose events can also misbehave on demand, and runs of it.
namespace nava::test {

inline const resource claim_1{"claim", "1"};

/// Of a cache: more workflows than a case has.
inline constexpr std::size_t plenty = 100;

inline void answer(step_context& step, const event& happened) {
  step.memorize({{"note", happened.data.at("note")}});
  step.transit(happened.data.at("yes").as_bool() ? "APPROVED" : "REFUSED");
  step.finish();
}

// A step that is asked for and one that is paid, a task, and events that misbehave on demand.
inline definition_builder claim_builder(std::string key = "claim", std::int64_t number = 1) {
  definition_builder claim{std::move(key), revision{number}};
  claim.title("Expense claim").role("manager", "Line manager");
  claim.stage("review", "Review").stage("pay", "Payment");
  auto approval =
      claim.step("approval", {.stage = "review", .states = {"ASKED", "APPROVED", "REFUSED"}});
  approval.transition("APPROVED", from{"ASKED"}).transition("REFUSED", from{"ASKED"});
  approval.on("answer", answer);
  approval.on("late", [](step_context& step, const event&) {
    step.memorize({{"kept", false}});
    step.transit("REFUSED").transit("APPROVED");
  });
  approval.on("fail", [](step_context& step, const event&) {
    step.memorize({{"kept", false}});
    throw std::runtime_error{"no luck"};
  });
  approval.on("recover", [](step_context& step, const event&) { step.recover(); });
  claim.step("payment", {.stage = "pay"}).on("paid", [](step_context& step, const event&) {
    step.finish();
  });
  claim.on("note", [](workflow_context& workflow, const event& happened) {
    workflow.memorize(happened.data).message("noted");
  });
  claim.on("overstep", [](workflow_context& workflow, const event&) {
    workflow.memorize({{"kept", false}});
    workflow.resume();
  });
  claim.on("call-off", [](workflow_context& workflow, const event&) {
    workflow.cancel_task(workflow.open_tasks().front().id);
  });
  claim.on("bill", [](workflow_context& workflow, const event&) {
    if (workflow.recall("billed").is_null()) workflow.add_task("charge");
    workflow.memorize({{"billed", true}});
  });
  claim.on_started([](workflow_context& workflow) {
    workflow.add_step("approval").transit("ASKED");
    workflow.add_step("payment");
    workflow.add_participant("manager", "ada");
    workflow.add_task("mail", {{"to", "ada"}});
  });
  return claim;
}

inline event happened(std::string name, event_key key = no_key, json::object data = {}) {
  return {
      .name = std::move(name), .resource = claim_1, .key = std::move(key), .data = std::move(data)};
}

inline event yes() { return happened("answer", "mail-17", {{"yes", true}, {"note", "fine"}}); }

inline event note(event_key key = no_key) {
  return happened("note", std::move(key), {{"seen", true}});
}

// A runtime with one started claim.
struct claim_run {
  explicit claim_run(test_database& database, runtime_options options = {})
      : claim_run(database, std::shared_ptr{database.open()}, std::move(options)) {}

  claim_run(test_database& database, std::shared_ptr<persistence::store> opened,
            runtime_options options = {})
      : database_(database),
        stored(std::move(opened)),
        run(stored, {claim_builder().build()}, std::move(options)),
        id(run.start("claim", claim_1, {{"amount", 120}}).workflow_id) {}

  [[nodiscard]] std::string dump() const { return database_.dump(*stored); }
  [[nodiscard]] nava::workflow_state state() const { return stored->load(id).value().state; }
  [[nodiscard]] schema::workflow_status status() const { return state().workflow.status; }
  [[nodiscard]] nava::workflow_history history() const { return stored->history(id).value(); }
  delivery deliver(const event& what) { return run.deliver(what).at(0).result; }

  test_database& database_;
  std::shared_ptr<persistence::store> stored;
  runtime run;
  uuid id;
};

inline std::ptrdiff_t count_named(const nava::workflow_history& history, std::string_view name) {
  return std::ranges::count(history.events, name, &schema::workflow_event::event_name);
}

inline std::vector<std::string> names_of(const nava::workflow_history& history) {
  std::vector<std::string> names;
  for (const auto& row : history.events) names.push_back(row.event_name);
  return names;
}

template <class Refusal, class Call>
void check_nothing_stored(const claim_run& claim, Call call) {
  const std::string before = claim.dump();
  CHECK_THROWS_AS(call(), Refusal);
  CHECK(claim.dump() == before);
}

inline const schema::workflow_step& step_of(const nava::workflow_state& state,
                                            std::string_view key) {
  return *std::ranges::find(state.steps, key, &schema::workflow_step::step_key);
}

}  // namespace nava::test
