// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace nava::tools {

/// Of UTF-8, which some programs write before the text of a file.
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace nava::tools
