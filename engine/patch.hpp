// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/column_set.hpp>
#include <nava/schema/row.hpp>
#include <nava/workflow/error.hpp>

/// Columns named by the members of a row that they are bound to, where a mutation has their names.
/// A column that a table lacks, and a value of another type, do not compile.
namespace nava::engine {

template <class Table, auto Member>
inline constexpr std::string_view name_of = Table::template column_with<Member>::name.view();

template <class Table, auto... Members>
inline constexpr schema::column_set columns_of = schema::columns_where<Table>(
    [](std::string_view name) { return ((name == name_of<Table, Members>) || ...); });

template <auto Member>
using value_of = typename schema::detail::member_traits<Member>::value_type;

/// What patch::set takes for the column of `Member`: a std::optional where the column is nullable.
template <auto Member>
using argument_of =
    std::conditional_t<schema::detail::member_traits<Member>::nullable,
                       const std::optional<value_of<Member>>&,
                       std::conditional_t<std::is_same_v<value_of<Member>, std::string>,
                                          std::string_view, const value_of<Member>&>>;

/// A value for the column of `Member` in `Table`. Numbers are not converted to one another.
template <class Value, class Table, auto Member>
concept ValueOf = (Table::template has_column_with<Member> &&
                   std::is_convertible_v<Value, argument_of<Member>> &&
                   (!std::is_arithmetic_v<value_of<Member>> ||
                    std::is_same_v<Value, value_of<Member>>));

/// Throws error (invalid_input) for a time without a text, naming the column of `Member`.
template <class Table, auto Member>
void expect_text(const std::optional<timestamp>& value) {
  if (value && !schema::has_text(*value))
    throw error{error_kind::invalid_input,
                schema::conversion_error{Table::name.view(), name_of<Table, Member>,
                                         schema::time_without_text}
                    .what()};
}

/// New values for columns of a row of `Table`, as a mutation records them.
template <class Table>
class patch {
 public:
  /// std::nullopt becomes a JSON null, which sets the column to NULL. Throws error (invalid_input)
  /// for a time without a text.
  template <auto Member, ValueOf<Table, Member> Value>
  patch& set(const Value& value) & {
    const argument_of<Member> argument = value;
    if constexpr (std::is_same_v<value_of<Member>, timestamp>) expect_text<Table, Member>(value);
    json::value& column = values_[name_of<Table, Member>];
    if constexpr (schema::detail::member_traits<Member>::nullable)
      column = argument ? schema::detail::to_json(*argument) : json::value{};
    else if constexpr (std::is_same_v<value_of<Member>, std::string>)
      column = json::string(argument);
    else
      column = schema::detail::to_json(argument);
    columns_ |= columns_of<Table, Member>;
    return *this;
  }
  template <auto Member, ValueOf<Table, Member> Value>
  patch&& set(const Value& value) && {
    return std::move(set<Member>(value));
  }

  [[nodiscard]] bool empty() const { return columns_ == 0; }
  [[nodiscard]] schema::column_set columns() const { return columns_; }
  /// A key per column, in the order of the calls.
  [[nodiscard]] const json::object& values() const& { return values_; }
  [[nodiscard]] json::object&& values() && { return std::move(values_); }

 private:
  json::object values_;
  schema::column_set columns_ = 0;
};

/// The value that `values` has for the column of `Member`, which is not nullable. Throws
/// std::invalid_argument where `values` has none or one of another form.
template <class Table, auto Member>
[[nodiscard]] value_of<Member> value_in(const json::object& values) {
  value_of<Member> value{};
  const json::value* found = values.if_contains(name_of<Table, Member>);
  if (found == nullptr || !schema::detail::read(*found, value))
    throw std::invalid_argument{"a mutation has no valid " + std::string{Table::name.view()} + "." +
                                std::string{name_of<Table, Member>}};
  return value;
}

}  // namespace nava::engine
