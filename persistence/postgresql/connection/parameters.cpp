// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/connection/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace nava::persistence::postgresql {
namespace {

bool is_of_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::size_t place_of(std::string_view name, const std::vector<std::string>& parameters) {
  const auto found = std::find(parameters.begin(), parameters.end(), name);
  if (found == parameters.end())
    throw std::logic_error{fmt::format("a statement has no parameter {}", name)};
  return static_cast<std::size_t>(found - parameters.begin());
}

// How far what begins here reaches, if it is to be copied as it is.
std::size_t copied(std::string_view rest) {
  const char first = rest.front();
  if (first == '\'' || first == '"') {
    const std::size_t end = rest.find(first, 1);
    return end == std::string_view::npos ? rest.size() : end + 1;
  }
  if (first != ':') return std::min(rest.find_first_of(":'\""), rest.size());
  if (rest.starts_with("::") || rest.starts_with(":=")) return 2;
  return rest.size() > 1 && is_of_name(rest[1]) ? 0 : 1;
}

}  // namespace

positional_statement positional(const statement& named) {
  positional_statement made;
  if (named.is_binary()) {
    made.sql = named.sql();
    made.parameters.resize(named.parameters().size());
    std::iota(made.parameters.begin(), made.parameters.end(), std::size_t{0});
    return made;
  }
  for (std::string_view rest = named.sql(); !rest.empty();) {
    std::size_t length = copied(rest);
    if (length > 0) {
      made.sql += rest.substr(0, length);
    } else {
      const auto end = std::find_if_not(rest.begin() + 1, rest.end(), is_of_name);
      length = static_cast<std::size_t>(end - rest.begin());
      made.parameters.push_back(place_of(rest.substr(1, length - 1), named.parameters()));
      made.sql += fmt::format("${}", made.parameters.size());
    }
    rest.remove_prefix(length);
  }
  return made;
}

}  // namespace nava::persistence::postgresql
