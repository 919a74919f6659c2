// SPDX-License-Identifier: Apache-2.0
#include "integration/patterns/process.hpp"

using namespace nava;
using namespace nava::test;
using namespace nava::test::patterns;

namespace {

// Three branches `b`, and what is done when one of them has ended.
std::function<void(definition_builder&)> branches(step_hook on_end, std::int64_t number = 3) {
  return [on_end = std::move(on_end), number](definition_builder& of) {
    of.step("b", in_stage(true)).on_finished(on_end);
    of.step("next", in_stage(true));
    of.on_started([number](workflow_context& on) {
      for (std::int64_t i = 0; i < number; ++i) on.add_step("b");
    });
  };
}

}  // namespace

PATTERN_TEST_CASE("9: structured discriminator") {
  process p{database, branches([](step_context& b) {
              if (ended(b.workflow(), "b") == 1) b.add_step("next");
            })};
  CHECK(p.done("b", 2).steps().back() == "next ACTIVE");
  CHECK(p.done("b", 1).done("b", 3).steps().size() == 4);
}

PATTERN_TEST_CASE("28: blocking discriminator") {
  // The join of a round opens the next round when all three have ended.
  process p{database, branches([](step_context& b) {
              const auto count = ended(b.workflow(), "b");
              if (count % 3 == 1) b.add_step("next");
              if (count % 3 == 0)
                for (int i = 0; i < 3; ++i) b.add_step("b");
            })};
  p.done("b", 1).done("b", 2);
  CHECK(p.steps().size() == 4);
  p.done("b", 3);
  CHECK(p.steps().size() == 7);
  CHECK(p.done("b", 5).steps().back() == "next ACTIVE");
}

PATTERN_TEST_CASE("29: cancelling discriminator") {
  process p{database, branches([](step_context& b) {
              cancel_all(b.workflow(), "b");
              b.add_step("next");
            })};
  CHECK(p.done("b", 2).steps() ==
        text{"b CANCELLED", "b COMPLETED", "b CANCELLED", "next ACTIVE"});
}

PATTERN_TEST_CASE("30: structured partial join") {
  process p{database, branches([](step_context& b) {
              if (ended(b.workflow(), "b") == 2) b.add_step("next");
            })};
  CHECK(p.done("b", 3).steps().size() == 3);
  CHECK(p.done("b", 1).steps().back() == "next ACTIVE");
  CHECK(p.done("b", 2).steps().size() == 4);
}

PATTERN_TEST_CASE("31: blocking partial join") {
  process p{database, branches([](step_context& b) {
              const auto count = ended(b.workflow(), "b");
              if (count % 3 == 2) b.add_step("next");
              if (count % 3 == 0)
                for (int i = 0; i < 3; ++i) b.add_step("b");
            })};
  p.done("b", 1).done("b", 3);
  CHECK(p.steps().back() == "next ACTIVE");
  CHECK(p.done("b", 2).steps().size() == 7);
}

PATTERN_TEST_CASE("32: cancelling partial join") {
  process p{database, branches([](step_context& b) {
              if (ended(b.workflow(), "b") < 2) return;
              cancel_all(b.workflow(), "b");
              b.add_step("next");
            })};
  CHECK(p.done("b", 1).done("b", 3).steps() ==
        text{"b COMPLETED", "b CANCELLED", "b COMPLETED", "next ACTIVE"});
}

PATTERN_TEST_CASE("33: generalized AND-join") {
  // Each branch may end several times before the others do; a pair makes one `next`.
  process p{database, [](definition_builder& of) {
              const auto join = [](step_context& one) {
                auto on = one.workflow();
                const auto pairs = std::min(ended(on, "a"), ended(on, "b"));
                while (std::int64_t(std::count_if(
                           on.steps().begin(), on.steps().end(),
                           [](const auto& step) { return step.step_key == "next"; })) < pairs)
                  one.add_step("next");
              };
              of.step("a", in_stage(true)).on_finished(join);
              of.step("b", in_stage(true)).on_finished(join);
              of.step("next", in_stage(true));
              of.on_started([](workflow_context& on) {
                for (const auto* key : {"a", "a", "b", "b"}) on.add_step(key);
              });
            }};
  CHECK(p.done("a", 1).done("a", 2).steps().size() == 4);
  CHECK(p.done("b", 1).steps().size() == 5);
  CHECK(p.done("b", 2).steps().size() == 6);
}

PATTERN_TEST_CASE("34: static partial join for several instances") {
  process p{database, branches(
                          [](step_context& b) {
                            if (ended(b.workflow(), "b") == 3) b.add_step("next");
                          },
                          5)};
  CHECK(p.done("b", 1).done("b", 2).steps().size() == 5);
  CHECK(p.done("b", 5).steps().back() == "next ACTIVE");
}

PATTERN_TEST_CASE("35: cancelling partial join for several instances") {
  process p{database, branches(
                          [](step_context& b) {
                            if (ended(b.workflow(), "b") < 2) return;
                            cancel_all(b.workflow(), "b");
                            b.add_step("next");
                          },
                          4)};
  CHECK(p.done("b", 4).done("b", 2).steps() ==
        text{"b CANCELLED", "b COMPLETED", "b CANCELLED", "b COMPLETED", "next ACTIVE"});
}

PATTERN_TEST_CASE("36: dynamic partial join for several instances") {
  // Instances may be added until the condition, here an amount, is reached.
  process p{database, [](definition_builder& of) {
              of.step("offer", in_stage(true)).on_finished([](step_context& offer) {
                auto on = offer.workflow();
                if (ended(on, "offer") * 40 < 100) return;
                cancel_all(on, "offer");
                offer.add_step("next");
              });
              of.step("next", in_stage());
              of.on("ask-another",
                    [](workflow_context& on, const event&) { on.add_step("offer"); });
              of.on_started([](workflow_context& on) {
                on.add_step("offer");
                on.add_step("offer");
              });
            }};
  p.done("offer", 1).event("ask-another").event("ask-another");
  CHECK(p.done("offer", 2).steps().size() == 4);
  CHECK(p.done("offer", 4).steps() == text{"offer COMPLETED", "offer COMPLETED", "offer CANCELLED",
                                            "offer COMPLETED", "next ACTIVE"});
}
