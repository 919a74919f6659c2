// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <nava/exception.hpp>
#include <nava/workflow/event_key.hpp>
#include <nava/workflow/resource.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace nava::engine {

/// What payload::at() throws for a key that is not there.
class missing_key : public exception {
 public:
  explicit missing_key(std::string key)
      : exception("there is no '" + key + "' in the event's JSON"), key_(std::move(key)) {}

  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  [[nodiscard]] fault_of fault() const noexcept override { return fault_of::caller; }

 private:
  std::string key_;
};

/// A JSON object that says which key it lacks.
class payload : public json::object {
 public:
  using json::object::object;
  payload() = default;
  payload(json::object values) : json::object(std::move(values)) {}

  /// Throws missing_key.
  [[nodiscard]] const json::value& at(json::string_view key) const;
  [[nodiscard]] json::value& at(json::string_view key);
};

/// Something that happened. Delivered to the workflows of a resource, and applied at most once
/// to each per `key`.
struct event {
  std::string name;                ///< not beginning with `nava.`, which is the runtime's
  nava::resource resource{};       ///< whose workflows it is for
  std::optional<uuid> selector{};  ///< of the step it is for, where a workflow has several
  event_key key;                   ///< required; `no_key`: applied each time
  payload args{};                  ///< how it came: headers, sender, …
  payload data{};                  ///< what it says
  std::optional<timestamp> at{};   ///< when it happened; else when it is decided
};

}  // namespace nava::engine
