// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace nava::test {

/// Something that reads what others have written.
struct fuzz_target {
  std::string_view name;  ///< also of the folder with its corpus
  /// Reads any bytes. Throws std::logic_error where what was read is not what was written.
  void (*run)(std::string_view input);
};

[[nodiscard]] std::span<const fuzz_target> fuzz_targets();

}  // namespace nava::test
