// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

/// Checks of options of workers and drainers. They throw refused, and name the option. Thread-safe.
namespace nava {

inline constexpr std::chrono::milliseconds longest_duration = std::chrono::hours{24 * 366};

/// Host and process, for people.
[[nodiscard]] std::string name_of_process();

void check_duration(std::string_view name, std::chrono::milliseconds value,
                    std::chrono::milliseconds least, std::chrono::milliseconds most);
void check_name(std::string_view what, std::string_view name);
/// From 1.
void check_count(std::string_view name, std::size_t value, std::size_t most);

}  // namespace nava
