// SPDX-License-Identifier: Apache-2.0
#include "tools/command_line/nearest.hpp"

#include <algorithm>
#include <vector>

namespace nava::tools {
namespace {

constexpr std::size_t word_bytes_max = 64;  // No name is longer, and the table stays small.

// Edit distance with exchanged neighbours (optimal string alignment).
std::size_t distance(std::string_view one, std::string_view other) {
  const std::size_t width = other.size() + 1;
  std::vector<std::size_t> table((one.size() + 1) * width);
  const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& {
    return table[i * width + j];
  };
  for (std::size_t i = 0; i <= one.size(); ++i) at(i, 0) = i;
  for (std::size_t j = 0; j <= other.size(); ++j) at(0, j) = j;
  for (std::size_t i = 1; i <= one.size(); ++i)
    for (std::size_t j = 1; j <= other.size(); ++j) {
      const std::size_t changed = one[i - 1] == other[j - 1] ? 0 : 1;
      at(i, j) = std::min({at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + changed});
      if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
        at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
    }
  return table.back();
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> names) {
  if (word.size() < 2 || word.size() > word_bytes_max) return std::nullopt;
  const std::string* best = nullptr;
  std::size_t least = word_bytes_max;
  for (const std::string& name : names) {
    const std::size_t away = name.starts_with(word) ? 0 : distance(word, name);
    if (away >= least || away > std::max(word.size(), name.size()) / 3) continue;
    best = &name;
    least = away;
  }
  return best == nullptr ? std::nullopt : std::optional{*best};
}

}  // namespace nava::tools
