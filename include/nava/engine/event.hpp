// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <nava/engine/refusal.hpp>
#include <nava/export.hpp>
#include <nava/workflow/event_key.hpp>
#include <nava/workflow/own_types.hpp>
#include <nava/workflow/resource.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace nava::engine {

/// What payload::at() throws for a key that is not there. A handler that lets it pass turns it into
/// payload_error.
class NAVA_EXPORT missing_key : public exception {
 public:
  /// `key` becomes a part of what().
  explicit missing_key(std::string key)
      : exception("there is no '" + key + "' in the event's JSON"), key_(std::move(key)) {}

  /// Returns the key that is not there.
  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  [[nodiscard]] fault_of fault() const noexcept override { return fault_of::caller; }

 private:
  std::string key_;
};

/// A JSON object that says which key it lacks. A value: threads may read one object.
class NAVA_EXPORT payload : public json::object {
 public:
  using json::object::object;
  payload() = default;
  /// Takes the members of `values`.
  payload(json::object values) : json::object(std::move(values)) {}

  ///@{
  /// Returns the value of `key`. Throws missing_key.
  [[nodiscard]] const json::value& at(json::string_view key) const;
  [[nodiscard]] json::value& at(json::string_view key);
  ///@}
};

/// Something that happened. A workflow applies it at most once per `key`. A value: threads may read
/// one object.
struct event {
  std::string name;                    ///< must not begin with `nava.`, which is the runtime's
  nava::resource resource{};           ///< whose workflows the event is for
  std::optional<uuid> selector{};      ///< of the step, where a workflow has several of its key
  event_key key;                       ///< required; `no_key`: applied at each delivery
  payload args{};                      ///< the envelope: headers, sender, …
  payload data{};                      ///< the content
  std::optional<timestamp> at{};       ///< when it happened; none: when it is decided
  std::optional<std::string> actor{};  ///< who caused it: the id of a user, a worker, a program
};

/// Returns the event that a struct of the application describes.
template <DescribedEvent T>
[[nodiscard]] event event_of(const T& data, nava::resource about, event_key key) {
  return {.name = std::string{T::event_name},
          .resource = std::move(about),
          .key = std::move(key),
          .data = json_of(data)};
}

/// Returns the data of an event as a struct. Throws data_refused, naming the member, for data that
/// does not fit.
template <Described T>
[[nodiscard]] T data_as(const event& happened) {
  try {
    return read_as<T>(happened.data);
  } catch (const misfit& wrong) {
    throw data_refused{"event '" + happened.name + "': " + wrong.what() + " in its data"};
  }
}

}  // namespace nava::engine
