// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace nava {

/// Says that an event has no key, and is applied each time that it is delivered.
struct no_key_t {
  explicit no_key_t() = default;
};
/// What an event without a key is given as its key.
inline constexpr no_key_t no_key{};

/// What tells an event from its redelivery: the id of a message or a request. At most key_bytes_max
/// bytes of UTF-8 without NUL; a store refuses others (invalid_input). There is no default: an
/// event without a key has `no_key`. A value: threads may read one object.
class event_key {
 public:
  ///@{
  /// deliver() and decide() refuse an empty text (error, invalid_input).
  event_key(std::string text) : text_(std::move(text)) {}
  event_key(std::string_view text) : text_(std::string{text}) {}
  event_key(const char* text) : text_(text) {}
  ///@}
  /// No key: the event is applied at each delivery.
  event_key(no_key_t) {}
  event_key(std::nullptr_t) = delete;
  event_key(int) = delete;  // 0 would be a null pointer to a text

  /// Returns false for `no_key`. An empty text is given.
  [[nodiscard]] bool is_given() const noexcept { return text_.has_value(); }
  /// Returns a view of this object; empty for `no_key`.
  [[nodiscard]] std::string_view text() const noexcept {
    return text_ ? std::string_view{*text_} : std::string_view{};
  }

 private:
  std::optional<std::string> text_;
};

}  // namespace nava
