// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <nava/schema/types.hpp>
#include <nava/workflow/limits.hpp>
#include <string_view>

/// What may be stored, and in which form. All functions are pure and thread-safe.
namespace nava {

/// Brings `value` into the form in which it will be loaded again, on either database: an
/// integral number becomes an integer, as jsonb has it. `where` begins the place that a message
/// names. `levels_above` counts the levels of JSON that the value will lie in. Throws error
/// (invalid_input) for what one of the databases would refuse, cut or change: NUL bytes, invalid
/// UTF-8, numbers that are not finite, nesting beyond json_depth_max. The message names the place,
/// never the value.
void make_storable(json::value& value, std::string_view where, std::size_t levels_above = 0);

/// Bytes that `value` has at least as JSON. Looks at each part of it once and copies nothing, so
/// that what is far too large is refused at the first look.
[[nodiscard]] std::size_t least_size(const json::object& value);
[[nodiscard]] std::size_t least_size(const json::array& value);

/// Throws error (invalid_input) where `size` is more than unit_bytes_max. `subject` stands in the
/// message.
void check_size(std::size_t size, std::string_view subject);

}  // namespace nava
