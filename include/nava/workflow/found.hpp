// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <utility>

namespace nava {

/// What a store found, or nothing: an optional that does not let a range-for read what a temporary
/// has freed. `for (auto& step : store.load(id)->state.steps)` does not compile; give the result a
/// name, or write `store.load(id).value()`, which moves it out and lives as long as the loop.
template <class T>
class [[nodiscard]] found : public std::optional<T> {
 public:
  using std::optional<T>::optional;

  /// Throws std::bad_optional_access where there is nothing.
  [[nodiscard]] T& value() & { return std::optional<T>::value(); }
  [[nodiscard]] const T& value() const& { return std::optional<T>::value(); }
  [[nodiscard]] T value() && { return std::move(*this).std::template optional<T>::value(); }

  [[nodiscard]] T& operator*() & noexcept { return std::optional<T>::operator*(); }
  [[nodiscard]] const T& operator*() const& noexcept { return std::optional<T>::operator*(); }
  [[nodiscard]] T operator*() && { return std::move(std::optional<T>::operator*()); }

  [[nodiscard]] T* operator->() & noexcept { return std::optional<T>::operator->(); }
  [[nodiscard]] const T* operator->() const& noexcept { return std::optional<T>::operator->(); }
  void operator->() && = delete;
  void operator->() const&& = delete;
};

}  // namespace nava
