// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <nava/nava.hpp>

#include "support/engine_case.hpp"
#include "support/eventually.hpp"
#include "support/faulty_store.hpp"
#include "support/replayed.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

// A task whose end is a decision, one that nobody listens to, a time and a child.
definition errand() {
  definition_builder errand{"errand", revision{1}};
  errand.stage("s", "Stage");
  errand.step("run", {.stage = "s"})
      .on_task_finished("heard",
                        [](step_context& step, const task_end&) {
                          const json::value ends = step.recall("ends");
                          step.memorize({{"ends", ends.is_null() ? 1 : ends.as_int64() + 1}});
                          step.wake_in("rest", 0ms);
                        })
      .on_wake("rest",
               [](step_context& step) {
                 step.start_child("part", {"part", "1"});
               })
      .on_child_finished("part", [](step_context& step, const child_end&) { step.finish(); });
  errand.on_started([](workflow_context& on) {
    on.add_step("run").add_task("heard", {}, {.attempts_max = 20});
    on.add_task("unheard", {}, {.attempts_max = 20});
  });
  return errand.build();
}

definition part() {
  definition_builder part{"part", revision{1}};
  part.stage("s", "Stage");
  part.step("only", {.stage = "s"});
  part.on_started([](workflow_context& on) { on.add_step("only").finish(); });
  return part.build();
}

// Fails one call of a worker's database, and returns whether there were that many.
bool survives(test_database& database, std::size_t call, fault kind, int number) {
  const std::shared_ptr<persistence::store> real = database.open();
  const auto faulty = std::make_shared<faulty_store>(real);
  runtime run{faulty, {errand(), part()}};
  const uuid id = run.start("errand", {"errand", std::to_string(number)}).workflow_id;
  faulty->reset();
  faulty->fail_call(call, kind);
  const auto nothing = [](task_context&) { return json::object{}; };
  {
    worker works{run,
                 {{"heard", nothing}, {"unheard", nothing}},
                 {.name = "w", .threads = 1, .lease = 150ms, .poll = 10ms}};
    CHECK(eventually([&] {
      const auto all = real->history(id).value();
      return is_finished(all.state.workflow.status) && all.state.tasks.empty();
    }));
  }
  const auto all = real->history(id).value();
  CHECK(all.state.workflow.status == workflow_status::completed);
  CHECK(all.state.steps.at(0).memory.at("ends") == 1);
  for (const auto& task : all.tasks) CHECK(task.status == task_status::completed);
  CHECK(broken_promises(*real, id) == std::vector<std::string>{});
  const auto children = real->load(resource{"part", "1"});
  CHECK(children.size() == 1);
  for (const auto& child : children) (void)real->erase(child.state.workflow.id);
  return faulty->calls() >= call;
}

// Counts what a worker asks.
class counting_store : public store_decorator {
 public:
  using store_decorator::store_decorator;

  persistence::claimed_tasks claim(const persistence::claim_request& request,
                                   deadline limit) override {
    ++claims;
    return store_decorator::claim(request, limit);
  }
  std::optional<std::chrono::microseconds> next_due(std::span<const persistence::agenda_lane> lanes,
                                                    deadline limit) override {
    ++others;
    return store_decorator::next_due(lanes, limit);
  }
  std::vector<std::optional<persistence::lease_loss>> renew(
      std::span<const persistence::renewal> leases, std::chrono::milliseconds lease,
      deadline limit) override {
    ++others;
    return store_decorator::renew(leases, lease, limit);
  }

  std::atomic<int> claims = 0, others = 0;
};

}  // namespace

ENGINE_TEST_CASE("worker: an idle one asks one question a poll", "[worker]", sqlite_memory,
                 postgresql_kept) {
  const auto counted =
      std::make_shared<counting_store>(std::shared_ptr<persistence::store>{database.open()});
  runtime run{counted, {errand(), part()}};
  worker works{run,
               {{"heard", [](task_context&) { return json::object{}; }}},
               {.name = "w", .lease = 30s, .poll = 5ms}};
  CHECK(eventually([&] { return counted->claims > 30; }));
  CHECK(counted->others == 0);
}

ENGINE_TEST_CASE("worker: whichever call of the database fails, all ends once", "[worker]",
                 sqlite_memory, postgresql_kept) {
  // As many as a run without faults needs, and some that idle.
  constexpr std::size_t calls = 16;
  int number = 0;
  for (const fault kind : {fault::before, fault::after})
    for (std::size_t call = 1; call <= calls; ++call) {
      INFO("call " << call << (kind == fault::before ? ", before" : ", after"));
      CHECK(survives(database, call, kind, ++number));
    }
}
