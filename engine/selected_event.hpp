// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/engine/decision.hpp>
#include <span>

/// An event whose selectors have been asked. A deliver asks each once, however many workflows the
/// event reaches and however often it decides.
namespace nava::engine {

/// Throws error (invalid_input) for an event that is larger than what can be stored, or whose key
/// is an empty text.
void check_event(const event& happened);

/// As the decide() of an event, with what definition_data::select() has said of it. `spent`: an
/// open task that the event ends; a handler that throws rejects such an event.
[[nodiscard]] decision decide(const definition& definition, const workflow_state& state,
                              const event& happened, std::span<const selection> chosen,
                              timestamp now, const uuid& transaction_id,
                              const std::optional<uuid>& spent = {});

}  // namespace nava::engine
