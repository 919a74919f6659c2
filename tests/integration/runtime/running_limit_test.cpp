// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <nava/nava.hpp>

#include "support/engine_case.hpp"
#include "support/eventually.hpp"
#include "support/replayed.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

constexpr int parcels = 30;

// Two tasks that nobody listens to, and one whose end is a decision; `press` is a machine of which
// there is one.
definition parcel() {
  definition_builder parcel{"parcel", revision{1}};
  parcel.stage("s", "Stage");
  parcel.step("pack", {.stage = "s"})
      .on_task_finished("fold", [](step_context& step, const task_end&) { step.finish(); });
  parcel.on_started([](workflow_context& on) {
    on.add_step("pack").add_task("fold", {}, {.queue = "press"});
    on.add_task("stamp", {}, {.queue = "press"});
    on.add_task("label");
  });
  return parcel.build();
}

class machine {
 public:
  json::object use() {
    const int now = ++running_;
    for (int seen = highest_; seen < now && !highest_.compare_exchange_weak(seen, now);) {
    }
    std::this_thread::yield();
    --running_;
    ++used_;
    return {};
  }
  [[nodiscard]] int highest() const { return highest_; }
  [[nodiscard]] int used() const { return used_; }

 private:
  std::atomic<int> running_ = 0, highest_ = 0, used_ = 0;
};

}  // namespace

ENGINE_TEST_CASE("worker: a machine of which there is one is used by one at a time", "[worker]",
                 sqlite_memory, sqlite_file, postgresql_kept) {
  const std::shared_ptr<persistence::store> stored = database.open();
  runtime run{stored, {parcel()}};
  stored->limit_running("press", 1);
  std::vector<uuid> ids;
  for (int i = 0; i < parcels; ++i)
    ids.push_back(run.start("parcel", {"parcel", std::to_string(i)}).workflow_id);
  machine press, printer;
  const auto works = [&](const std::string& name) {
    return std::make_unique<worker>(
        run,
        std::vector<task_definition>{{"fold", [&](task_context&) { return press.use(); }},
                                     {"stamp", [&](task_context&) { return press.use(); }},
                                     {"label", [&](task_context&) { return printer.use(); }}},
        worker_options{.name = name, .threads = 4, .queues = {"press", "label"}, .poll = 20ms});
  };
  const auto one = works("one"), other = works("other");
  for (const uuid& id : ids)
    REQUIRE(eventually([&] { return stored->load(id).value().state.tasks.empty(); }));
  CHECK(press.highest() == 1);
  CHECK(press.used() == 2 * parcels);
  CHECK(printer.used() == parcels);
  for (const uuid& id : ids) CHECK(broken_promises(*stored, id) == std::vector<std::string>{});
}
