// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>

#include "integration/tools/nava_command.hpp"
#include "support/eventually.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

definition check() {
  definition_builder check{"check", revision{1}};
  check.stage("s", "Stage");
  check.step("looking", {.stage = "s"}).on("end", [](step_context& step, const event&) {
    step.finish();
  });
  check.on_started([](workflow_context& on) { on.add_step("looking"); });
  return check.build();
}

definition order() {
  definition_builder order{"order", revision{1}};
  order.stage("s", "Stage");
  order.step("making", {.stage = "s"}).on("end", [](step_context& step, const event&) {
    step.finish();
  });
  order.on_started([](workflow_context& on) {
    auto making = on.add_step("making");
    for (const char* part : {"left", "right"})
      making.start_child("check", {"part", on.row().resource_id + "-" + part});
  });
  return order.build();
}

// An order with two parts; returns its id.
uuid fill(test_database& database) {
  const std::shared_ptr<persistence::store> stored = database.open();
  runtime run{stored, {check(), order()}};
  const uuid id = run.start("order", {"order", "7\x1b[2J"}).workflow_id;
  worker works{run, {}, {.name = "w", .threads = 1, .poll = 20ms}};
  REQUIRE(eventually([&] { return load_family(*stored, id).size() == 3; }));
  works.stop();
  return id;
}

void end_all(test_database& database) {
  runtime run{std::shared_ptr{database.open()}, {check(), order()}};
  for (const uuid& id : all_ids(run.store()))
    (void)run.deliver_to(id, {.name = "end", .key = no_key});
  worker works{run, {}, {.name = "w", .threads = 1, .poll = 20ms}};
  REQUIRE(eventually([&] { return run.store().list_tasks({.name = "nava.child-end"}).empty(); }));
  works.stop();
}

std::string text_of(const std::string& json, std::size_t place, std::string_view key) {
  return std::string{json::parse(json).at(place).at(key).as_string()};
}

}  // namespace

TOOL_TEST_CASE("tree shows a workflow, its children beneath it, and whose child it is") {
  const std::string id = schema::to_text(fill(database));
  const auto shown = nava_at(database, {"tree", id});
  CAPTURE(shown.out, shown.err);
  CHECK(shown.exit_code == done);
  CHECK(std::ranges::count(shown.out, '\n') == 4);
  CHECK_THAT(shown.out, Contains("order") && Contains("- part/7") && Contains("check") &&
                            Contains("ACTIVE") && Contains(id) && !Contains("\x1b") &&
                            !Contains("is a child"));

  const auto rows = nava_at(database, {"tree", "--json", id}).out;
  CHECK(json::parse(rows).as_array().size() == 3);
  CHECK(json::parse(rows).at(0).at("parent_id").is_null());
  CHECK(text_of(rows, 1, "parent_id") == id);
  CHECK(json::parse(rows).at(2).at("depth") == 1);

  const std::string child = text_of(rows, 1, "_id");
  const auto alone = nava_at(database, {"tree", child});
  CHECK(std::ranges::count(alone.out, '\n') == 3);
  CHECK_THAT(alone.out, Contains("is a child of workflow " + id));
  CHECK(nava_at(database, {"tree", "--whole", child}).out == shown.out);
}

TOOL_TEST_CASE("tree of what is not there is complained of") {
  (void)fill(database);
  const std::string missing = schema::to_text(new_id());
  check_complaint(nava_at(database, {"tree", missing}), refused_it,
                  "there is no workflow " + missing);
  check_complaint(nava_at(database, {"tree", "--whole", missing}), refused_it, missing);
  check_complaint(nava_at(database, {"tree", "order/8"}), refused_it, "order/8");
  check_complaint(nava_at(database, {"tree"}), misused, "ID");
}

TOOL_TEST_CASE("delete --with-children says which, and deletes the children first") {
  const uuid id = fill(database);
  const std::string text = schema::to_text(id);
  const auto running = nava_at(database, {"delete", "--with-children", text});
  CHECK(running.exit_code == refused_it);
  CHECK_THAT(running.err, Contains("is ACTIVE; end or cancel it first"));
  CHECK(all_ids(*database.open()).size() == 3);
  end_all(database);
  const std::string before = dump_of(database);
  const auto announced =
      nava_at(database, {"delete", "--with-children", "--dry-run", "--json", text});
  CHECK(dump_of(database) == before);
  REQUIRE(json::parse(announced.out).as_array().size() == 3);
  CHECK(text_of(announced.out, 2, "_id") == text);

  const auto refused = on_terminal(at(database, {"delete", "--with-children", text}), 200, "n\n");
  CHECK_THAT(refused.out, Contains("part/7") && Contains("Delete these 3 workflows") &&
                              Contains("nothing was deleted"));
  CHECK(dump_of(database) == before);

  // A child that is given too is deleted once.
  const std::string child = text_of(announced.out, 0, "_id");
  const auto deleted = nava_at(database, {"delete", "--with-children", "--json", child, text});
  CHECK(deleted.exit_code == done);
  CHECK(json::parse(deleted.out).as_array().size() == 3);
  CHECK(all_ids(*database.open()).empty());
  check_complaint(nava_at(database, {"delete", "--with-children", text}), refused_it, text);
}

TOOL_TEST_CASE("delete leaves the children") {
  const uuid id = fill(database);
  CHECK(nava_at(database, {"delete", schema::to_text(id)}).exit_code == done);
  CHECK(all_ids(*database.open()).size() == 2);
}
