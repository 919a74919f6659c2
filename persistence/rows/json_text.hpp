// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <nava/schema/types.hpp>
#include <string_view>

namespace nava::persistence {

/// Parses JSON that a database holds. Pure and thread-safe. Unlike json::parse of Boost 1.81, which
/// is off by a unit in the last place for about one double in ten, it reads every double back as it
/// was written. Throws error (other) for text that is not JSON.
/// The value takes its memory from `memory`, which it must not outlive.
[[nodiscard]] json::value parse_stored_json(std::string_view text, json::storage_ptr memory = {});

}  // namespace nava::persistence
