// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/nava.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/engine_case.hpp"
#include "support/eventually.hpp"
#include "support/replayed.hpp"

#define WORKER_TEST_CASE(NAME) \
  ENGINE_TEST_CASE("worker: " NAME, "[worker]", sqlite_memory, sqlite_file, postgresql_kept)

/// Parcels, whose tasks a worker runs.
namespace nava::test::parcels {

// A parcel that is packed by a task, on which its step waits, and labelled by one that nobody
// listens to.
inline definition_builder parcel_builder(task_options options = {}) {
  definition_builder parcel{"parcel", revision{1}};
  parcel.stage("send", "Sending");
  parcel.step("packing", {.stage = "send", .states = {"PACKED", "LOST"}})
      .on_task_finished("pack",
                        [](step_context& step, const task_end& ended) {
                          step.memorize({{"weight", ended.result.at("weight")}});
                          step.transit("PACKED").finish();
                        })
      .on_task_failed("pack", [](step_context& step, const task_end& ended) {
        step.message(*ended.error);
        step.transit("LOST").finish();
      });
  parcel.on_started([options](workflow_context& workflow) {
    workflow.add_step("packing").add_task("pack", {{"boxes", 2}}, options);
    workflow.add_task("label", {}, options);
  });
  return parcel;
}

inline json::object packed(task_context&) { return {{"weight", 12}}; }
inline json::object labelled(task_context&) { return {}; }

inline constexpr task_policy impatient{.backoff = std::chrono::milliseconds{1},
                                       .backoff_max = std::chrono::milliseconds{2}};

inline std::vector<task_definition> tasks(task_handler pack, task_policy policy = impatient) {
  return {{"pack", std::move(pack), policy}, {"label", labelled, impatient}};
}

inline worker_options quick(std::string name = "w") {
  using namespace std::chrono_literals;
  return {.name = std::move(name), .threads = 2, .lease = 2s, .poll = 20ms, .stop_timeout = 10s};
}

class parcel_run {
 public:
  explicit parcel_run(test_database& database, task_options options = {})
      : stored(database.open()), run(stored, {parcel_builder(options).build()}) {}

  uuid start(const std::string& name = "1") {
    return run.start("parcel", {"parcel", name}).workflow_id;
  }

  [[nodiscard]] workflow_history history(const uuid& id) const {
    return stored->history(id).value();
  }
  [[nodiscard]] schema::workflow_task task(const uuid& id, std::string_view name) const {
    for (const auto& each : history(id).tasks)
      if (each.name == name) return each;
    throw std::logic_error{"no such task"};
  }
  [[nodiscard]] bool ends(const uuid& id) const {
    return eventually([&] {
      const auto all = history(id);
      return is_finished(all.state.workflow.status) && all.state.tasks.empty();
    });
  }
  [[nodiscard]] std::vector<std::string> broken(const uuid& id) const {
    return broken_promises(*stored, id);
  }

  std::shared_ptr<persistence::store> stored;
  runtime run;
};

}  // namespace nava::test::parcels
