// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <nava/nava.hpp>
#include <nava/schema/row.hpp>

#include "support/catch.hpp"

using namespace nava;
using namespace nava::schema;
using engine::decide;
using engine::decide_start;

namespace {

const uuid workflow_id = *parse_uuid("01890000-0000-7000-8000-000000000001");
const uuid transaction_id = *parse_uuid("01890000-0000-7000-8000-0000000000aa");
const uuid other_transaction_id = *parse_uuid("01890000-0000-7000-8000-0000000000bb");
const timestamp noon = *parse_timestamp("2026-03-01T12:00:00Z");
const resource about{"claim", "4711"};

definition steps_named_alike() {
  definition_builder builder{"claim", revision{1}};
  builder.stage("review", "Review");
  builder.step("a", {.stage = "review", .repeats = true});
  builder.step("a#2", {.stage = "review", .repeats = true});
  builder.on_started([](workflow_context& workflow) {
    workflow.add_step("a").memorize({{"who", "first a"}});
    workflow.add_step("a").memorize({{"who", "second a"}});
    workflow.add_step("a#2").memorize({{"who", "a#2"}});
  });
  return builder.build();
}

}  // namespace

TEST_CASE("the id of a step tells key and ordinal apart, whatever characters the key has") {
  const std::vector<std::string> keys{"a",    "a#",    "a##",    "a#2",   "a##2", "a#2#2", "a#2#",
                                      "#",    "##",    "#2",     "##2",   "2",    "a2",    "a#22",
                                      "a#2 ", "a#2#3", "a###2#", "a\\#2", "a\\",  "1#1",   "ä#2"};
  std::map<uuid, std::string> owners;
  for (const auto& key : keys)
    for (std::uint64_t ordinal = 1; ordinal <= 130; ++ordinal) {
      const std::string owner = key + " and " + std::to_string(ordinal);
      const auto [place, is_new] =
          owners.try_emplace(nava::step_id(workflow_id, key, ordinal), owner);
      INFO(owner << " has the id of " << place->second);
      CHECK(is_new);
    }
}

TEST_CASE("steps of plain keys keep the ids that they have in databases") {
  CHECK(to_text(nava::step_id(workflow_id, "approval")) == "b942529c-509c-52cb-a8c1-ed1ff279e405");
  CHECK(to_text(nava::step_id(workflow_id, "approval", 2)) ==
        "ea947d73-8041-5d18-8c32-a155307252b8");
}

TEST_CASE("three steps whose keys and ordinals look alike are three rows, each with its memory") {
  const auto made = decide_start(steps_named_alike(), {workflow_id, about}, noon, transaction_id);
  REQUIRE(made.work.steps.inserted.size() == 3);
  std::map<std::string, std::string> memories;
  for (const auto& row : made.work.steps.inserted)
    memories[to_text(row.id)] = row.step_key + ": " + json::serialize(row.memory);
  CHECK(memories.size() == 3);
  CHECK(json::serialize(made.work.steps.inserted[1].memory) == R"({"who":"second a"})");
  CHECK(json::serialize(made.work.steps.inserted[2].memory) == R"({"who":"a#2"})");
  const auto replayed = engine::replay(made.work.mutations);
  REQUIRE(replayed.steps.size() == 3);
  CHECK(json::serialize(replayed.steps[1].memory) == R"({"who":"second a"})");
}

TEST_CASE("a history that makes one row twice is an error, not a row in another's place") {
  const auto made = decide_start(steps_named_alike(), {workflow_id, about}, noon, transaction_id);
  for (const auto& row : made.work.mutations) {
    if (!row.name.starts_with("add-")) continue;
    auto twice = made.work.mutations;
    twice.push_back(row);
    INFO(row.name);
    CHECK_THROWS_AS(engine::replay(twice), std::invalid_argument);
  }
}

TEST_CASE("two lives of one workflow id have revisions that do not meet") {
  const auto how = steps_named_alike();
  const auto first = decide_start(how, {workflow_id, about}, noon, transaction_id);
  const auto second = decide_start(how, {workflow_id, about}, noon, other_transaction_id);
  const auto distance = first.work.workflow.revision - second.work.workflow.revision;
  CHECK(std::abs(distance) > 1'000'000);
  CHECK(first.work.workflow.revision >= 1);
  CHECK(first.work.workflow.revision <= std::int64_t{1} << 52);
  CHECK(decide_start(how, {workflow_id, about}, noon, transaction_id).work.workflow.revision ==
        first.work.workflow.revision);
}
