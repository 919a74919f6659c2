// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/describe/members.hpp>
#include <boost/json.hpp>
#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>
#include <concepts>
#include <map>
#include <nava/exception.hpp>
#include <nava/export.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/types.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// Structs of an application in the place of JSON. Boost.Describe knows their members, bases
/// included, and Boost.JSON converts the values. All functions are pure and thread-safe.
namespace nava {

/// A struct that BOOST_DESCRIBE_STRUCT describes.
template <class T>
concept Described = std::is_class_v<T> && std::default_initializable<T> &&
    boost::describe::has_describe_members<T>::value;

/// A described struct that says which event it is the data of, by
/// `static constexpr std::string_view event_name`.
template <class T>
concept DescribedEvent = Described<T> && requires {
  { T::event_name } -> std::convertible_to<std::string_view>;
};

/// JSON that does not fit a struct. The text names the member.
class NAVA_EXPORT misfit : public exception {
 public:
  using exception::exception;
  [[nodiscard]] fault_of fault() const noexcept override { return fault_of::caller; }
};

namespace detail {

template <class T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_public |
                                                            boost::describe::mod_inherited>;

// Members that nobody outside can reach would be left out in silence.
template <class T>
inline constexpr bool has_hidden_members =
    boost::mp11::mp_size<boost::describe::describe_members<
        T, boost::describe::mod_private | boost::describe::mod_protected |
               boost::describe::mod_inherited>>::value > 0;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_map = false;
template <class T>
inline constexpr bool is_map<std::map<std::string, T>> = true;

[[noreturn]] NAVA_EXPORT void refuse_member(std::string_view path, std::string_view why);

template <class T>
void read(const json::value& from, T& to, const std::string& path);

// Boost.JSON 1.81 refuses an object with a member that the struct lacks, or without an optional
// one. A program could not read what another release has written.
template <Described T>
void read_members(const json::object& from, T& to, const std::string& path) {
  static_assert(!has_hidden_members<T>, "a described struct has public members alone");
  boost::mp11::mp_for_each<members_of<T>>([&](auto member) {
    const std::string name = path.empty() ? member.name : path + "." + member.name;
    auto& value = to.*member.pointer;
    const json::value* found = from.if_contains(member.name);
    if (found != nullptr)
      read(*found, value, name);
    else if constexpr (is_optional<std::remove_cvref_t<decltype(value)>>)
      value.reset();
    else
      refuse_member(name, "is not there");
  });
}

template <class T, class Parse>
void read_text(const json::value& from, T& to, const std::string& path, Parse parse,
               std::string_view kind) {
  const auto* text = from.if_string();
  const auto parsed = text == nullptr ? std::optional<T>{} : parse(*text);
  if (!parsed) refuse_member(path, kind);
  to = *parsed;
}

template <class T>
void read(const json::value& from, T& to, const std::string& path) {
  if constexpr (is_optional<T>) {
    if (from.is_null()) return to.reset();
    read(from, to.emplace(), path);
  } else if constexpr (is_vector<T>) {
    if (!from.is_array()) refuse_member(path, "is no array");
    to.clear();
    for (const json::value& each : from.get_array()) {
      typename T::value_type value{};  // one of vector<bool> cannot be referred to
      read(each, value, path + "[" + std::to_string(to.size()) + "]");
      to.push_back(std::move(value));
    }
  } else if constexpr (is_map<T>) {
    if (!from.is_object()) refuse_member(path, "is no object");
    to.clear();
    for (const auto& [key, each] : from.get_object())
      read(each, to[std::string{key}], path + "." + std::string{key});
  } else if constexpr (Described<T>) {
    if (!from.is_object()) refuse_member(path, "is no object");
    read_members(from.get_object(), to, path);
  } else if constexpr (std::is_same_v<T, timestamp>) {
    read_text(from, to, path, schema::parse_timestamp, "is no time");
  } else if constexpr (std::is_same_v<T, uuid>) {
    read_text(from, to, path, schema::parse_uuid, "is no uuid");
  } else {
    auto converted = json::try_value_to<T>(from);
    if (!converted) refuse_member(path, "does not fit: " + converted.error().message());
    to = std::move(*converted);
  }
}

template <class T>
json::value written(const T& from) {
  if constexpr (is_optional<T>) {
    return from ? written(*from) : json::value{};
  } else if constexpr (is_vector<T>) {
    json::array all;
    for (const typename T::value_type& each : from) all.push_back(written(each));
    return all;
  } else if constexpr (is_map<T>) {
    json::object all;
    for (const auto& [key, each] : from) all[key] = written(each);
    return all;
  } else if constexpr (Described<T>) {
    static_assert(!has_hidden_members<T>, "a described struct has public members alone");
    json::object all;
    boost::mp11::mp_for_each<members_of<T>>(
        [&](auto member) { all[member.name] = written(from.*member.pointer); });
    return all;
  } else if constexpr (std::is_same_v<T, timestamp> || std::is_same_v<T, uuid>) {
    return json::value(schema::to_text(from));
  } else {
    return json::value_from(from);
  }
}

}  // namespace detail

/// Returns the members by their names. An empty optional is JSON null.
template <Described T>
[[nodiscard]] json::object json_of(const T& from) {
  return std::move(detail::written(from).get_object());
}

/// Returns the struct of these members. What the struct lacks is passed over. An optional that is
/// not there is empty. Throws misfit for another member that is not there, and for another type.
template <Described T>
[[nodiscard]] T read_as(const json::object& from) {
  T made{};
  detail::read_members(from, made, {});
  return made;
}

}  // namespace nava
