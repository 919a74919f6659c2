// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/approvals.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <nava/engine/context.hpp>
#include <nava/workflow/id.hpp>
#include <stdexcept>
#include <string>

namespace nava::benchmarks {
namespace {

using namespace engine;

constexpr std::array<std::string_view, 4> stages{"intake", "review", "decision", "archive"};

std::string step_key(std::size_t number) { return "step-" + std::to_string(number); }

void record(step_context& step, const event& happened) {
  step.memorize({{"note", happened.data.at("note")}});
  step.transit(step.row().stm_state == "ASKED" ? "ANSWERED" : "ASKED");
  step.message("answered");
}

void plan(workflow_context& workflow) {
  for (std::size_t i = 0; i < approval_steps; ++i) workflow.add_step(step_key(i));
  for (const auto* user : {"ada", "ben", "cleo"}) workflow.add_participant("clerk", user);
  workflow.add_task("mail", {{"to", "ada"}});
}

}  // namespace

namespace {

definition_builder begun_approval() {
  definition_builder builder{"benchmark-approval", engine::revision{1}};
  builder.title("Approval").role("clerk", "Clerk");
  for (const auto stage : stages) builder.stage(std::string{stage}, std::string{stage});
  for (std::size_t i = 0; i < approval_steps; ++i)
    builder
        .step(step_key(i), {.stage = std::string{stages[i * stages.size() / approval_steps]},
                            .states = {"ASKED", "ANSWERED"}})
        .on("answered", record);
  builder.on_started(plan);
  return builder;
}

}  // namespace

definition approval() { return begun_approval().build(); }

nava::runtime approval_runtime(const persistence::database_url& url,
                               const approval_options& options) {
  auto builder = begun_approval();
  if (options.chained) builder.keep_hash_chain();
  return {persistence::open_store(url, {.tombstones = options.tombstones, .keys = options.keys}),
          {builder.build()},
          {.cache_workflows = options.cached}};
}

std::shared_ptr<persistence::key_ring> ring_in_file() {
  std::string place = (std::filesystem::temp_directory_path() / "nava-keys-XXXXXX").string();
  if (::mkdtemp(place.data()) == nullptr) throw std::runtime_error{"cannot make " + place};
  auto ring = persistence::open_key_ring(persistence::database_url{"sqlite:" + place + "/keys.db"});
  return {ring.release(), [place](persistence::key_ring* made) {
            delete made;
            std::error_code ignored;
            std::filesystem::remove_all(place, ignored);
          }};
}

resource approval_of(std::int64_t number) { return {"approval", std::to_string(number)}; }

uuid start_approval(nava::runtime& runtime, std::int64_t number) {
  static const std::string key{approval().key()};
  const auto started = runtime.start(key, approval_of(number));
  if (started.result != nava::delivery::applied)
    throw std::runtime_error{"a workflow that was new was not started"};
  return started.workflow_id;
}

event answer(const resource& about, const uuid& id, std::int64_t ordinal) {
  const auto step = static_cast<std::size_t>(ordinal) % approval_steps;
  return {.name = "answered",
          .resource = about,
          .selector = step_id(id, step_key(step)),
          .key = "answer-" + std::to_string(ordinal),
          .data = {{"note", "a note of some forty characters in all."}}};
}

void deliver(nava::runtime& runtime, const event& happened) {
  const auto outcomes = runtime.deliver(happened);
  if (outcomes.size() != 1 || outcomes.front().result != nava::delivery::applied)
    throw std::runtime_error{"an event that was new was not applied"};
}

approvals::approvals(nava::runtime& runtime, std::int64_t first, std::int64_t workflows)
    : first_(first) {
  for (std::int64_t i = 0; i < workflows; ++i) ids_.push_back(start_approval(runtime, first + i));
}

event approvals::next() {
  const auto ordinal = static_cast<std::int64_t>(next_++ / ids_.size());
  return answer(approval_of(first_ + static_cast<std::int64_t>(place())), ids_[place()], ordinal);
}

}  // namespace nava::benchmarks
