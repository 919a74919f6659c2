// SPDX-License-Identifier: Apache-2.0
#include <nava/persistence/rows.hpp>

#include "workflow/storable.hpp"

namespace nava::persistence::detail {

std::size_t least_size_of_rows::least_size_of(const std::vector<std::string>& value) {
  std::size_t size = 0;
  for (const std::string& each : value) size += each.size();
  return size;
}

std::size_t least_size_of_rows::least_size_of(const json::object& value) {
  return least_size(value);
}

std::size_t least_size_of_rows::least_size_of(const json::array& value) {
  return least_size(value);
}

void least_size_of_rows::check(std::string_view table) const { check_size(bytes_, table); }

}  // namespace nava::persistence::detail
