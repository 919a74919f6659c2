// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/export.hpp>
#include <nava/schema/types.hpp>
#include <nava/schema/utf8.hpp>
#include <optional>
#include <string>
#include <string_view>

/// The text forms of the types that both databases exchange as text. Pure functions; safe to call
/// from any thread.
namespace nava::schema {

/// Returns the uuid in lower case, with hyphens: `018f3c1e-…`.
[[nodiscard]] NAVA_EXPORT std::string to_text(const uuid& value);

/// Parses 8-4-4-4-12 hexadecimal digits of either case. Returns nothing for any other text.
[[nodiscard]] NAVA_EXPORT std::optional<uuid> parse_uuid(std::string_view text);

/// Returns ISO 8601 in UTC with microseconds: `2011-10-11T11:45:40.276000Z`. Every text has 27
/// characters, so that texts sort as times do. has_text() must be true of the value.
[[nodiscard]] NAVA_EXPORT std::string to_text(timestamp value);

/// Returns whether the time lies in the years 1 to 9999 of UTC, which the text and both databases
/// can hold.
[[nodiscard]] NAVA_EXPORT bool has_text(timestamp value) noexcept;

/// Parses `YYYY-MM-DD`, a `T` or a space, `HH:MM:SS`, up to nine digits of a fraction, and the
/// offset `Z`, `±HH`, `±HHMM` or `±HH:MM`. The fraction is cut to microseconds. Returns nothing for
/// any other text: for a time without an offset, which is ambiguous; for a day that the calendar
/// lacks; for a time outside the years 1 to 9999 of UTC.
[[nodiscard]] NAVA_EXPORT std::optional<timestamp> parse_timestamp(std::string_view text);

/// Returns the day: `2026-02-28`. has_text() must be true of the value.
[[nodiscard]] NAVA_EXPORT std::string to_text(date value);

/// Returns whether the day lies in the years 1 to 9999.
[[nodiscard]] NAVA_EXPORT bool has_text(date value) noexcept;

/// Parses the form of to_text(date). Returns nothing for any other text, and for a day that the
/// calendar lacks.
[[nodiscard]] NAVA_EXPORT std::optional<date> parse_date(std::string_view text);

/// Returns two hexadecimal digits for each octet, as PostgreSQL writes them: `\x00ff`.
[[nodiscard]] NAVA_EXPORT std::string to_text(const bytes& value);

/// Parses the form of to_text(bytes). Returns nothing for any other text.
[[nodiscard]] NAVA_EXPORT std::optional<bytes> parse_bytes(std::string_view text);

/// Returns the decimal with all digits behind the point: `-19.90` for -1990 units of scale 2.
/// has_digits() must be true of the value.
[[nodiscard]] NAVA_EXPORT std::string to_decimal_text(std::int64_t units, decimal_size digits);

/// Returns whether the units fit into the digits of the decimal.
[[nodiscard]] NAVA_EXPORT bool has_digits(std::int64_t units, decimal_size digits) noexcept;

/// Parses the form of to_decimal_text(). Returns the number of units, or nothing for any other
/// text.
[[nodiscard]] NAVA_EXPORT std::optional<std::int64_t> parse_decimal(std::string_view text,
                                                                    decimal_size digits);

/// Returns whether parse_timestamp() refuses `text` only for its year in UTC.
[[nodiscard]] NAVA_EXPORT bool is_beyond_the_years(std::string_view text);

}  // namespace nava::schema
