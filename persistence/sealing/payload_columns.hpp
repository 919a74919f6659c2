// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <nava/schema/column_set.hpp>
#include <nava/schema/row_visitor.hpp>
#include <nava/schema/text.hpp>
#include <string>
#include <string_view>
#include <type_traits>

/// What of a workflow is sealed: what applications and people put into it. What Nava and lists
/// search stays readable: ids, keys, names, titles, labels, tags, users, statuses and times.
namespace nava::persistence {

struct payload_column {
  std::string_view table;
  std::string_view column;
};

inline constexpr std::array<payload_column, 13> payload_columns{{
    // Who knows the other columns could find a payload by trying, since the hash has no key.
    {"workflow", "chain"},
    {"workflow_step", "memory"},
    {"workflow_memory", "params"},
    {"workflow_memory", "memory"},
    {"workflow_memory", "output"},
    {"workflow_mutation", "mutation"},
    {"workflow_message", "content"},
    {"workflow_event", "event_args"},
    {"workflow_event", "event_data"},
    {"workflow_task", "input"},
    {"workflow_task", "result"},
    {"workflow_task", "error"},
    {"workflow_agenda", "progress"},
}};

[[nodiscard]] constexpr bool is_payload(std::string_view table, std::string_view column) {
  return std::ranges::any_of(payload_columns, [&](const payload_column& each) {
    return each.table == table && each.column == column;
  });
}

/// Where a sealed value stands: its column, and its row by what the primary key has beside the
/// workflow. It is sealed with the value, so that nobody can move one to another place.
struct payload_place {
  payload_column column;
  std::string row{};  ///< empty where a workflow has one row in the table
};

/// The column that tells the rows of one workflow apart; empty where there is one row.
[[nodiscard]] constexpr std::string_view row_column(const schema::index_description& primary_key) {
  return primary_key.columns.size() > 1 ? primary_key.columns[1] : std::string_view{};
}

template <class Table>
[[nodiscard]] std::string row_name(const typename Table::row_type& row) {
  std::string name;
  schema::for_each_column<Table>([&](auto column) {
    if (column.name.view() != row_column(Table::index_descriptions.front())) return;
    const auto& value = row.*column.member;
    using value_type = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_same_v<value_type, std::int64_t>)
      name = std::to_string(value);
    else if constexpr (std::is_same_v<value_type, uuid>)
      name = schema::to_text(value);
  });
  return name;
}

namespace detail {

template <class Member>
auto* value_or_null(Member& member) {
  if constexpr (requires { member.has_value(); })
    return member ? &*member : nullptr;
  else
    return &member;
}

}  // namespace detail

/// Calls `visit(payload_column, value)` for each payload of a row among `columns` that is not NULL:
/// a json::object or a std::string.
template <class Table, class Row, class Visitor>
void for_each_payload(Row& row, schema::column_set columns, Visitor visit) {
  std::size_t position = 0;
  schema::for_each_column<Table>([&](auto column) {
    const bool is_there = schema::has_column(columns, position++);
    if constexpr (is_payload(Table::name.view(), decltype(column)::name.view())) {
      auto* const value = detail::value_or_null(row.*column.member);
      if (is_there && value != nullptr)
        visit(payload_column{Table::name.view(), column.name.view()}, *value);
    }
  });
}

}  // namespace nava::persistence
