// SPDX-License-Identifier: Apache-2.0
#include "runtime/options_check.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <nava/engine/refusal.hpp>
#include <nava/workflow/limits.hpp>

namespace nava {

std::string name_of_process() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  return fmt::format("{}/{}", host.data(), getpid());
}

void check_duration(std::string_view name, std::chrono::milliseconds value,
                    std::chrono::milliseconds least, std::chrono::milliseconds most) {
  if (value < least || value > most)
    throw engine::refused{fmt::format("{} is {} ms; {} to {} ms are allowed", name, value.count(),
                                      least.count(), most.count())};
}

void check_name(std::string_view what, std::string_view name) {
  if (name.empty() || name.size() > key_bytes_max || name.find('\0') != name.npos)
    throw engine::refused{fmt::format("{} '{}' has to have 1 to {} bytes, none of them NUL", what,
                                      name.substr(0, name.find('\0')), key_bytes_max)};
}

void check_count(std::string_view name, std::size_t value, std::size_t most) {
  if (value == 0 || value > most)
    throw engine::refused{fmt::format("{} is {}; 1 to {} are allowed", name, value, most)};
}

}  // namespace nava
