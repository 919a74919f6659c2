// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <nava/schema/description.hpp>
#include <nava/schema/text.hpp>
#include <optional>
#include <string>
#include <utility>

#include "persistence/sealing/sealed_value.hpp"

/// Payloads in rows as JSON, objects with a key per column.
namespace nava::persistence {

inline std::optional<uuid> uuid_in(const json::object& row, std::string_view column) {
  const json::value* const value = row.if_contains(column);
  return value != nullptr && value->is_string() ? schema::parse_uuid(value->get_string())
                                                : std::nullopt;
}

// What names the row in payload_place; none where it does not say so.
inline std::optional<std::string> row_name_in(const schema::table_description& table,
                                              const json::object& row) {
  const std::string_view column = row_column(table.primary_key());
  if (column.empty()) return std::string{};
  const json::value* const value = row.if_contains(column);
  if (value == nullptr) return std::nullopt;
  if (value->is_int64()) return std::to_string(value->get_int64());
  if (value->is_uint64()) return std::to_string(value->get_uint64());
  if (const auto id = uuid_in(row, column)) return schema::to_text(*id);
  return std::nullopt;
}

// Lists return the chain of a workflow as it is stored, and so do rows of it.
inline bool has_payloads(const schema::table_description& table) {
  return table.name != "workflow" && std::ranges::any_of(payload_columns, [&](const auto& each) {
           return each.table == table.name;
         });
}

// Calls `visit(row, column, value)` for each payload in rows that is not null.
template <class Rows, class Visitor>
void for_each_payload_in(const schema::table_description& table, Rows& rows, Visitor visit) {
  for (auto& each : rows) {
    json::object* row = nullptr;
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(each)>, json::object>)
      row = &each;
    else
      row = each.if_object();
    if (row == nullptr) continue;
    for (const payload_column& column : payload_columns)
      if (column.table == table.name)
        if (json::value* const value = row->if_contains(column.column);
            value != nullptr && !value->is_null())
          visit(*row, column, *value);
  }
}

// The place of a payload in a row as JSON, and its workflow; `refuse` throws where the row does not
// say them.
template <class Refuse>
std::pair<uuid, payload_place> place_in(const schema::table_description& table,
                                        const json::object& row, const payload_column& column,
                                        Refuse refuse) {
  const auto id = uuid_in(row, "workflow_id");
  const auto name = row_name_in(table, row);
  if (!id || !name) refuse();
  return {*id, payload_place{column, *name}};
}

inline bool has_sealed_payload(const schema::table_description& table, json::object& row) {
  return std::ranges::any_of(payload_columns, [&](const payload_column& column) {
    const json::value* const value =
        column.table == table.name ? row.if_contains(column.column) : nullptr;
    return value != nullptr && sealed_part(*value).has_value();
  });
}

}  // namespace nava::persistence
