// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/workflow/own_types.hpp>

namespace nava::detail {

void refuse_member(std::string_view path, std::string_view why) {
  throw misfit{fmt::format("member '{}' {}", path, why)};
}

}  // namespace nava::detail
