// SPDX-License-Identifier: Apache-2.0
#include <future>
#include <nava/engine/verification.hpp>
#include <nava/nava.hpp>
#include <nava/runtime/verify_workflows.hpp>

#include "support/claims.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

definition chained_job() {
  definition_builder job{"job", revision{1}};
  job.keep_hash_chain().stage("s", "Stage");
  job.step("work", {.stage = "s", .candidates = {.groups = {"clerks"}}})
      .on_task_finished("effect",
                        [](step_context& step, const task_end& end) {
                          step.memorize({{"end", end.result.at("n")}});
                        })
      .on("done", [](step_context& step, const event&) { step.finish(); });
  job.on("say", [](workflow_context& on, const event& said) {
    on.memorize(said.data);
    on.message(said.data.at("text").as_string());
  });
  job.on_started([](workflow_context& on) { on.add_step("work").add_task("effect"); });
  return job.build();
}

// What a database may write in another way.
json::object odd_values() {
  return {{"text", "\"quoted\"\\ \n\t \xC3\xA9 \xF0\x9F\x99\x82 \x7F"},
          {"z", {{"b", {1, 2.0, -0.0, nullptr, true}}, {"a", json::object{}}}},
          {"large", std::uint64_t{18'446'744'073'709'551'615U}},
          {"small", std::int64_t{-9'223'372'036'854'775'807}},
          {"double", 0.1},
          {"huge", 1e300},
          {"tiny", 5e-324},
          {"whole", 1e18},
          {"", json::array{}}};
}

const resource job_1{"job", "1"};

std::vector<std::string> findings_in(store& store) {
  std::vector<std::string> all;
  (void)verify_workflows(
      store, persistence::list_request{},
      {.on_contradiction = [&](const contradiction& found) { all.push_back(found.text); }});
  return all;
}

}  // namespace

RUNTIME_TEST_CASE("the hash chain of a workflow holds, whatever is stored and read again") {
  const std::shared_ptr stored{database.open()};
  runtime run{stored, {chained_job()}, {.cache_workflows = GENERATE(std::size_t{0}, plenty)}};
  const uuid id = run.start("job", job_1, odd_values()).workflow_id;
  {
    const worker works{run,
                       {{"effect",
                         [](task_context&) {
                           return json::object{{"n", 2.50}};
                         }}},
                       {.poll = 20ms}};
    CHECK(eventually([&] { return stored->load(id).value().state.tasks.empty(); }));
  }
  (void)run.deliver({.name = "say",
                     .resource = job_1,
                     .key = "s",
                     .args = odd_values(),
                     .data = odd_values(),
                     .actor = "ada"});
  const uuid step = stored->load(id).value().state.steps.at(0).id;
  (void)run.claim(id, step, {.user = "eva", .groups = {"clerks"}});
  (void)run.comment(id, "\xC3\xA9", {.actor = "eva"});
  (void)run.deliver({.name = "done", .resource = job_1, .key = "d"});
  const auto history = stored->history(id).value();
  REQUIRE(history.state.workflow.chain);
  CHECK(history.state.workflow.status == schema::workflow_status::completed);
  CHECK(engine::verify_workflow(history) == std::vector<std::string>{});

  if (database.url().in_memory()) return;  // another session would have a database of its own
  const auto raw = raw_of(database);
  const std::string differs =
      "workflow: column chain differs from the hash chain over mutations, messages and events";
  raw->run("UPDATE workflow_message SET author = 'bob' WHERE author = 'eva'");
  CHECK(findings_in(*stored) == std::vector{differs});
  raw->run("UPDATE workflow_message SET author = 'eva' WHERE author = 'bob'");
  raw->run("UPDATE workflow_event SET actor = NULL WHERE actor = 'ada'");
  CHECK(findings_in(*stored) == std::vector{differs});
  raw->run("UPDATE workflow_event SET actor = 'ada' WHERE event_name = 'say'");
  CHECK(findings_in(*stored).empty());
  // The id is in no text of the chain: a change of it cascades.
  raw->run("UPDATE workflow SET _id = '01990000-0000-7000-8000-000000000000'");
  for (const std::string& line : findings_in(*stored)) CHECK(line.find("chain") == line.npos);
  raw->run("UPDATE workflow SET _id = '" + schema::to_text(id) + "'");
}

RUNTIME_TEST_CASE("concurrent events leave one hash chain") {
  const std::shared_ptr stored{database.open()};
  runtime run{stored, {chained_job()}};
  for (int i = 0; i < 3; ++i) (void)run.start("job", {"job", std::to_string(i)});
  std::vector<std::future<void>> threads;
  for (int t = 0; t < 3; ++t)
    threads.push_back(std::async(std::launch::async, [&, t] {
      for (int i = 0; i < 20; ++i)
        (void)run.deliver({.name = "say",
                           .resource = {"job", std::to_string((t + i) % 3)},
                           .key = std::to_string(t) + "/" + std::to_string(i),
                           .data = {{"text", "t"}, {"by", t}}});
    }));
  for (auto& each : threads) each.get();
  CHECK(findings_in(*stored) == std::vector<std::string>{});
  std::size_t events = 0;
  for (const auto& row : stored->list({}).workflows) {
    CHECK(row.chain);
    events += stored->history(row.id).value().events.size();
  }
  CHECK(events == 63);
}
