// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <nava/persistence/database_url.hpp>
#include <nava/schema/types.hpp>

namespace nava::benchmarks {

/// What a figure depends on beside the program: `time`, `machine`, `versions` and the `settings`
/// of the database that decide what a commit costs.
[[nodiscard]] json::object environment_of(const persistence::database_url& url);

}  // namespace nava::benchmarks
