// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/text.hpp>
#include <optional>
#include <string>
#include <utility>

namespace nava::engine {

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

/// Something that happened. Delivered to the workflows of a resource, and applied at most once
/// to each per `key`.
struct event {
  std::string name;                ///< not beginning with `nava.`, which is the runtime's
  engine::resource resource{};     ///< whose workflows it is for
  std::optional<uuid> selector{};  ///< of the step it is for, where a workflow has several
  std::string key{};               ///< stable over redeliveries; empty: applied each time
  json::object args{};             ///< how it came: headers, sender, …
  json::object data{};             ///< what it says
  std::optional<timestamp> at{};   ///< when it happened; else when it is decided
};

}  // namespace nava::engine
