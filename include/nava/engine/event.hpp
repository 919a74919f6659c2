// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <nava/exception.hpp>
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

/// Says that an event has no key, and is applied each time that it is delivered.
struct no_key_t {
  explicit no_key_t() = default;
};
inline constexpr no_key_t no_key{};

/// What tells one event from another over redeliveries: the id of a message, a request, a click.
/// There is no default: whoever wants none says `no_key`.
class event_key {
 public:
  /// An empty text is no key: deliver() and decide() refuse it (error, invalid_input).
  event_key(std::string text) : text_(std::move(text)) {}
  event_key(std::string_view text) : text_(std::string{text}) {}
  event_key(const char* text) : text_(text) {}
  event_key(no_key_t) {}

  [[nodiscard]] bool is_given() const noexcept { return text_.has_value(); }
  /// Empty where none is given.
  [[nodiscard]] std::string_view text() const noexcept {
    return text_ ? std::string_view{*text_} : std::string_view{};
  }

 private:
  std::optional<std::string> text_;
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
