// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/text.hpp>
#include <string>
#include <utility>

namespace nava {

/// What a workflow is about: the application's own name and id for it. Name and id are at
/// most 256 bytes each.
struct resource {
  std::string name;
  std::string id;

  resource() = default;
  resource(std::string resource_name, std::string resource_id)
      : name(std::move(resource_name)), id(std::move(resource_id)) {}
  resource(std::string resource_name, const uuid& resource_id)
      : resource(std::move(resource_name), schema::to_text(resource_id)) {}

  friend bool operator==(const resource&, const resource&) = default;
  friend auto operator<=>(const resource&, const resource&) = default;
};

}  // namespace nava
