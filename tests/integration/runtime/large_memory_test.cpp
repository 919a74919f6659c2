// SPDX-License-Identifier: Apache-2.0
#include "support/claims.hpp"

using namespace nava;
using namespace nava::test;
using schema::workflow_status;

namespace {

// Rows of one workflow that a decision on all of them could not write whole.
constexpr std::size_t large_steps = 200, large_bytes = 100'000;

void add_steps(workflow_context& workflow, const event& wanted) {
  const auto bytes = wanted.data.at("bytes").to_number<std::size_t>();
  for (auto left = wanted.data.at("steps").to_number<std::size_t>(); left > 0; --left) {
    auto step = workflow.add_step("ask").transit("ASKED");
    step.memorize({{"scan", json::string(std::string(bytes, 'x'))}});
    step.add_task("print");
  }
}

definition_builder large_builder(std::size_t stages = 1) {
  definition_builder builder{"claim", revision{1}};
  for (std::size_t i = 0; i < stages; ++i) builder.stage("stage-" + std::to_string(i), "Stage");
  builder.step("ask", {.stage = "stage-0", .states = {"ASKED"}, .repeats = true})
      .on("break", [](step_context& step, const event&) { step.fail("broken"); })
      .on("note", [](step_context& step, const event& note) { step.memorize(note.data); });
  builder.on("add", add_steps);
  builder.on("answer-all", [](workflow_context& workflow, const event&) {
    for (const auto& row : std::vector{workflow.steps()}) workflow.step(row.selector).label("seen");
  });
  builder.on("finish-all", [](workflow_context& workflow, const event&) {
    for (const auto& row : std::vector{workflow.steps()}) workflow.step(row.selector).finish();
  });
  return builder;
}

// A runtime with one workflow that has been built up by many small decisions.
struct large_run {
  large_run(test_database& database, std::size_t steps, std::size_t each, std::size_t bytes,
            std::size_t stages = 1, start_options options = {})
      : stored(database.open()),
        run(stored, {large_builder(stages).build()}, {.cache_workflows = 10'000}),
        id(run.start("claim", claim_1, {}, std::move(options)).workflow_id) {
    for (std::size_t made = 0; made < steps; made += each)
      run.deliver(happened("add", no_key, {{"steps", each}, {"bytes", bytes}}));
  }

  [[nodiscard]] nava::workflow_state state() const { return stored->load(id).value().state; }
  [[nodiscard]] workflow_status status() const { return state().workflow.status; }

  void check_end(workflow_status status) {
    CHECK(this->status() == status);
    CHECK(state().tasks.empty());
    CHECK(broken_promises(*stored, id).empty());
    CHECK(stored->erase(id));
    CHECK_FALSE(stored->load(id));
  }

  std::shared_ptr<persistence::store> stored;
  runtime run;
  uuid id;
};

event for_step(const large_run& of, std::size_t position, std::string name, json::object data) {
  event one = happened(std::move(name), no_key, std::move(data));
  one.selector = of.state().steps.at(position).selector;
  return one;
}

}  // namespace

RUNTIME_TEST_CASE("a workflow with more memory than one decision may write can be cancelled") {
  large_run large{database, large_steps, 40, large_bytes};
  CHECK(large.run.pause(large.id).result == nava::delivery::applied);
  CHECK(large.run.resume(large.id).result == nava::delivery::applied);
  CHECK(large.run.deliver(happened("answer-all")).size() == 1);
  CHECK(large.run.deliver(for_step(large, 7, "note", {{"said", "fine"}})).size() == 1);
  const auto before = large.state();
  CHECK(before.steps.at(7).memory.at("said") == "fine");
  CHECK(before.steps.at(7).memory.at("scan").as_string().size() == large_bytes);
  CHECK(large.run.cancel(large.id).result == nava::delivery::applied);
  const auto after = large.state();
  for (std::size_t i = 0; i < large_steps; ++i) {
    CHECK(after.steps.at(i).status == schema::step_status::cancelled);
    CHECK(after.steps.at(i).stm_label == "seen");
    CHECK(after.steps.at(i).memory == before.steps.at(i).memory);
  }
  large.check_end(workflow_status::cancelled);
}

RUNTIME_TEST_CASE("a workflow with more memory than one decision may write can be aborted") {
  large_run large{database, large_steps, 40, large_bytes};
  CHECK(large.run.deliver(for_step(large, 3, "break", {})).size() == 1);
  CHECK(large.status() == workflow_status::degraded);
  CHECK(large.run.abort(large.id).result == nava::delivery::applied);
  large.check_end(workflow_status::failed);
}

RUNTIME_TEST_CASE("a workflow with more memory than one decision may write can be completed") {
  large_run large{database, large_steps, 40, large_bytes};
  CHECK(large.run.deliver(happened("finish-all")).size() == 1);
  CHECK(large.status() == workflow_status::completed);
  CHECK(broken_promises(*large.stored, large.id).empty());
}

RUNTIME_TEST_CASE("a change of one column of memory does not write the others") {
  definition_builder builder{"claim", revision{1}};
  builder.stage("review", "Review").step("ask", {.stage = "review"});
  builder.on("note",
             [](workflow_context& workflow, const event& note) { workflow.memorize(note.data); });
  builder.on("pay",
             [](workflow_context& workflow, const event& note) { workflow.output(note.data); });
  const std::shared_ptr stored{database.open()};
  runtime run{stored, {builder.build()}};
  // Five of them are more than a unit may have: the three columns, the mutation and the event.
  constexpr std::size_t column_bytes = 3'500'000;
  const json::object params{{"scan", json::string(std::string(column_bytes, 'p'))}};
  const uuid id = run.start("claim", claim_1, params).workflow_id;
  const json::object memory{{"scan", json::string(std::string(column_bytes, 'm'))}};
  run.deliver(happened("note", no_key, memory));
  const json::object output{{"scan", json::string(std::string(column_bytes, 'o'))}};
  run.deliver(happened("pay", no_key, output));
  const auto stored_memory = stored->load(id).value().state.memory;
  CHECK(stored_memory.params == params);
  CHECK(stored_memory.memory == memory);
  CHECK(stored_memory.output == output);
  CHECK(run.cancel(id).result == nava::delivery::applied);
  CHECK(broken_promises(*stored, id).empty());
}
