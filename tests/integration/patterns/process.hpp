// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/nava.hpp>

#include "support/engine_case.hpp"
#include "support/replayed.hpp"

/// A case of docs/patterns.md, which names it by its number.
#define PATTERN_TEST_CASE(NAME) \
  ENGINE_TEST_CASE("pattern " NAME, "[patterns]", sqlite_memory, postgresql_kept)

namespace nava::test::patterns {

using text = std::vector<std::string>;

/// One workflow of a definition whose steps people end, one after the other.
class process {
 public:
  /// `define` adds steps to the stage `s`, and what follows on what.
  process(test_database& database, const std::function<void(definition_builder&)>& define,
          json::object params = {})
      : stored_(database.open()), run_(stored_, {made(define)}) {
    id_ = run_.start("process", {"process", "1"}, std::move(params)).workflow_id;
  }
  process(const process&) = delete;
  process& operator=(const process&) = delete;
  ~process() { CHECK(broken_promises(*stored_, id_) == text{}); }

  /// Ends a step; of several with this key the nth, from 1.
  process& done(const std::string& step, std::int64_t nth = 1) {
    return event("done", {{"step", step}, {"nth", nth}});
  }
  process& event(const std::string& name, json::object data = {}) {
    (void)run_.deliver_to(id_, {.name = name, .key = no_key, .data = std::move(data)});
    return *this;
  }
  /// Why an event is refused; empty where it is not.
  std::string refusal(const std::string& name, json::object data = {}) {
    try {
      event(name, std::move(data));
    } catch (const refused& why) {
      return why.what();
    }
    return "";
  }

  /// `a COMPLETED`, in the order in which the steps were added.
  [[nodiscard]] text steps() const {
    text found;
    for (const auto& step : state().steps)
      found.push_back(step.step_key + " " + std::string{to_text(step.status)});
    return found;
  }
  [[nodiscard]] std::string status() const { return std::string{to_text(state().workflow.status)}; }
  [[nodiscard]] workflow_state state() const { return stored_->load(id_).value().state; }
  [[nodiscard]] nava::runtime& runtime() { return run_; }

 private:
  static definition made(const std::function<void(definition_builder&)>& define) {
    definition_builder builder{"process", revision{1}};
    builder.stage("s", "Stage");
    builder.on("done", [](workflow_context& on, const nava::event& ended) {
      std::int64_t left = ended.data.at("nth").as_int64();
      const std::string key{ended.data.at("step").as_string()};
      for (const auto& step : on.steps())
        if (step.step_key == key && --left == 0) {
          const uuid selector = step.selector;
          on.step(selector).finish();
          return;
        }
      throw action_refused{"there is no such step"};
    });
    define(builder);
    return builder.build();
  }

  std::shared_ptr<persistence::store> stored_;
  nava::runtime run_;
  uuid id_{};
};

/// A step of the stage `s`.
inline step_options in_stage(bool repeats = false) { return {.stage = "s", .repeats = repeats}; }

/// How many steps of this key have ended.
inline std::int64_t ended(workflow_context on, std::string_view key) {
  std::int64_t count = 0;
  for (const auto& step : on.steps())
    if (step.step_key == key && step.status == step_status::completed) ++count;
  return count;
}

/// Whether a step of this key is active.
inline bool is_active(workflow_context on, std::string_view key) {
  for (const auto& step : on.steps())
    if (step.step_key == key && step.status == step_status::active) return true;
  return false;
}

/// Cancels the active steps of this key.
inline void cancel_all(workflow_context on, std::string_view key) {
  std::vector<uuid> selectors;
  for (const auto& step : on.steps())
    if (step.step_key == key && step.status == step_status::active)
      selectors.push_back(step.selector);
  for (const uuid& each : selectors) on.step(each).cancel();
}

}  // namespace nava::test::patterns
