// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/key_ring.hpp>
#include <nava/schema/types.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "persistence/sealing/payload_columns.hpp"

/// The form in which payloads are sealed: a JSON value as an object with one key, `nava.sealed`, a
/// text with that in front. Functions are thread-safe.
namespace nava::persistence {

/// Returns the sealed text in a value; none where it is not sealed.
[[nodiscard]] std::optional<std::string_view> sealed_part(const json::object& value);
[[nodiscard]] std::optional<std::string_view> sealed_part(const std::string& value);
[[nodiscard]] std::optional<std::string_view> sealed_part(const json::value& value);

/// Seals a value, what is empty too: so a store without the key ring finds that a workflow is
/// sealed. Throws error (invalid_input) for what cannot be stored.
void seal_value(json::object& value, const workflow_key& key, const payload_place& place);
void seal_value(std::string& value, const workflow_key& key, const payload_place& place);

/// Returns what was sealed; none where another key sealed it, or somebody has changed it.
[[nodiscard]] std::optional<std::string> unsealed_at(const workflow_key& key,
                                                     std::string_view sealed,
                                                     const payload_place& place);

/// Throws error (invalid_input) where a value looks sealed.
void expect_plain_value(const json::object& value, const payload_column& column);
void expect_plain_value(const std::string& value, const payload_column& column);
void expect_plain_value(const json::value& value, const payload_column& column);

}  // namespace nava::persistence
