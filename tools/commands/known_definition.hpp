// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/nava.hpp>

namespace nava::tools {

/// What a decision without handlers has to know of the definition: the handlers are the
/// application's, and what the definition looks like is in the state.
[[nodiscard]] definition known_definition(const workflow_state& state);

/// Another process may change a workflow between a load and its commit.
inline constexpr int tries_max = 10;

[[nodiscard]] timestamp now();

}  // namespace nava::tools
