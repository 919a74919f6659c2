// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/text.hpp>
#include <string>
#include <utility>

namespace nava {

/// What a workflow is about, by the application's own name and id. Each is at most key_bytes_max
/// bytes of UTF-8 without NUL; a store refuses others (invalid_input). A start refuses empty ones.
/// A value: threads may read one object.
struct resource {
  std::string name;  ///< the kind of thing, such as `loan`
  std::string id;    ///< which of them

  resource() = default;
  ///@{
  /// Takes any texts; a store judges them. A uuid becomes text in lower case.
  resource(std::string resource_name, std::string resource_id)
      : name(std::move(resource_name)), id(std::move(resource_id)) {}
  resource(std::string resource_name, const uuid& resource_id)
      : resource(std::move(resource_name), schema::to_text(resource_id)) {}
  ///@}

  ///@{
  /// Compares bytes: the name, then the id.
  friend bool operator==(const resource&, const resource&) = default;
  friend auto operator<=>(const resource&, const resource&) = default;
  ///@}
};

}  // namespace nava
