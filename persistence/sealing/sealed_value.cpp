// SPDX-License-Identifier: Apache-2.0
#include "persistence/sealing/sealed_value.hpp"

#include <fmt/format.h>

#include <nava/workflow/error.hpp>

#include "persistence/rows/row_text.hpp"
#include "persistence/sealing/cipher.hpp"
#include "workflow/storable.hpp"

namespace nava::persistence {
namespace {

constexpr std::string_view sealed_key = "nava.sealed";
constexpr std::string_view sealed_prefix = "nava.sealed:";

std::string place_text(const payload_place& place) {
  return fmt::format("{}.{}/{}", place.column.table, place.column.column, place.row);
}

column_place column_of(const payload_place& place) {
  return {place.column.table, place.column.column};
}

std::string sealed_plain(std::string_view plain, const workflow_key& key,
                         const payload_place& place) {
  check_size(plain.size(), place.column.table);
  return sealed_text(key, plain, place_text(place));
}

std::optional<std::string_view> part_of_text(std::string_view value) {
  if (!value.starts_with(sealed_prefix)) return std::nullopt;
  const std::string_view text = value.substr(sealed_prefix.size());
  if (!is_sealed_text(text)) return std::nullopt;
  return text;
}

template <class Value>
void expect_plain(const Value& value, const payload_column& column) {
  if (sealed_part(value))
    throw error{error_kind::invalid_input,
                fmt::format("{}.{} looks like a sealed value: '{}' with a text that begins with "
                            "'1:' is Nava's own",
                            column.table, column.column, sealed_key)};
}

}  // namespace

std::optional<std::string_view> sealed_part(const json::object& value) {
  const json::value* const text = value.if_contains(sealed_key);
  if (text == nullptr || !text->is_string() || !is_sealed_text(text->get_string()))
    return std::nullopt;
  return std::string_view{text->get_string()};
}

std::optional<std::string_view> sealed_part(const std::string& value) {
  return part_of_text(value);
}

std::optional<std::string_view> sealed_part(const json::value& value) {
  if (const auto* object = value.if_object()) return sealed_part(*object);
  if (const auto* text = value.if_string()) return part_of_text(*text);
  return std::nullopt;
}

void seal_value(json::object& value, const workflow_key& key, const payload_place& place) {
  const std::string plain = detail::json_text_of(value, column_of(place));
  value = {{sealed_key, sealed_plain(plain, key, place)}};
}

void seal_value(std::string& value, const workflow_key& key, const payload_place& place) {
  check_text(value, column_of(place));
  value = std::string{sealed_prefix} + sealed_plain(value, key, place);
}

std::optional<std::string> unsealed_at(const workflow_key& key, std::string_view sealed,
                                       const payload_place& place) {
  return unsealed(key, sealed, place_text(place));
}

void expect_plain_value(const json::object& value, const payload_column& column) {
  expect_plain(value, column);
}
void expect_plain_value(const std::string& value, const payload_column& column) {
  expect_plain(value, column);
}
void expect_plain_value(const json::value& value, const payload_column& column) {
  expect_plain(value, column);
}

}  // namespace nava::persistence
