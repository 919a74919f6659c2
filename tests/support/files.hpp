// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace nava::test {

/// The bytes of a file; none for one that is not there.
[[nodiscard]] inline std::string content_of(const std::filesystem::path& file) {
  std::ostringstream content;
  content << std::ifstream{file, std::ios::binary}.rdbuf();
  return content.str();
}

inline void write(const std::filesystem::path& file, std::string_view content) {
  std::ofstream{file, std::ios::binary} << content;
}

}  // namespace nava::test
