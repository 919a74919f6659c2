// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <nava/schema/types.hpp>
#include <string_view>

namespace nava::engine {

/// The tags and this one, once. Throws action_refused for a tag that none may be, and for too many.
[[nodiscard]] json::array with_tag(json::array tags, std::string_view tag);

}  // namespace nava::engine
