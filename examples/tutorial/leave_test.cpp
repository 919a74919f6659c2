// SPDX-License-Identifier: Apache-2.0
#define CATCH_CONFIG_MAIN
#include "leave.hpp"

#include <catch2/catch.hpp>
#include <nava/testing.hpp>

using lines = std::vector<std::string>;

TEST_CASE("a leave is granted when both approve, and who is late is reminded each day") {
  nv::testing::test_engine test{{leave_request()}};
  nv::runtime& runtime = test.runtime();
  lines mails;
  test.run_tasks({"mail-reminder", [&](nv::task_context& task) {
                    mails.emplace_back(task.input().at("to").as_string());
                    return nv::json::object{};
                  }});

  const auto asked = nv::json_of(leave_asked{.employee = "eric", .days = 5});
  const auto id = runtime.start("leave-request", {"leave", "eric-1"}, asked).workflow_id;
  const nv::claimant mia{.user = "mia", .groups = {"managers"}};
  const nv::claimant hanna{.user = "hanna", .groups = {"hr"}};

  test.advance(2 * 24h);
  const auto of_mia = runtime.worklist({.user = "mia", .groups = {"managers"}}).items;
  REQUIRE(of_mia.size() == 1);
  answer(runtime, of_mia.front(), mia, {.yes = true, .note = "Enjoy"});
  answer(runtime, of_mia.front(), mia, {.yes = true, .note = "Enjoy"});
  CHECK(mails == lines{});

  test.advance(3 * 24h);
  CHECK(mails == lines{"hr", "hr", "hr"});

  const auto of_hanna = runtime.worklist({.user = "hanna", .groups = {"hr"}}).items;
  REQUIRE(of_hanna.size() == 1);
  answer(runtime, of_hanna.front(), hanna, {.yes = true, .note = "20 days left"});
  CHECK(test.steps(id) ==
        lines{"manager-approval COMPLETED APPROVED", "hr-approval COMPLETED APPROVED"});
  const auto state = runtime.store().load(id).value().state;
  CHECK(nv::read_as<leave_decided>(state.memory.output).granted);
}

TEST_CASE("nobody answers for a group that the person is not in") {
  nv::testing::test_engine test{{leave_request()}};
  nv::runtime& runtime = test.runtime();
  const auto id = runtime
                      .start("leave-request", {"leave", "eric-1"},
                             nv::json_of(leave_asked{.employee = "eric", .days = 5}))
                      .workflow_id;
  const auto of_mia = runtime.worklist({.user = "mia", .groups = {"managers"}}).items;
  CHECK_THROWS_WITH(answer(runtime, of_mia.front(), {.user = "eric"}, {.yes = true}),
                    Catch::Contains("eric"));
  CHECK(test.steps(id).front() == "manager-approval ACTIVE _CREATED");
}
