// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/definition_data.hpp"

namespace nava::engine {

/// Throws definition_error, naming step and state, for a definition that contradicts itself.
void check(const definition_data& data);

}  // namespace nava::engine
