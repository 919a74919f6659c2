// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <nava/nava.hpp>
#include <nava/testing.hpp>

namespace nv = nava;

struct leave_asked {
  std::string employee;
  std::int64_t days = 0;
};
BOOST_DESCRIBE_STRUCT(leave_asked, (), (employee, days))

enum class verdict { approved, refused };
BOOST_DESCRIBE_ENUM(verdict, approved, refused)

struct manager_answered {
  static constexpr std::string_view event_name = "manager-answered";
  verdict says{};
  std::optional<std::string> note;
};
BOOST_DESCRIBE_STRUCT(manager_answered, (), (says, note))

struct days_left {
  std::int64_t days = 0;
};
BOOST_DESCRIBE_STRUCT(days_left, (), (days))

nv::definition leave() {
  nv::definition_builder leave{"leave", nv::revision{1}};
  leave.title("Leave").stage("review", "Review");
  leave.step("approval", {.stage = "review"})
      .on<manager_answered>([](nv::step_context& step, const manager_answered& answer) {
        const auto asked = step.params_as<leave_asked>();
        constexpr std::int64_t days_of_a_year = 30;
        const bool is_approved = answer.says == verdict::approved;
        step.workflow().output(days_left{days_of_a_year - (is_approved ? asked.days : 0)});
        step.memorize(answer).finish();
      });
  leave.on_started([](nv::workflow_context& workflow) { workflow.add_step("approval"); });
  return leave.build();
}

int main() {
  nv::testing::test_engine test{{leave()}};
  nv::runtime& run = test.runtime();
  const nv::resource about{"employee", "eric-2026-07"};
  const auto id = run.start("leave", about, nv::json_of(leave_asked{"Eric", 5})).workflow_id;

  try {
    run.deliver({.name = "manager-answered",
                 .resource = about,
                 .key = "mail-1",
                 .data = {{"note", "Enjoy"}}});
  } catch (const nv::data_refused& refused) {
    std::cout << refused.what() << '\n';
  }
  run.deliver(nv::event_of(manager_answered{verdict::approved, "Enjoy"}, about, "mail-2"));

  const auto state = run.store().load(id).value().state;
  std::cout << nv::read_as<leave_asked>(state.memory.params).employee << " has "
            << nv::read_as<days_left>(state.memory.output).days << " days left: "
            << nv::read_as<manager_answered>(state.steps.front().memory).note.value_or("") << '\n';
}
