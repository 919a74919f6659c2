// SPDX-License-Identifier: Apache-2.0
#include <nava/persistence/related_rows.hpp>
#include <nava/persistence/rows.hpp>
#include <nava/runtime/verify_workflows.hpp>
#include <nava/schema/workflow_database.hpp>

#include "conformance/sealed_store_case.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace nava::test::sealed;
using namespace std::chrono_literals;
using Catch::Contains;

SEALED_TEST_CASE(
    "of a sealed workflow no payload stands in the database, and the store reads all") {
  const auto plain = database.open();
  REQUIRE(plain->create(first_with_secrets(1)) == commit_result::applied);
  work_off(*plain);
  CHECK(payloads_seen_in(database.dump(*plain)).size() == payload_columns.size());
  REQUIRE(plain->erase(workflow(1)));

  const auto sealed = with_keys(database, ring_in_memory());
  REQUIRE(sealed->create(first_with_secrets(2)) == commit_result::applied);
  work_off(*sealed);
  CHECK(payloads_seen_in(database.dump(*sealed)) == std::vector<std::string>{});
  const workflow_history past = sealed->history(workflow(2)).value();
  json::array read{history_json(past), workflow_json(past.state)};
  for (const auto& task : past.agenda)
    if (task.progress) read.push_back(*task.progress);
  CHECK(payloads_seen_in(json::serialize(read)).size() == payload_columns.size());
  CHECK(sealed->load(workflow(2)).value().state.memory.params == secrets("workflow_memory.params"));
  CHECK(sealed->list_tasks({}).front().error == secret("workflow_task.error"));
  const auto claimed = sealed->claim(claim_of(2)).tasks;
  REQUIRE(claimed.size() == 1);
  CHECK(claimed.front().input == secrets("workflow_task.input"));
  CHECK(claimed.front().progress == secrets("workflow_agenda.progress"));
}

SEALED_TEST_CASE("a store without the key ring refuses a sealed workflow, and runs the others") {
  const auto sealed = with_keys(database, ring_in_memory());
  REQUIRE(sealed->create(first_with_secrets(1)) == commit_result::applied);
  const auto plain = with_keys(database, nullptr);
  REQUIRE(plain->create(unit_with_tasks(2, 1)) == commit_result::applied);
  const std::string why = "open the database with their key ring";
  CHECK_THAT(refusal_of([&] { (void)plain->load(workflow(1)); }), Contains(why));
  CHECK_THAT(refusal_of([&] { (void)plain->load({"claim", "claim-1"}); }), Contains(why));
  CHECK_THAT(refusal_of([&] { (void)plain->history(workflow(1)); }), Contains(why));
  CHECK(plain->list({}).workflows.size() == 2);
  const auto claimed = plain->claim(claim_of(10)).tasks;
  REQUIRE(claimed.size() == 1);
  CHECK(claimed.front().workflow_id == workflow(2));
  CHECK(given_back(database, 1) == "2");
  CHECK(plain->erase(workflow(1)));
}

SEALED_TEST_CASE("without its key a workflow cannot be read, and keeps no other from being run") {
  const auto keys = ring_in_memory();
  {
    const auto sealed = with_keys(database, keys);
    for (const std::uint64_t number : {1, 2})
      REQUIRE(sealed->create(first_with_secrets(number)) == commit_result::applied);
  }
  const uuid gone = workflow(1);
  REQUIRE(keys->destroy({&gone, 1}, 0s, {}) == 1);
  const auto sealed = database.open();
  // No second key: rows of one workflow would need two.
  CHECK_THAT(refusal_of([&] { (void)sealed->commit(next_unit(first_with_secrets(1))); }),
             Contains("no key of it"));
  CHECK_FALSE(has_key(*keys, 1));
  CHECK_THAT(refusal_of([&] { (void)sealed->load(gone); }), Contains("no key of it"));
  std::vector<std::string> found;
  verify_listener listener;
  listener.on_contradiction = [&](const contradiction& each) { found.push_back(each.text); };
  (void)verify_workflows(*sealed, std::span{&gone, 1}, listener);
  REQUIRE(found.size() == 1);
  CHECK_THAT(found.front(), Contains("no key of it"));
  const auto claimed = sealed->claim(claim_of(10)).tasks;
  REQUIRE(claimed.size() == 2);
  for (const task_lease& each : claimed) CHECK(each.workflow_id == workflow(2));
  CHECK(given_back(database, 1) == "2");
  CHECK(sealed->erase(gone));
}

SEALED_TEST_CASE("a ring that fails costs a task no attempt, and keeps no deletion") {
  const auto keys = std::make_shared<failing_ring>();
  REQUIRE(with_keys(database, keys)->create(first_with_secrets(1)) == commit_result::applied);
  const auto sealed = database.open();
  keys->failure = error_kind::connection_lost;
  const error refused = error_of([&] { (void)sealed->claim(claim_of(10)); });
  CHECK(refused.kind() == error_kind::connection_lost);
  CHECK(given_back(database, 1) == "2");
  CHECK(error_of([&] { (void)sealed->load(workflow(1)); }).kind() == error_kind::connection_lost);
  CHECK(sealed->erase(workflow(1)));
}

SEALED_TEST_CASE("a ring that hangs costs a task no attempt") {
  const auto keys = std::make_shared<failing_ring>();
  REQUIRE(with_keys(database, keys)->create(first_with_secrets(1)) == commit_result::applied);
  {
    const auto sealed = database.open();
    keys->hangs = true;
    CHECK(error_of([&] { (void)sealed->claim(claim_of(10), deadline::in(100ms)); }).kind() ==
          error_kind::connection_lost);
    CHECK(given_back(database, 1) == "2");
    keys->hangs = false;
  }
}

SEALED_TEST_CASE("a workflow that cannot be read keeps nobody from the others of its resource") {
  const auto keys = ring_in_memory();
  {
    const auto sealed = with_keys(database, keys);
    auto other = first_unit(2);
    other.workflow.resource_id = first_unit(1).workflow.resource_id;
    other.workflow.wfdef_key = "another";
    REQUIRE(sealed->create(first_unit(1)) == commit_result::applied);
    REQUIRE(sealed->create(other) == commit_result::applied);
  }
  const uuid gone = workflow(1);
  REQUIRE(keys->destroy({&gone, 1}, 0s, {}) == 1);
  const auto loaded = database.open()->load({"claim", "claim-1"});
  REQUIRE(loaded.size() == 1);
  CHECK(loaded.front().state.workflow.id == workflow(2));
}

SEALED_TEST_CASE(
    "where the ring makes no key, nothing is stored, and the call may be tried again") {
  const auto keys = std::make_shared<failing_ring>();
  const auto sealed = with_keys(database, keys);
  for (const error_kind kind :
       {error_kind::connection_lost, error_kind::contention, error_kind::outcome_unknown}) {
    keys->failure = kind;
    const error refused = error_of([&] { (void)sealed->create(first_unit(1)); });
    CHECK(refused.may_retry());
    CHECK(refused.outcome_known());
    CHECK_THAT(refused.what(), Contains("the key ring"));
    keys->failure.reset();
    CHECK_FALSE(sealed->load(workflow(1)));
  }
  CHECK(sealed->create(first_unit(1)) == commit_result::applied);
}

SEALED_TEST_CASE("a sealed value that is changed, or moved to another row, is not read") {
  const auto sealed = with_keys(database, ring_in_memory());
  const auto first = first_unit(1);
  const auto second = next_unit(first);
  REQUIRE(sealed->create(first) == commit_result::applied);
  REQUIRE(sealed->commit(second) == commit_result::applied);
  (void)sealed->history(workflow(1));
  const auto raw = raw_of(database);
  const auto seq = std::to_string(first.events.front().seq);
  const std::string before = raw->value("SELECT event_data FROM workflow_event WHERE seq = " + seq);
  raw->run(
      "UPDATE workflow_event SET event_data = (SELECT event_data FROM workflow_event WHERE "
      "seq <> " +
      seq + ") WHERE seq = " + seq);
  CHECK_THAT(refusal_of([&] { (void)sealed->history(workflow(1)); }),
             Contains("workflow_event.event_data") && Contains("was changed"));
  raw->run("UPDATE workflow_event SET event_data = '" + before + "' WHERE seq = " + seq);
  (void)sealed->history(workflow(1));
  raw->run("UPDATE workflow_event SET event_args = '" + before + "' WHERE seq = " + seq);
  CHECK_THAT(refusal_of([&] { (void)sealed->history(workflow(1)); }), Contains("event_args"));
}

SEALED_TEST_CASE("what was stored without a key ring is read with one, and sealed from then on") {
  const auto first = first_with_secrets(1);
  REQUIRE(database.open()->create(first) == commit_result::applied);
  const auto sealed = with_keys(database, ring_in_memory());
  REQUIRE(sealed->commit(next_unit(first)) == commit_result::applied);
  CHECK(sealed->history(workflow(1)).value().mutations.front().mutation ==
        secrets("workflow_mutation.mutation"));
  const auto raw = raw_of(database);
  CHECK(raw->value("SELECT count(*) FROM workflow_memory WHERE cast(memory AS text) LIKE "
                   "'%nava.sealed%'") == "1");
}

SEALED_TEST_CASE("a workflow that was deleted and started again is read by all processes") {
  const auto keys = ring_in_memory();
  const auto one = with_keys(database, keys), other = database.open();
  REQUIRE(one->create(first_with_secrets(1)) == commit_result::applied);
  (void)one->load(workflow(1));
  REQUIRE(other->erase(workflow(1)));
  REQUIRE(destroy_orphaned_keys(database.url(), *keys, {.age = 0s, .even_all = true}).orphaned ==
          1);
  auto again = first_with_secrets(1);
  again.memory.inserted.front().params = {{"again", true}};
  REQUIRE(other->create(again) == commit_result::applied);
  CHECK(one->load(workflow(1)).value().state.memory.params == json::object{{"again", true}});
  REQUIRE(one->commit(next_unit(again)) == commit_result::applied);
  (void)other->history(workflow(1));
}

SEALED_TEST_CASE(
    "one that went on with a key ring gets no second key, and its leases are renewed") {
  const auto first = unit_with_tasks(1, 1);
  REQUIRE(database.open()->create(first) == commit_result::applied);
  const auto keys = ring_in_memory();
  task_lease held;
  {
    const auto sealed = with_keys(database, keys);
    held = sealed->claim(claim_of(1)).tasks.at(0);
    auto second = next_unit(first);
    second.steps = {};
    second.memory = {};
    second.tasks = {};
    REQUIRE(sealed->commit(second) == commit_result::applied);
  }
  const uuid id = workflow(1);
  REQUIRE(keys->destroy({&id, 1}, 0s, {}) == 1);
  const auto sealed = database.open();
  const renewal renewed{held.workflow_id, held.task_id, held.fence, secrets("progress")};
  CHECK_FALSE(sealed->renew({&renewed, 1}, 1min).front());
  CHECK_FALSE(has_key(*keys, 1));
  CHECK(payloads_seen_in(database.dump(*sealed)).empty());
}

SEALED_TEST_CASE("rows that an application writes and loads by description are sealed too") {
  using tables = schema::workflow_database<>;
  const auto sealed = with_keys(database, ring_in_memory());
  const auto first = first_unit(1);
  REQUIRE(sealed->create(first) == commit_result::applied);
  schema::workflow_message row = first.messages.front();
  row.seq = 100;
  row.content = secret("workflow_message.content");
  insert_rows<tables>(*sealed, std::vector{row});
  CHECK(payloads_seen_in(database.dump(*sealed)).empty());
  const auto loaded = load_related<tables, "messages">(*sealed, std::vector{first.workflow});
  CHECK(loaded.of(first.workflow).back().content == row.content);
  row.content = "another";
  CHECK(update_rows<tables>(*sealed, std::vector{row}) == 1);
  CHECK(sealed->history(workflow(1)).value().messages.back().content == "another");
}

STORE_TEST_CASE("what looks sealed and is not is refused, unless it is sealed itself") {
  const auto stored = database.open();
  const json::object looks_sealed{{"nava.sealed", "1:QUFB"}};
  const auto refuses = [&](auto change) {
    auto unit = unit_with_tasks(1, 1);
    change(unit);
    if (database.options().keys) {
      CHECK(stored->create(unit) == commit_result::applied);
      const auto past = stored->history(unit.workflow.id).value();
      CHECK(json::serialize(json::array{history_json(past), workflow_json(past.state)})
                .find("1:QUFB") != std::string::npos);
      CHECK(stored->erase(unit.workflow.id));
      return;
    }
    const error refused = error_of([&] { (void)stored->create(unit); });
    CHECK(refused.kind() == error_kind::invalid_input);
    CHECK_THAT(refused.what(), Contains("looks like a sealed value"));
  };
  refuses([&](unit_of_work& unit) { unit.events.front().event_data = looks_sealed; });
  refuses([&](unit_of_work& unit) { unit.tasks.inserted.front().input = looks_sealed; });
  refuses([&](unit_of_work& unit) { unit.steps.inserted.front().memory = looks_sealed; });
  refuses([&](unit_of_work& unit) { unit.messages.front().content = "nava.sealed:1:QUFB"; });
}
