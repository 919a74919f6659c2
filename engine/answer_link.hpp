// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/engine/decision.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "engine/command.hpp"

/// Links by which somebody answers once, without being known: for one step and one event. A link is
/// an open task of the runtime's own, which ends when it is used, when it expires, and with its
/// step. Of its secret the task has the hash alone.
namespace nava::engine {

inline constexpr std::string_view answer_link_task = "nava.answer-link";
inline constexpr std::ptrdiff_t links_per_step_max = 100;  ///< that are open

struct answer_link {
  std::string hash;  ///< of the secret: 64 hexadecimal digits
  std::string event_name;
  std::optional<std::string> actor{};  ///< whose answer it will be
  timestamp expires{};
};

/// Stores the link with a step. Throws action_refused where the step does not take the event.
[[nodiscard]] command_act issue(const answer_link& link, const uuid& step_id);

/// The key of the event that a link brings, so that it does so once.
[[nodiscard]] std::string key_of_link(std::string_view hash);

/// Delivers the event of the link, and ends the link, in one decision. Throws link_refused where
/// there is none that is open.
[[nodiscard]] decision decide_answer(const definition& definition, const workflow_state& state,
                                     std::string_view hash, const json::object& data, timestamp now,
                                     const uuid& transaction_id);

}  // namespace nava::engine
