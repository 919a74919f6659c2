// SPDX-License-Identifier: Apache-2.0
#include <nava/testing.hpp>

#include "integration/patterns/process.hpp"

using namespace nava;
using namespace nava::test;
using namespace nava::test::patterns;

namespace {

// So many instances of `b` as the params say, and `next` when all have ended.
void counted(definition_builder& of) {
  of.step("b", in_stage(true)).on_finished([](step_context& b) {
    if (b.workflow().all_finished({"b"})) b.add_step("next");
  });
  of.step("next", in_stage());
  of.on("one-more", [](workflow_context& on, const event&) { on.add_step("b"); });
  of.on("stop", [](workflow_context& on, const event&) { cancel_all(on, "b"); });
  of.on("enough", [](workflow_context& on, const event&) {
    cancel_all(on, "b");
    on.add_step("next");
  });
  of.on_started([](workflow_context& on) {
    for (std::int64_t i = 0; i < on.params().at("number").as_int64(); ++i) on.add_step("b");
  });
}

}  // namespace

PATTERN_TEST_CASE("12: several instances without synchronization") {
  process p{database, [](definition_builder& of) {
              of.step("a", in_stage()).on_finished([](step_context& a) {
                for (int i = 0; i < 2; ++i) a.add_step("b");
                a.add_step("c");
              });
              of.step("b", in_stage(true));
              of.step("c", in_stage());
              of.on_started([](workflow_context& on) { on.add_step("a"); });
            }};
  CHECK(p.done("a").done("c").steps() ==
        text{"a COMPLETED", "b ACTIVE", "b ACTIVE", "c COMPLETED"});
}

PATTERN_TEST_CASE("13: several instances with knowledge at design time") {
  process p{database, counted, {{"number", 3}}};
  CHECK(p.done("b", 1).done("b", 2).steps().size() == 3);
  CHECK(p.done("b", 3).steps().back() == "next ACTIVE");
}

PATTERN_TEST_CASE("14: several instances with knowledge at run time") {
  process p{database, counted, {{"number", 2}}};
  CHECK(p.done("b", 1).done("b", 2).steps().back() == "next ACTIVE");
}

PATTERN_TEST_CASE("15: several instances without prior knowledge") {
  process p{database, counted, {{"number", 1}}};
  p.event("one-more").done("b", 1).event("one-more").done("b", 2);
  CHECK(p.steps() == text{"b COMPLETED", "b COMPLETED", "b ACTIVE"});
  CHECK(p.done("b", 3).steps().back() == "next ACTIVE");
}

PATTERN_TEST_CASE("26: cancel several instances") {
  process p{database, counted, {{"number", 3}}};
  p.done("b", 2).event("stop");
  CHECK(p.steps() == text{"b CANCELLED", "b COMPLETED", "b CANCELLED"});
}

PATTERN_TEST_CASE("27: complete several instances") {
  process p{database, counted, {{"number", 3}}};
  p.done("b", 2).event("enough");
  CHECK(p.steps() == text{"b CANCELLED", "b COMPLETED", "b CANCELLED", "next ACTIVE"});
}

TEST_CASE("pattern 22: recursion", "[patterns]") {
  // A part is built of smaller parts, each a workflow of the same definition.
  definition_builder part{"part", revision{1}};
  part.stage("s", "Stage");
  part.step("build", in_stage())
      .on_child_finished("part", [](step_context& build, const child_end& smaller) {
        build.workflow().output({{"parts", smaller.output.at("parts").as_int64() + 1}});
        build.finish();
      });
  part.on_started([](workflow_context& on) {
    auto build = on.add_step("build");
    const auto depth = on.params().at("depth").as_int64();
    if (depth > 1) {
      build.start_child("part", {"part", on.row().resource_id + "/" + std::to_string(depth - 1)},
                        {{"depth", depth - 1}});
    } else {
      on.output({{"parts", 1}});
      build.finish();
    }
  });
  nava::testing::test_engine engine{{part.build()}};
  const uuid id = engine.runtime().start("part", {"part", "car"}, {{"depth", 4}}).workflow_id;
  engine.run_due();
  const auto state = engine.runtime().store().load(id).value().state;
  CHECK(state.memory.output.at("parts") == 4);
  CHECK(state.workflow.status == workflow_status::completed);
}
