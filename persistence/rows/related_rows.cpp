// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nava/persistence/related_rows.hpp>

#include "persistence/rows/json_text.hpp"

namespace nava::persistence::detail {

grouped_rows::grouped_rows(const std::vector<std::string>& keys) {
  std::map<std::string, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < keys.size(); ++i) groups[keys[i]].push_back(i);
  order_.reserve(keys.size());
  for (const auto& [key, came] : groups) {
    places_.emplace(key, row_places{order_.size(), came.size()});
    order_.insert(order_.end(), came.begin(), came.end());
  }
}

row_places grouped_rows::rows_of(const std::string& key) const {
  const auto found = places_.find(key);
  return found == places_.end() ? row_places{} : found->second;
}

json::array distinct_keys(std::vector<std::string> keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  json::array distinct;
  distinct.reserve(keys.size());
  for (const std::string& key : keys)
    if (!key.empty()) distinct.push_back(parse_stored_json(key));
  return distinct;
}

}  // namespace nava::persistence::detail
