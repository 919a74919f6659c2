// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/refusals.hpp>

#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <utility>

/// The result of a search for a broken rule, in a form that the compiler can print. Types,
/// constants and pure functions; safe to use from any thread.
namespace nava::schema::rules {

/// Text of at most 160 bytes that a constant can hold. A longer text is cut.
class short_text {
 public:
  static constexpr std::size_t bytes_max = 160;

  constexpr short_text() = default;
  constexpr short_text(std::string_view text) { append(text); }
  constexpr short_text(const char* text) : short_text(std::string_view{text}) {}

  /// Appends the part of `text` that fits.
  constexpr short_text& append(std::string_view text) {
    for (const char c : text)
      if (size_ < bytes_max) text_[size_++] = c;
    return *this;
  }
  [[nodiscard]] constexpr std::string_view view() const { return {text_, size_}; }

 private:
  char text_[bytes_max] = {};
  std::size_t size_ = 0;
};

/// The names that the message shows, at most ten; empty where the rule is obeyed.
class culprits {
 public:
  static constexpr std::size_t names_max = 10;

  constexpr culprits() = default;
  constexpr culprits(std::initializer_list<short_text> names) {
    for (const auto& name : names) add(name);
  }

  /// Adds a name. Does nothing when ten names are there.
  constexpr void add(const short_text& name) {
    if (size_ < names_max) names_[size_++] = name;
  }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] constexpr const short_text& operator[](std::size_t i) const { return names_[i]; }

 private:
  short_text names_[names_max];
  std::size_t size_ = 0;
};

template <auto Search, const auto&... Searched>
inline constexpr culprits found = Search(Searched...);

/// A complete class where `Found` is empty. Otherwise it instantiates `Rule` with the names of the
/// culprits; that does not compile and says what to write.
template <template <fixed_string...> class Rule, const culprits& Found,
          class Places = std::make_index_sequence<Found.size()>>
struct obeyed;
template <template <fixed_string...> class Rule, const culprits& Found, std::size_t... I>
struct obeyed<Rule, Found, std::index_sequence<I...>>
    : Rule<fixed_string<Found[I].view().size() + 1>{Found[I].view()}...> {};

}  // namespace nava::schema::rules
