// SPDX-License-Identifier: Apache-2.0
#include <nava/engine/event.hpp>

namespace nava::engine {

const json::value& payload::at(json::string_view key) const {
  const json::value* found = if_contains(key);
  if (found == nullptr) throw missing_key{std::string(key)};
  return *found;
}

json::value& payload::at(json::string_view key) {
  return const_cast<json::value&>(std::as_const(*this).at(key));
}

}  // namespace nava::engine
