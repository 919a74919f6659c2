// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <utility>

namespace nava {

/// A std::optional that a range-for cannot read after it is freed. `for (auto& step :
/// store.load(id)->state.steps)` does not compile. Give the result a name, or write
/// `store.load(id).value()`, whose value lives as long as the loop. Threads may read one object.
template <class T>
class [[nodiscard]] found : public std::optional<T> {
 public:
  using std::optional<T>::optional;

  ///@{
  /// Throws std::bad_optional_access where there is nothing.
  [[nodiscard]] T& value() & { return std::optional<T>::value(); }
  [[nodiscard]] const T& value() const& { return std::optional<T>::value(); }
  [[nodiscard]] T value() && { return std::move(*this).std::template optional<T>::value(); }
  ///@}

  ///@{
  /// Undefined where there is nothing.
  [[nodiscard]] T& operator*() & noexcept { return std::optional<T>::operator*(); }
  [[nodiscard]] const T& operator*() const& noexcept { return std::optional<T>::operator*(); }
  [[nodiscard]] T operator*() && { return std::move(std::optional<T>::operator*()); }

  [[nodiscard]] T* operator->() & noexcept { return std::optional<T>::operator->(); }
  [[nodiscard]] const T* operator->() const& noexcept { return std::optional<T>::operator->(); }
  ///@}
  void operator->() && = delete;
  void operator->() const&& = delete;
};

}  // namespace nava
