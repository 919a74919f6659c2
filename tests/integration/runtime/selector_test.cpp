// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "support/claims.hpp"
#include "support/faulty_store.hpp"

using namespace nava;
using namespace nava::test;
using schema::workflow_status;

namespace {

// Claims whose mails name their claim in the data; counts what the selectors are asked.
class mailed_claims {
 public:
  std::map<std::string, int> asked;

  [[nodiscard]] definition revision_of(std::int64_t number) {
    definition_builder builder{"claim", revision{number}};
    builder.stage("review", "Review");
    builder.step("ask", {.stage = "review"})
        .on(
            "mail", [](step_context& step, const event&) { step.label("read"); },
            selecting("step " + std::to_string(number)));
    builder.on(
        "mail", [](workflow_context& workflow, const event&) { workflow.message("mail"); },
        selecting("workflow " + std::to_string(number)));
    builder.on_started([](workflow_context& workflow) { workflow.add_step("ask"); });
    return builder.build();
  }

 private:
  handler_options selecting(std::string who) {
    return {.selector = [this, who = std::move(who)](const event& mail) {
      ++asked[who];
      return selection{{"claim", std::string{mail.data.at("claim").as_string()}}, {}};
    }};
  }
};

event mail_for(const std::string& claim) {
  return {.name = "mail",
          .resource = {"mailbox", "in"},
          .key = nava::no_key,
          .data = {{"claim", json::string(claim)}}};
}

definition acting(std::function<void(step_context&)> act) {
  definition_builder builder{"claim", revision{1}};
  builder.stage("review", "Review");
  builder.step("ask", {.stage = "review", .repeats = true})
      .on("go", [act = std::move(act)](step_context& step, const event&) { act(step); });
  builder.on_started([](workflow_context& workflow) { workflow.add_step("ask"); });
  return builder.build();
}

}  // namespace

RUNTIME_TEST_CASE("the selector of a handler is asked once for an event, whatever becomes of it") {
  mailed_claims claims;
  const auto store = std::make_shared<faulty_store>(database.open());
  runtime run{store, {claims.revision_of(1), claims.revision_of(2)}};
  const uuid id = run.start("claim", claim_1).workflow_id;
  const std::map<std::string, int> once{
      {"step 1", 1}, {"step 2", 1}, {"workflow 1", 1}, {"workflow 2", 1}};

  CHECK(run.deliver(mail_for("1")).size() == 1);
  CHECK(claims.asked == once);

  // Somebody is faster between the load and the commit, and the event is decided again.
  claims.asked.clear();
  store->reset();
  store->before_call(2, [&] { CHECK(run.pause(id).result == nava::delivery::applied); });
  CHECK_THROWS_AS(run.deliver(mail_for("1")), refused);
  CHECK(claims.asked == once);
}

RUNTIME_TEST_CASE("an event that reaches nobody is refused with the resource that it is for") {
  mailed_claims claims;
  runtime run{std::shared_ptr{database.open()}, {claims.revision_of(1)}};
  run.start("claim", claim_1);
  CHECK_THROWS_WITH(run.deliver(mail_for("77")),
                    "event 'mail' for claim/77 finds no workflow that handles it");
}

RUNTIME_TEST_CASE("an event finds the successor of a workflow that is deleted meanwhile") {
  for (const std::size_t cached : {0, 100}) {
    INFO(cached << " workflows are cached");
    const auto store = std::make_shared<faulty_store>(database.open());
    const resource about{"claim", std::to_string(cached)};
    runtime run{store, {claim_builder().build()}, {.cache_workflows = cached}};
    runtime other{store, {claim_builder().build()}};
    const uuid first = run.start("claim", about).workflow_id;
    uuid second{};
    event note = happened("note", "note-1", {{"seen", true}});
    note.resource = about;
    store->reset();
    // Before the commit, which is the only call where the workflow is cached.
    store->before_call(cached > 0 ? 1 : 2, [&] {
      CHECK(other.store().erase(first));
      second = other.start("claim", about).workflow_id;
    });
    const auto outcomes = run.deliver(note);
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes.front().workflow_id == second);
    CHECK(outcomes.front().result == nava::delivery::applied);
    CHECK(store->load(second, "note-1").value().event_applied);
    CHECK(run.deliver(note).front().result == nava::delivery::already_applied);
  }
}

RUNTIME_TEST_CASE("an event for a workflow that is deleted meanwhile is refused") {
  const auto store = std::make_shared<faulty_store>(database.open());
  runtime run{store, {claim_builder().build()}};
  const uuid id = run.start("claim", claim_1).workflow_id;
  store->reset();
  store->before_call(2, [&] { CHECK(run.store().erase(id)); });
  CHECK_THROWS_AS(run.deliver(happened("note", "note-1", {{"seen", true}})), event_refused);
  CHECK(store->list({}).workflows.empty());
}

RUNTIME_TEST_CASE("a value that no database could hold rejects its event and degrades nothing") {
  std::function<void(step_context&)> act;
  const std::shared_ptr stored{database.open()};
  runtime run{stored, {acting([&](step_context& step) { act(step); })}};
  const uuid id = run.start("claim", claim_1).workflow_id;
  const std::string before = database.dump(*stored);
  const std::string row(17u << 20, 'x');
  const std::vector<std::function<void(step_context&)>> acts{
      [](step_context& step) { step.add_task("print", {}, {.ts_due = timestamp::max()}); },
      [](step_context& step) { step.add_step("ask", {.ts_due = timestamp::min()}); },
      [&](step_context& step) {
        step.memorize({{"scan", json::string(row)}});
      },
      [&](step_context& step) { step.message(row); }};
  for (const auto& each : acts) {
    act = each;
    CHECK(error_of([&] { run.deliver(happened("go")); }).kind() == error_kind::invalid_input);
    CHECK(stored->load(id).value().state.workflow.status == workflow_status::active);
  }
  event early = happened("go");
  early.at = timestamp::min();
  act = [](step_context& step) { step.label("seen"); };
  CHECK(error_of([&] { run.deliver(early); }).kind() == error_kind::invalid_input);
  CHECK(database.dump(*stored) == before);
}

RUNTIME_TEST_CASE("a clock or a start beyond the years 1 to 9999 is an error of nava") {
  timestamp now = instant(0);
  runtime run{
      std::shared_ptr{database.open()}, {claim_builder().build()}, {.clock = [&] { return now; }}};
  const uuid id = run.start("claim", claim_1).workflow_id;
  const resource other{"claim", "2"};
  CHECK(error_of([&] { run.start("claim", other, {}, {.ts_expire = timestamp::max()}); }).kind() ==
        error_kind::invalid_input);
  for (const timestamp wrong : {timestamp::max(), timestamp::min()}) {
    now = wrong;
    CHECK(error_of([&] { run.start("claim", other); }).kind() == error_kind::invalid_input);
    CHECK(error_of([&] { run.deliver(yes()); }).kind() == error_kind::invalid_input);
    CHECK(error_of([&] { run.pause(id); }).kind() == error_kind::invalid_input);
  }
}
