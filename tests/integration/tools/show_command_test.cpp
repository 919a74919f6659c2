// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>
#include <regex>
#include <sstream>

#include "integration/tools/nava_command.hpp"
#include "tools/terminal/text_width.hpp"

using namespace nava;
using namespace nava::test;
using Catch::Contains;

TOOL_TEST_CASE("show prints a workflow with its history") {
  const logs given;
  REQUIRE(nava_at(database, {"replay", given.small()}).exit_code == done);
  const auto store = database.open();
  const uuid id = all_ids(*store).front();
  const auto text = nava_at(database, {"show", schema::to_text(id)});
  CHECK(text.exit_code == done);
  for (const auto* part : {"c1\n", "small revision 1", "case/c1", "COMPLETED, 100% done", "Stages",
                           "Steps", "Participants", "Pete", "Events", "nava.start", "register#1"})
    CHECK_THAT(text.out, Contains(part));

  const auto all = json::parse(nava_at(database, {"show", "--json", schema::to_text(id)}).out);
  const auto history = store->history(id).value();
  CHECK(all.at("workflow").at("resource_id") == "c1");
  CHECK(all.at("workflow_step").as_array().size() == 2);
  CHECK(all.at("workflow_stage").as_array().size() == 1);
  CHECK(all.at("workflow_participant").as_array().size() == 1);
  CHECK(all.at("workflow_memory").at("params").as_object().contains("plan"));
  CHECK(all.at("workflow_task").as_array().empty());
  CHECK(all.at("workflow_message").as_array().empty());
  CHECK(all.at("workflow_event").as_array().size() == history.events.size());
  CHECK(all.at("workflow_mutation").as_array().size() == history.mutations.size());
}

namespace {

// Two steps of which one is done, with all that a step can tell.
uuid start_claim(test_database& database) {
  definition_builder claim{"claim", revision{1}};
  claim.title("Claim of 漢字").stage("review", "Review");
  claim.step("approval", {.stage = "review", .states = {"ASKED", "APPROVED"}})
      .on("answered", [](step_context& step, const event& answer) {
        step.memorize(answer.data).transit("APPROVED").finish();
      });
  claim.step("payment", {.stage = "review", .states = {"ORDERED"}, .title = "Payment"});
  claim.on_started([](workflow_context& workflow) {
    workflow.add_step("approval", {.owner_id = "sam"}).transit("ASKED");
    workflow
        .add_step("payment",
                  {.owner_id = "joe", .ts_due = schema::parse_timestamp("2026-03-05T12:00:00Z")})
        .transit("ORDERED");
  });
  runtime works{std::shared_ptr{database.open()}, {claim.build()}};
  const resource about{"claim", "2026/17"};
  const uuid id = works.start("claim", about).workflow_id;
  works.deliver(
      {.name = "answered", .resource = about, .key = nava::no_key, .data = {{"share", 0.25}}});
  return id;
}

}  // namespace

TOOL_TEST_CASE("show tells the last state of a step, its owner, due time and memory") {
  const std::string id = schema::to_text(start_claim(database));
  const auto text = nava_at(database, {"show", id}).out;
  for (const auto* part : {"waits for", "Payment (ORDERED, joe)", "COMPLETED  APPROVED",
                           "owner sam", "memory share=0.25", "owner joe  due 2026-03-05 12:00:00Z",
                           "Claim of 漢字", "claim/2026/17"})
    CHECK_THAT(text, Contains(part));
  CHECK_THAT(text, !Contains("_FINISHED"));

  const auto steps = nava_at(database, {"show", "claim/2026/17", "--steps"}).out;
  CHECK_THAT(steps, Contains("Steps") && !Contains("Events") && !Contains("Stages"));
  const auto tail = nava_at(database, {"show", id, "--events", "--tail", "1"}).out;
  CHECK_THAT(tail, Contains("Events, the last 1 of 2") && Contains("answered") &&
                       !Contains("nava.start") && !Contains("Steps"));
  const auto cut = json::parse(nava_at(database, {"show", id, "--json", "--tail", "1"}).out);
  CHECK(cut.at("workflow_step").as_array().size() == 1);
  CHECK(cut.at("workflow_event").as_array().size() == 1);
  CHECK(cut.at("workflow").at("note").is_null());
  CHECK(cut.at("workflow").at("progress") == 0.5);
}

TOOL_TEST_CASE("JSON has numbers as people write them") {
  (void)start_claim(database);
  CHECK_THAT(nava_at(database, {"list", "--json"}).out, Contains("\"progress\":0.5,"));
  CHECK_THAT(nava_at(database, {"show", "claim/2026/17", "--json"}).out,
             Contains("{\"share\":0.25}"));
}

TOOL_TEST_CASE("a resource that several workflows are about is no name for one") {
  const logs given;
  REQUIRE(nava_at(database, {"replay", given.small()}).exit_code == done);
  REQUIRE(nava_at(database, {"replay", given.small(), "--definition", "again"}).exit_code == done);
  for (const auto* command : {"show", "delete"}) {
    const auto result = nava_at(database, {command, "case/c1"});
    CHECK(result.exit_code == refused_it);
    CHECK_THAT(result.err, Contains("case/c1 has 2 workflows; give the id of one: ") &&
                               Contains("(small)") && Contains("(again)"));
    CHECK(nava_at(database, {command, "case/none"}).err ==
          "nava: there is no workflow for case/none\n");
  }
  CHECK(all_ids(*database.open()).size() == 4);
}

TOOL_TEST_CASE("on a terminal no line is wider than it, and no time is broken") {
  const std::string id = schema::to_text(start_claim(database));
  for (const int columns : {80, 120})
    for (const words& command : {words{"show", id}, words{"list"}}) {
      const auto seen = on_terminal(at(database, command), columns);
      CHECK(seen.exit_code == done);
      CHECK_THAT(seen.out, Contains(id));
      std::istringstream lines{seen.out};
      for (std::string line; std::getline(lines, line);) {
        CAPTURE(line);
        CHECK(tools::width(line.substr(0, line.find('\r'))) <= static_cast<std::size_t>(columns));
        CHECK_FALSE(std::regex_search(line, std::regex{R"(\d{4}-\d\d-\d\d\s*$)"}));
      }
    }
}

TOOL_TEST_CASE("commands that look do not make a database") {
  const std::string id = schema::to_text(new_id());
  for (const words& command : {words{"list"}, words{"show", id}, words{"delete", id}})
    check_complaint(nava_at(database, command), refused_it, "");
  CHECK_FALSE(is_made(database));
}

TOOL_TEST_CASE("show prints the rows of an application's tables that go with the workflow") {
  const std::string id = schema::to_text(start_claim(database));
  const auto raw = raw_of(database);
  const std::string key = is_sqlite(database) ? "TEXT" : "uuid",
                    blob = is_sqlite(database) ? "BLOB" : "bytea";
  const auto key_to_workflow = [](const std::string& action) {
    return " REFERENCES workflow (_id) ON DELETE " + action;
  };
  raw->run("CREATE TABLE claim_file (workflow_id " + key + key_to_workflow("CASCADE") +
           ", number integer, name text, size numeric, digest " + blob +
           ", PRIMARY KEY (workflow_id, number))");
  raw->run("CREATE TABLE claim_audit (workflow_id " + key + key_to_workflow("NO ACTION") +
           ", note text)");
  raw->run("CREATE TABLE claim_note (about " + key + key_to_workflow("CASCADE") + ", note text)");
  const std::string bytes = is_sqlite(database) ? "x'00ff'" : "'\\x00ff'";
  raw->run("INSERT INTO claim_file VALUES ('" + id + "', 2, 'plan.pdf', 12.5, " + bytes + "), ('" +
           id + "', 1, 'photo \x1b[31m.jpg', NULL, NULL)");
  raw->run("INSERT INTO claim_audit VALUES ('" + id + "', 'stays')");

  const auto text = nava_at(database, {"show", id}).out;
  CAPTURE(text);
  CHECK_THAT(text, Contains("claim_file") && Contains("plan.pdf") && Contains("\\x00ff") &&
                       !Contains("\x1b") && !Contains("claim_audit") && !Contains("claim_note"));
  CHECK(text.find("photo") < text.find("plan.pdf"));
  const auto all = json::parse(nava_at(database, {"show", id, "--json"}).out);
  const auto& files = all.at("claim_file").as_array();
  REQUIRE(files.size() == 2);
  CHECK_FALSE(files.at(0).as_object().contains("workflow_id"));
  CHECK(files.at(1).at("number") == 2);
  CHECK(files.at(1).at("size") == 12.5);
  CHECK_FALSE(all.as_object().contains("claim_audit"));
  CHECK_THAT(nava_at(database, {"show", id, "--steps"}).out, !Contains("claim_file"));
}
