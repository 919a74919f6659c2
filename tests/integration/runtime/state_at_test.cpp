// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "support/catch.hpp"
#include "support/claims.hpp"

using namespace nava;
using namespace nava::test;

RUNTIME_TEST_CASE("a workflow is shown as it was, by seq and by time") {
  timestamp now = instant(0);
  runtime_options options;
  options.clock = [&] { return now; };
  runtime run{std::shared_ptr{database.open()}, {claim_builder().build()}, options};
  const uuid id = run.start("claim", claim_1, {}, {.tags = {"new"}}).workflow_id;
  const auto last_seq = [&] { return run.store().load(id).value().state.workflow.last_seq; };
  const auto started = last_seq();
  now = instant(10);
  run.tag(id, "urgent");
  now = instant(20);
  run.pause(id);
  const auto paused = last_seq();
  now = instant(30);
  run.cancel(id);

  const auto told = [&](const found<workflow_state>& past) {
    if (!past) return std::string{"nothing"};
    const auto& row = past->workflow;
    return fmt::format("{} {}", schema::to_text(row.status), json::serialize(row.usr_tag));
  };
  CHECK(told(run.state_at(id, started)) == R"(ACTIVE ["new"])");
  CHECK(told(run.state_at(id, paused)) == R"(PAUSED ["new","urgent"])");
  CHECK(told(run.state_at(id, last_seq() + 100)) == R"(CANCELLED ["new","urgent"])");
  CHECK(told(run.state_at(id, std::int64_t{0})) == "nothing");
  CHECK(told(run.state_at(id, instant(-1))) == "nothing");
  CHECK(told(run.state_at(id, instant(0))) == R"(ACTIVE ["new"])");
  CHECK(told(run.state_at(id, instant(10))) == R"(ACTIVE ["new","urgent"])");
  CHECK(told(run.state_at(id, instant(19))) == R"(ACTIVE ["new","urgent"])");
  CHECK(told(run.state_at(id, instant(25))) == R"(PAUSED ["new","urgent"])");
  CHECK(told(run.state_at(id, instant(99))) == R"(CANCELLED ["new","urgent"])");
  CHECK(told(run.state_at(new_id(), instant(99))) == "nothing");
}

RUNTIME_TEST_CASE("tags are given and taken by commands, and lists find them") {
  runtime run{std::shared_ptr{database.open()}, {claim_builder().build()}};
  const uuid id = run.start("claim", claim_1, {}, {.tags = {"new", "new"}}).workflow_id;
  const auto is_found = [&](std::string tag) {
    return !run.store().list({.tag = std::move(tag)}).workflows.empty();
  };
  CHECK(is_found("new"));
  CHECK(run.tag(id, "urgent", {.actor = "eva", .key = "click-1"}).result == delivery::applied);
  CHECK(run.tag(id, "urgent", {.actor = "eva", .key = "click-1"}).result ==
        delivery::already_applied);
  CHECK(is_found("urgent"));
  run.untag(id, "new", {.actor = "max"});
  run.untag(id, "never there");
  CHECK_FALSE(is_found("new"));
  const auto event = run.store().history(id).value().events.at(1);
  CHECK(event.event_name == "nava.tag");
  CHECK(event.event_data == json::object{{"tag", "urgent"}});
  CHECK(event.actor == "eva");
  CHECK_THROWS_AS(run.tag(id, ""), action_refused);
  CHECK_THROWS_AS(run.start("claim", {"claim", "2"}, {}, {.tags = {""}}), refused);
  run.cancel(id);
  CHECK_THROWS_AS(run.tag(id, "late"), action_refused);
}
