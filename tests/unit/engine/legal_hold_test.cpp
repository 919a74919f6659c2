// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/decisions.hpp"

using namespace nava;
using namespace nava::engine;
using namespace nava::test::decisions;
using names = std::vector<std::string>;

namespace {

decision changed(const definition& how, const decision& before, legal_hold_command verb,
                 std::string_view name) {
  return decide(how, before.state, verb, name, {.actor = "counsel"}, noon, transaction_id);
}

constexpr auto place = legal_hold_command::place, release = legal_hold_command::release;

}  // namespace

TEST_CASE("legal hold: placed and released by name, in any status, by an event and a mutation") {
  const definition how = approval().build();
  const auto status = GENERATE(command::pause, command::cancel);
  auto at = commanded(how, started(how), status);
  const std::size_t mutations = at.work.mutations.size();
  REQUIRE(mutations > 0);
  CHECK(legal_holds_of(at.state.workflow).empty());

  at = changed(how, at, place, "case 7");
  CHECK(legal_holds_of(at.state.workflow) == names{"case 7"});
  CHECK(at.work.events.front().event_name == "nava.place-legal-hold");
  CHECK(at.work.events.front().actor == "counsel");
  CHECK(at.work.mutations.size() == 1);
  CHECK(at.state.workflow.sys_tag.back() == json::object{{"legal_hold", "case 7"},
                                                         {"since", schema::to_text(noon)},
                                                         {"actor", "counsel"}});

  const auto again = changed(how, at, place, "case 7");
  CHECK(again.work.mutations.empty());
  at = changed(how, changed(how, at, place, "audit"), release, "case 7");
  CHECK(at.work.events.front().event_name == "nava.release-legal-hold");
  CHECK(legal_holds_of(at.state.workflow) == names{"audit"});
}

TEST_CASE("legal hold: what the runtime has noted beside it stays") {
  const definition how = approval().build();
  const parent_link parent{workflow_id, transaction_id, "claim"};
  auto at = decide_start(how, {.workflow_id = workflow_id, .resource = about, .parent = parent},
                         noon, transaction_id);
  const auto noted = at.state.workflow.sys_tag;
  REQUIRE(noted.size() == 1);
  at = changed(how, at, place, "audit");
  CHECK(at.state.workflow.sys_tag.size() == 2);
  CHECK(changed(how, at, release, "audit").state.workflow.sys_tag == noted);
}

TEST_CASE("legal hold: what cannot be is refused") {
  const definition how = approval().build();
  auto at = started(how);
  const auto why = [&](legal_hold_command verb, const std::string& name) {
    return refusal([&] { (void)changed(how, at, verb, name); });
  };
  CHECK(why(place, "") == "a legal hold has a name of 1 to 256 bytes, this one has 0");
  CHECK(why(place, std::string(257, 'x')) ==
        "a legal hold has a name of 1 to 256 bytes, this one has 257");
  CHECK(why(release, "audit") == "the workflow is not under legal hold 'audit'");
  for (std::size_t i = 0; i < legal_holds_max; ++i) at = changed(how, at, place, std::to_string(i));
  CHECK(why(place, "one more") == "a workflow has at most 50 legal holds; release one first");
  CHECK(why(place, "7") == "none");
  CHECK_THAT(why(release, "audit"),
             Catch::StartsWith("the workflow is not under legal hold 'audit', but under legal hold "
                               "'0', '1', '2'"));
}
