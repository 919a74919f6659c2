// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <nava/engine/decision.hpp>
#include <optional>
#include <string_view>

/// Decisions that no handler makes: what somebody asks of one workflow, or of a step of it.
namespace nava::engine {

class runner;

/// A verb that is carried out for a caller. Its cause is the event `nava.{verb}`.
struct command_act {
  std::string_view verb;
  std::optional<uuid> step_id{};
  json::object about{};  ///< the data of the event, to which the reason is added
  std::function<void(runner&)> run;
};

[[nodiscard]] decision decide(const definition& definition, const workflow_state& state,
                              const command_act& act, const command_cause& why, timestamp now,
                              const uuid& transaction_id);

/// `name` must outlive it.
[[nodiscard]] command_act act_of(legal_hold_command verb, std::string_view name);

/// The event that a command leaves.
[[nodiscard]] event cause_of(std::string_view verb, const command_cause& why, json::object about);

}  // namespace nava::engine
