// SPDX-License-Identifier: Apache-2.0
#include "runtime/workflow_cache.hpp"
#include "support/catch.hpp"
#include "support/units.hpp"

using namespace nava;
using namespace nava::engine;
using namespace nava::test;
using nava::workflow_state;

namespace {

workflow_state state_of(std::uint64_t number, std::int64_t revision = 1) {
  workflow_state state;
  state.workflow.id = id_of(id_kind::workflow, number);
  state.workflow.wfdef_key = "claim";
  state.workflow.resource_name = "claim";
  state.workflow.resource_id = std::to_string(number);
  state.workflow.status = schema::workflow_status::active;
  state.workflow.revision = revision;
  return state;
}

void put(workflow_cache& cache, workflow_state state) {
  cache.put(std::move(state), cache.epoch());
}

std::int64_t revision_in(workflow_cache& cache, std::uint64_t number) {
  const auto found = cache.find(id_of(id_kind::workflow, number));
  return found ? found->workflow.revision : 0;
}

std::size_t found_for(workflow_cache& cache, std::uint64_t number,
                      const std::set<std::string_view>& keys = {"claim"}) {
  return cache.find({"claim", std::to_string(number)}, keys).size();
}

}  // namespace

TEST_CASE("a cache without places keeps nothing") {
  workflow_cache cache{0};
  put(cache, state_of(1));
  CHECK(revision_in(cache, 1) == 0);
}

TEST_CASE("a cache forgets what was longest unused") {
  workflow_cache cache{3};
  for (const std::uint64_t number : {1, 2, 3}) put(cache, state_of(number));
  REQUIRE(revision_in(cache, 1) == 1);
  REQUIRE(found_for(cache, 2) == 1);
  put(cache, state_of(4));
  CHECK(revision_in(cache, 3) == 0);
  CHECK(found_for(cache, 3) == 0);
  for (const std::uint64_t number : {1, 2, 4}) CHECK(revision_in(cache, number) == 1);
}

TEST_CASE("a cache keeps the newest state of a workflow") {
  workflow_cache cache{3};
  put(cache, state_of(1, 5));
  put(cache, state_of(1, 4));
  CHECK(revision_in(cache, 1) == 5);
  put(cache, state_of(1, 6));
  CHECK(revision_in(cache, 1) == 6);
  cache.drop(id_of(id_kind::workflow, 1), 5);
  CHECK(revision_in(cache, 1) == 6);
  cache.drop(id_of(id_kind::workflow, 1), 6);
  CHECK(revision_in(cache, 1) == 0);
  CHECK(found_for(cache, 1) == 0);
}

TEST_CASE("a cache does not keep what was on its way to be stored when it was cleared") {
  workflow_cache cache{3};
  const std::uint64_t epoch = cache.epoch();
  cache.clear();
  cache.put(state_of(1), epoch);
  CHECK(revision_in(cache, 1) == 0);
  cache.put(state_of(1), cache.epoch());
  CHECK(revision_in(cache, 1) == 1);
}

TEST_CASE("a cache forgets a workflow that is finished, and all when it is cleared") {
  workflow_cache cache{3};
  put(cache, state_of(1));
  auto finished = state_of(1, 2);
  finished.workflow.status = schema::workflow_status::completed;
  put(cache, finished);
  CHECK(revision_in(cache, 1) == 0);
  for (const std::uint64_t number : {1, 2, 3}) put(cache, state_of(number));
  cache.clear();
  for (const std::uint64_t number : {1, 2, 3}) {
    CHECK(revision_in(cache, number) == 0);
    CHECK(found_for(cache, number) == 0);
  }
  put(cache, state_of(1));
  CHECK(revision_in(cache, 1) == 1);
}

TEST_CASE("a cache finds a resource's workflows if it has one of each definition") {
  workflow_cache cache{3};
  auto audit = state_of(2);
  audit.workflow.wfdef_key = "audit";
  audit.workflow.resource_id = "1";
  put(cache, audit);
  put(cache, state_of(1));
  CHECK(found_for(cache, 1) == 1);
  CHECK(found_for(cache, 1, {"claim", "loan"}) == 0);
  const auto both = cache.find({"claim", "1"}, {"audit", "claim"});
  REQUIRE(both.size() == 2);
  CHECK(both.front()->workflow.id < both.back()->workflow.id);
}

TEST_CASE("a cache has one workflow of a resource and definition, the one that came last") {
  workflow_cache cache{3};
  put(cache, state_of(1));
  auto other = state_of(2);
  other.workflow.resource_id = "1";
  put(cache, other);
  CHECK(revision_in(cache, 1) == 0);
  REQUIRE(found_for(cache, 1) == 1);
  CHECK(cache.find({"claim", "1"}, {"claim"}).front()->workflow.id == other.workflow.id);
}

TEST_CASE("a large workflow takes the places of several, and none where it is too large") {
  const auto large_state = [](std::uint64_t number, std::size_t bytes) {
    auto state = state_of(number);
    state.memory.memory["text"] = json::string(bytes, 'x');
    return state;
  };
  CHECK(memory_of(large_state(1, 100'000)) >= memory_of(state_of(1)) + 100'000);
  auto with_steps = state_of(1);
  with_steps.steps.resize(500);
  CHECK(memory_of(with_steps) >= 500 * sizeof(schema::workflow_step));

  workflow_cache cache{4};
  for (const std::uint64_t number : {1, 2, 3, 4}) put(cache, state_of(number));
  put(cache, large_state(5, 2 * cached_bytes_per_workflow));
  for (const std::uint64_t number : {1, 2, 3}) CHECK(revision_in(cache, number) == 0);
  for (const std::uint64_t number : {4, 5}) CHECK(revision_in(cache, number) == 1);
  put(cache, large_state(4, 4 * cached_bytes_per_workflow));
  CHECK(revision_in(cache, 4) == 0);
  CHECK(revision_in(cache, 5) == 1);
}

TEST_CASE("a state is kept with its rows in the order in which they are loaded") {
  auto state = state_of(1);
  for (const char* user : {"eve", "ada"})
    for (const char* role : {"owner", "guest"})
      state.participants.push_back({state.workflow.id, role, user});
  for (const std::uint64_t number : {3, 1, 2}) {
    state.tasks.emplace_back();
    state.tasks.back().id = id_of(id_kind::task, number);
  }
  const auto kept = in_loaded_order(state);
  CHECK(kept.participants.front().role + kept.participants.front().user_id == "guestada");
  CHECK(kept.participants.back().role + kept.participants.back().user_id == "ownereve");
  for (std::size_t i = 0; i < 3; ++i) CHECK(kept.tasks[i].id == id_of(id_kind::task, i + 1));
}
