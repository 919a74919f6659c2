// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/text.hpp>

#include "conformance/store_test_case.hpp"
#include "persistence/sealing/payload_columns.hpp"
#include "support/task_units.hpp"

/// On each database that can be looked into.
#define SEALED_TEST_CASE(NAME) \
  BACKEND_TEST_CASE("store: " NAME, "[store]", sqlite_file, postgresql_kept, partitioned_kept)

/// Workflows with a secret in each payload.
namespace nava::test::sealed {

using namespace persistence;
using namespace std::chrono_literals;

inline std::unique_ptr<store> with_keys(test_database& database, std::shared_ptr<key_ring> keys) {
  database.options().keys = std::move(keys);
  return database.open();
}

// What no other value of a row contains.
inline std::string secret(std::string_view column) {
  return "secret of " + std::string{column} + ";";
}
inline json::object secrets(std::string_view column) { return {{"held", secret(column)}}; }

// A workflow with a secret in each payload that a decision writes.
inline unit_of_work first_with_secrets(std::uint64_t number) {
  unit_of_work unit = unit_with_tasks(number, 2);
  unit.workflow.chain = secret("workflow.chain");
  unit.steps.inserted.front().memory = secrets("workflow_step.memory");
  unit.memory.inserted.front().params = secrets("workflow_memory.params");
  unit.memory.inserted.front().memory = secrets("workflow_memory.memory");
  unit.memory.inserted.front().output = secrets("workflow_memory.output");
  unit.mutations.front().mutation = secrets("workflow_mutation.mutation");
  unit.messages.front().content = secret("workflow_message.content");
  unit.events.front().event_args = secrets("workflow_event.event_args");
  unit.events.front().event_data = secrets("workflow_event.event_data");
  for (auto& task : unit.tasks.inserted) task.input = secrets("workflow_task.input");
  return unit;
}

// And in those that workers write.
inline void work_off(store& on) {
  const auto held = on.claim(claim_of(2)).tasks;
  REQUIRE(held.size() == 2);
  const renewal renewed{held[0].workflow_id, held[0].task_id, held[0].fence,
                        secrets("workflow_agenda.progress")};
  REQUIRE_FALSE(on.renew({&renewed, 1}, 1min).front());
  settlement postponed{held[0].workflow_id, held[0].task_id, held[0].fence,
                       settlement::result::postponed};
  postponed.error = secret("workflow_task.error");
  settlement ended{held[1].workflow_id, held[1].task_id, held[1].fence,
                   settlement::result::completed};
  ended.output = secrets("workflow_task.result");
  const std::array both{postponed, ended};
  REQUIRE(on.settle(both) == std::vector<std::optional<lease_loss>>(2));
}

inline std::vector<std::string> payloads_seen_in(const std::string& text) {
  std::vector<std::string> seen;
  for (const payload_column& each : payload_columns) {
    const std::string name = std::string{each.table} + "." + std::string{each.column};
    if (text.find(secret(name)) != std::string::npos) seen.push_back(name);
  }
  return seen;
}

inline std::string refusal_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const unreadable_value& refused) {
    return refused.what();
  }
  FAIL("it was read");
  return {};
}

inline uuid workflow(std::uint64_t number) { return id_of(id_kind::workflow, number); }

// How many open tasks of a workflow nobody holds, with no attempt counted.
inline std::string given_back(const test_database& database, std::uint64_t number) {
  return raw_of(database)->value("SELECT count(*) FROM workflow_agenda WHERE workflow_id = '" +
                                 schema::to_text(workflow(number)) +
                                 "' AND attempt = 0 AND lease_until IS NULL");
}

inline bool has_key(key_ring& keys, std::uint64_t number) {
  const uuid id = workflow(number);
  return keys.find({&id, 1}, {}).front().has_value();
}

}  // namespace nava::test::sealed
