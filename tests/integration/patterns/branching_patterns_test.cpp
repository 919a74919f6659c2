// SPDX-License-Identifier: Apache-2.0
#include "integration/patterns/process.hpp"

using namespace nava;
using namespace nava::test;
using namespace nava::test::patterns;

PATTERN_TEST_CASE("1: sequence") {
  process p{database, [](definition_builder& of) {
              of.step("a", in_stage()).on_finished([](step_context& a) { a.add_step("b"); });
              of.step("b", in_stage());
              of.on_started([](workflow_context& on) { on.add_step("a"); });
            }};
  CHECK(p.done("a").steps() == text{"a COMPLETED", "b ACTIVE"});
  CHECK(p.done("b").status() == "COMPLETED");
}

PATTERN_TEST_CASE("2: parallel split") {
  process p{database, [](definition_builder& of) {
              of.step("a", in_stage()).on_finished([](step_context& a) {
                a.add_step("b");
                a.add_step("c");
              });
              of.step("b", in_stage());
              of.step("c", in_stage());
              of.on_started([](workflow_context& on) { on.add_step("a"); });
            }};
  CHECK(p.done("a").steps() == text{"a COMPLETED", "b ACTIVE", "c ACTIVE"});
}

PATTERN_TEST_CASE("3: synchronization") {
  process p{database, [](definition_builder& of) {
              const auto join = [](step_context& ended) {
                if (ended.workflow().all_finished({"a", "b"})) ended.add_step("c");
              };
              of.step("a", in_stage()).on_finished(join);
              of.step("b", in_stage()).on_finished(join);
              of.step("c", in_stage());
              of.on_started([](workflow_context& on) {
                on.add_step("a");
                on.add_step("b");
              });
            }};
  CHECK(p.done("b").steps() == text{"a ACTIVE", "b COMPLETED"});
  CHECK(p.done("a").steps() == text{"a COMPLETED", "b COMPLETED", "c ACTIVE"});
}

PATTERN_TEST_CASE("4: exclusive choice") {
  const auto define = [](definition_builder& of) {
    of.step("a", in_stage()).on_finished([](step_context& a) {
      a.add_step(a.params().at("sum").as_int64() > 100 ? "b" : "c");
    });
    of.step("b", in_stage());
    of.step("c", in_stage());
    of.on_started([](workflow_context& on) { on.add_step("a"); });
  };
  process p{database, define, {{"sum", 7}}};
  CHECK(p.done("a").steps() == text{"a COMPLETED", "c ACTIVE"});
}

PATTERN_TEST_CASE("5: simple merge") {
  process p{database, [](definition_builder& of) {
              const auto next = [](step_context& ended) { ended.add_step("c"); };
              of.step("a", in_stage()).on_finished(next);
              of.step("b", in_stage()).on_finished(next);
              of.step("c", in_stage());
              of.on_started([](workflow_context& on) { on.add_step("b"); });
            }};
  CHECK(p.done("b").steps() == text{"b COMPLETED", "c ACTIVE"});
}

PATTERN_TEST_CASE("6: multi-choice") {
  const auto define = [](definition_builder& of) {
    of.step("a", in_stage()).on_finished([](step_context& a) {
      for (const auto& each : a.params().at("wanted").as_array()) a.add_step(each.as_string());
    });
    for (const auto* key : {"b", "c", "d"}) of.step(key, in_stage());
    of.on_started([](workflow_context& on) { on.add_step("a"); });
  };
  process p{database, define, {{"wanted", {"b", "d"}}}};
  CHECK(p.done("a").steps() == text{"a COMPLETED", "b ACTIVE", "d ACTIVE"});
}

PATTERN_TEST_CASE("7: structured synchronizing merge") {
  const auto define = [](definition_builder& of) {
    const auto join = [](step_context& ended) {
      auto on = ended.workflow();
      if (!is_active(on, "b") && !is_active(on, "c")) ended.add_step("d");
    };
    of.step("b", in_stage()).on_finished(join);
    of.step("c", in_stage()).on_finished(join);
    of.step("d", in_stage());
    of.on_started([](workflow_context& on) {
      for (const auto& each : on.params().at("wanted").as_array()) on.add_step(each.as_string());
    });
  };
  SECTION("of both") {
    process p{database, define, {{"wanted", {"b", "c"}}}};
    CHECK(p.done("b").steps().size() == 2);
    CHECK(p.done("c").steps().back() == "d ACTIVE");
  }
  SECTION("of one") {
    process p{database, define, {{"wanted", {"c"}}}};
    CHECK(p.done("c").steps().back() == "d ACTIVE");
  }
}

PATTERN_TEST_CASE("8: multi-merge") {
  process p{database, [](definition_builder& of) {
              const auto next = [](step_context& ended) { ended.add_step("c"); };
              of.step("a", in_stage()).on_finished(next);
              of.step("b", in_stage()).on_finished(next);
              of.step("c", in_stage(true));
              of.on_started([](workflow_context& on) {
                on.add_step("a");
                on.add_step("b");
              });
            }};
  CHECK(p.done("a").done("b").steps() ==
        text{"a COMPLETED", "b COMPLETED", "c ACTIVE", "c ACTIVE"});
}

PATTERN_TEST_CASE("16: deferred choice") {
  process p{database, [](definition_builder& of) {
              of.step("waiting", {.stage = "s", .states = {"PAID", "LAPSED"}})
                  .on("paid", [](step_context& s, const event&) { s.transit("PAID").finish(); })
                  .on("lapsed",
                      [](step_context& s, const event&) { s.transit("LAPSED").finish(); });
              of.on_started([](workflow_context& on) { on.add_step("waiting"); });
            }};
  p.event("lapsed");
  CHECK(p.state().steps.at(0).stm_from == "LAPSED");
  CHECK(p.refusal("paid") ==
        "event 'paid' for process/1 comes too late: the workflow is COMPLETED");
}

PATTERN_TEST_CASE("37: local synchronizing merge") {
  process p{database, [](definition_builder& of) {
              const auto join = [](step_context& ended) {
                auto on = ended.workflow();
                const auto left = on.recall("left").as_int64() - 1;
                on.memorize({{"left", left}});
                if (left == 0) ended.add_step("end");
              };
              for (const auto* key : {"a", "b", "c"}) of.step(key, in_stage()).on_finished(join);
              of.step("end", in_stage());
              of.on_started([](workflow_context& on) {
                on.add_step("a");
                on.add_step("b");
                on.memorize({{"left", 2}});
              });
            }};
  CHECK(p.done("a").steps().size() == 2);
  CHECK(p.done("b").steps().back() == "end ACTIVE");
}

PATTERN_TEST_CASE("41: thread merge") {
  process p{database, [](definition_builder& of) {
              of.step("a", in_stage(true)).on_finished([](step_context& a) {
                if (ended(a.workflow(), "a") % 2 == 0) a.add_step("b");
              });
              of.step("b", in_stage(true));
              of.on_started([](workflow_context& on) {
                for (int i = 0; i < 4; ++i) on.add_step("a");
              });
            }};
  CHECK(p.done("a", 1).steps().size() == 4);
  CHECK(p.done("a", 2).steps().back() == "b ACTIVE");
  CHECK(p.done("a", 3).steps().size() == 5);
}

PATTERN_TEST_CASE("42: thread split") {
  process p{database, [](definition_builder& of) {
              of.step("a", in_stage()).on_finished([](step_context& a) {
                for (int i = 0; i < 3; ++i) a.add_step("b");
              });
              of.step("b", in_stage(true));
              of.on_started([](workflow_context& on) { on.add_step("a"); });
            }};
  CHECK(p.done("a").steps() == text{"a COMPLETED", "b ACTIVE", "b ACTIVE", "b ACTIVE"});
}
