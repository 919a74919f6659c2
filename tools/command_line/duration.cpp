// SPDX-License-Identifier: Apache-2.0
#include "tools/command_line/duration.hpp"

#include <charconv>
#include <nava/persistence/purge.hpp>

namespace nava::tools {

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  constexpr std::size_t digits_max = 12;  // so that no unit overflows
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [unit, failed] = std::from_chars(text.data(), end, number);
  if (failed != std::errc{} || unit + 1 != end || number < 0 || text.size() > digits_max + 1)
    return std::nullopt;
  std::chrono::seconds duration{};
  switch (*unit) {
    case 's':
      duration = std::chrono::seconds{number};
      break;
    case 'm':
      duration = std::chrono::minutes{number};
      break;
    case 'h':
      duration = std::chrono::hours{number};
      break;
    case 'd':
      duration = std::chrono::hours{24 * number};
      break;
    default:
      return std::nullopt;
  }
  return duration <= persistence::purge_age_max ? std::optional{duration} : std::nullopt;
}

}  // namespace nava::tools
