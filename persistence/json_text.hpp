// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/types.hpp>
#include <string_view>

/// JSON as it comes from and goes to a database. Pure and thread-safe.
namespace nava::persistence {

/// Parses JSON that a database holds. Unlike json::parse of Boost 1.81, which is off by a
/// unit in the last place for about one double in ten, it reads every double back as it
/// was written. Throws error (other) for text that is not JSON.
[[nodiscard]] json::value parse_stored_json(std::string_view text);

/// Refuses what one of the databases would refuse, cut or change, so that both store the
/// same, and makes numbers canonical: an integral number is an integer, as jsonb has it.
/// `value` is a row; a payload is the first level within it.
/// `where` begins the path that the message of error (invalid_input) names.
void make_storable(json::value& value, std::string_view where);

}  // namespace nava::persistence
