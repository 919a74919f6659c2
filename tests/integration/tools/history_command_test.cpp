// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>

#include "integration/tools/nava_command.hpp"
#include "support/units.hpp"

using namespace nava;
using namespace nava::test;
using Catch::Contains;

namespace {

definition order() {
  definition_builder order{"order", revision{1}};
  order.title("Order").stage("s", "Stage");
  order.step("making", {.stage = "s", .states = {"CUT", "SEWN"}})
      .on("sewn", [](step_context& step, const event& sewn) {
        step.memorize(sewn.data).transit("SEWN").finish();
      });
  order.on_started([](workflow_context& on) {
    on.add_step("making").transit("CUT").add_task("mail", {{"to", "eva"}});
    on.tag("new");
  });
  return order.build();
}

// Starts, is commented and ends; at each second.
std::string play_order(test_database& database) {
  timestamp now = instant(0);
  runtime run{std::shared_ptr{database.open()}, {order()}, {.clock = [&] { return now; }}};
  const resource about{"order", "7"};
  const uuid id = run.start("order", about, {}, {.actor = "eric"}).workflow_id;
  now += std::chrono::seconds{1};
  (void)run.comment(id, "soon", {.actor = "mia", .key = "c-1"});
  now += std::chrono::seconds{1};
  (void)run.deliver({.name = "sewn", .resource = about, .key = "s-1", .data = {{"size", 40}}});
  return schema::to_text(id);
}

}  // namespace

TOOL_TEST_CASE("history lists the decisions on a workflow with what each has changed") {
  const std::string id = play_order(database);
  const auto text = nava_at(database, {"history", "order/7"});
  CAPTURE(text.out, text.err);
  CHECK(text.exit_code == done);
  CHECK_THAT(text.out, Contains("SEQ") && Contains("nava.start") && Contains("eric") &&
                           Contains("nava.comment") && Contains("c-1") && Contains("sewn") &&
                           Contains("add-step"));
  const auto all = json::parse(nava_at(database, {"history", id, "--json"}).out).as_array();
  REQUIRE(all.size() == 3);
  CHECK(all.at(2).at("event").at("event_name") == "sewn");
  CHECK_FALSE(all.at(2).at("mutations").as_array().empty());
  CHECK(all.at(1).at("mutations").as_array().empty());
}

TOOL_TEST_CASE("history shows a workflow as it was at a seq and at a time") {
  const std::string id = play_order(database);
  const auto store = database.open();
  const auto events = store->history(schema::parse_uuid(id).value()).value().events;
  const auto then = nava_at(database, {"history", id, "--at", std::to_string(events.at(1).seq)});
  CAPTURE(then.out, then.err);
  CHECK(then.exit_code == done);
  CHECK_THAT(then.out, Contains("ACTIVE, 0% done") && Contains("making (CUT)") &&
                           Contains("soon") && !Contains("sewn"));
  const auto begin = json::parse(
      nava_at(database, {"history", id, "--json", "--at", schema::to_text(events.at(0).at)}).out);
  CHECK(begin.at("workflow_event").as_array().size() == 1);
  CHECK(begin.at("workflow_message").as_array().empty());
  CHECK(begin.at("workflow_step").as_array().at(0).at("stm_state") == "CUT");
  CHECK(begin.at("workflow_task").as_array().size() == 1);
  // As it is now, but for what no mutation tells.
  const auto now = json::parse(nava_at(database, {"show", id, "--json"}).out);
  auto end = json::parse(nava_at(database, {"history", id, "--json", "--at", "1000"}).out);
  end.at("workflow").as_object()["_updated"] = now.at("workflow").at("_updated");
  CHECK(end == now);
  check_complaint(nava_at(database, {"history", id, "--at", "0"}), refused_it,
                  "not there at seq 0");
  check_complaint(nava_at(database, {"history", id, "--at", "2001-01-01"}), refused_it,
                  "not there at 2001-01-01");
  check_complaint(nava_at(database, {"history", id, "--at", "soon"}), misused, "'soon' in --at");
  check_complaint(nava_at(database, {"history", "order/8"}), refused_it, "order/8");
}

TOOL_TEST_CASE("history tells what has changed between two points") {
  const std::string id = play_order(database);
  const auto store = database.open();
  const auto events = store->history(schema::parse_uuid(id).value()).value().events;
  const std::string first = std::to_string(events.at(0).seq),
                    last = std::to_string(events.at(2).seq);
  const auto changed = nava_at(database, {"history", id, "--diff", first, last});
  CAPTURE(changed.out, changed.err);
  CHECK(changed.exit_code == done);
  CHECK_THAT(changed.out, Contains("BEFORE") && Contains("workflow_step") && Contains("making") &&
                              Contains("ACTIVE") && Contains("COMPLETED") &&
                              Contains(R"({"size":40})") && !Contains("workflow_participant"));
  CHECK(nava_at(database, {"history", id, "--diff", first, first}).out == "nothing has changed\n");
  const auto whole =
      json::parse(nava_at(database, {"history", id, "--json", "--diff", "0", last}).out);
  CHECK(std::ranges::none_of(whole.as_array(),
                             [](const auto& each) { return each.at("was_there").as_bool(); }));
  const auto back =
      json::parse(nava_at(database, {"history", id, "--json", "--diff", last, "0"}).out);
  CHECK(back.as_array().size() == whole.as_array().size());
  CHECK(std::ranges::none_of(back.as_array(),
                             [](const auto& each) { return each.at("is_there").as_bool(); }));
  check_complaint(nava_at(database, {"history", id, "--diff", "0", "2001-01-01"}), refused_it,
                  "not there at seq 0 and 2001-01-01");
  check_complaint(nava_at(database, {"history", id, "--diff", "1"}), misused, "--diff");
  check_complaint(nava_at(database, {"history", id, "--at", "1", "--diff", "1", "2"}), misused,
                  "--at");
}

TOOL_TEST_CASE("history says which mutation cannot be replayed") {
  const std::string id = play_order(database);
  raw_of(database)->run("UPDATE workflow_mutation SET name = 'unheard-of' WHERE workflow_id = '" +
                        id + "' AND name = 'add-step'");
  check_complaint(nava_at(database, {"history", id, "--at", "1000"}), refused_it,
                  "cannot be replayed");
  CHECK(nava_at(database, {"history", id}).exit_code == done);
}
