// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>

#include "support/claims.hpp"
#include "support/store_decorator.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

definition started_by_an_order(const std::string& key) {
  definition_builder builder{key, revision{1}};
  builder.stage("s", "Stage")
      .step("packing", {.stage = "s"})
      .on("packed", [](step_context& step, const event&) { step.finish(); });
  builder.on_started([](workflow_context& on) { on.add_step("packing"); });
  return builder.starts_on("ordered").build();
}

std::shared_ptr<store> remembering(test_database& database) {
  database.options().tombstones = {.keep_for = 1h, .one_per_resource = {"parcel"}};
  return database.open();
}

const resource order_7{"order", "7"};

event ordered(std::string key = "o") {
  return {.name = "ordered", .resource = order_7, .key = std::move(key)};
}

// Stores the first workflow, loses the answer, and deletes it before the call is made again.
class hasty_store : public store_decorator {
 public:
  using store_decorator::store_decorator;

  commit_result create(const unit_of_work& unit, deadline limit) override {
    const commit_result stored = store_decorator::create(unit, limit);
    if (std::exchange(is_first_, false)) {
      CHECK(erase(unit.workflow.id, limit));
      throw error{error_kind::outcome_unknown, "the answer is lost"};
    }
    return stored;
  }

 private:
  bool is_first_ = true;
};

}  // namespace

RUNTIME_TEST_CASE("a start that is repeated after the deletion of what it stored is refused") {
  runtime run{std::make_shared<hasty_store>(remembering(database)), {started_by_an_order("box")}};
  const error thrown = error_of([&] { (void)run.start("box", order_7); });
  CHECK(thrown.kind() == error_kind::deleted);
  CHECK(run.store().list({}).workflows.empty());
  // A new start has a new id, and a box has no tombstone of its resource.
  CHECK(run.start("box", order_7).result == delivery::applied);
}

RUNTIME_TEST_CASE("a resource whose workflow is deleted gets no other, by a start or an event") {
  runtime run{remembering(database), {started_by_an_order("parcel")}};
  const uuid id = run.start("parcel", order_7).workflow_id;
  CHECK(run.store().erase(id));
  CHECK(error_of([&] { (void)run.start("parcel", order_7); }).kind() == error_kind::deleted);
  CHECK(error_of([&] { (void)run.deliver(ordered()); }).kind() == error_kind::deleted);
  CHECK(run.start("parcel", {"order", "8"}).result == delivery::applied);

  // In the inbox it fails at once, with the reason.
  (void)run.publish(ordered("late"));
  const inbox_drainer drains{run, {.poll = 20ms}};
  const auto failed = [&] {
    return run.store().list_events({.status = schema::inbox_status::failed});
  };
  CHECK(eventually([&] { return !failed().empty(); }));
  CHECK(failed().at(0).error->find("its tombstone refuses another until") != std::string::npos);
}

RUNTIME_TEST_CASE("an event that one definition takes is no failure because another is deleted") {
  definition_builder listener{"listener", revision{1}};
  listener.stage("s", "Stage").step("listening", {.stage = "s"});
  listener.on_started([](workflow_context& on) { on.add_step("listening"); });
  listener.on("ordered", [](workflow_context& on, const event&) {
    on.memorize({{"heard", true}});
  });
  runtime run{remembering(database), {listener.build(), started_by_an_order("parcel")}};
  const uuid parcel = run.start("parcel", order_7).workflow_id;
  const uuid listening = run.start("listener", order_7).workflow_id;
  CHECK(run.store().erase(parcel));
  const auto outcomes = run.deliver(ordered());
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes.front().workflow_id == listening);
  CHECK(run.store().load(listening).value().state.memory.memory.at("heard").as_bool());
  CHECK(run.store().list({.wfdef_key = "parcel"}).workflows.empty());
}

RUNTIME_TEST_CASE("an event that comes early for one definition waits, though another is deleted") {
  definition_builder listener{"listener", revision{1}};
  listener.stage("s", "Stage");
  listener.step("listening", {.stage = "s"}).on("ordered", [](step_context& step, const event&) {
    step.finish();
  });
  listener.keep_early("ordered", 1h);
  listener.on("begin", [](workflow_context& on, const event&) { on.add_step("listening"); });
  listener.on_started([](workflow_context&) {});
  runtime run{remembering(database), {listener.build(), started_by_an_order("parcel")}};
  CHECK(run.store().erase(run.start("parcel", order_7).workflow_id));
  (void)run.start("listener", order_7);
  (void)run.publish(ordered());
  const inbox_drainer drains{run, {.poll = 20ms}};
  const auto early = [&] {
    return !run.store().list_events({.status = schema::inbox_status::early}).empty();
  };
  CHECK(eventually(early));
  (void)run.deliver({.name = "begin", .resource = order_7, .key = "b"});
  CHECK(eventually([&] { return run.store().list_events({}).empty(); }));
  const auto rows = run.store().list({.wfdef_key = "listener"}).workflows;
  CHECK(rows.at(0).status == schema::workflow_status::completed);
}

RUNTIME_TEST_CASE("a schedule that is removed can be set again beside tombstones") {
  runtime run{remembering(database), {started_by_an_order("parcel")}};
  schedules all{run};
  for (int life = 1; life <= 2; ++life) {
    all.set("nightly", schedule_spec::cron("0 6 * * *"), scheduled_start{"parcel", "night", {}});
    CHECK(all.list().size() == 1);
    all.remove("nightly");
    CHECK(all.list().empty());
  }
}
