// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/types.hpp>
#include <nava/schema/utf8.hpp>
#include <optional>
#include <string>
#include <string_view>

/// Text forms of the types that both databases exchange as text. All functions are
/// pure and thread-safe.
namespace nava::schema {

/// Lower-case, with hyphens: `018f3c1e-…`.
[[nodiscard]] std::string to_text(const uuid& value);

/// Reads exactly 8-4-4-4-12 hexadecimal digits of either case; nothing else is a uuid.
[[nodiscard]] std::optional<uuid> parse_uuid(std::string_view text);

/// ISO 8601 in UTC with microseconds, 27 characters, so that texts sort as times do:
/// `2011-10-11T11:45:40.276000Z`. The value is in the years that has_text() allows.
[[nodiscard]] std::string to_text(timestamp value);

/// The years 1 to 9999, which that form and both databases can hold.
[[nodiscard]] bool has_text(timestamp value) noexcept;

/// Reads `YYYY-MM-DD`, a `T` or a space, `HH:MM:SS`, up to nine digits of a fraction (cut to
/// microseconds), and the offset `Z`, `±HH`, `±HHMM` or `±HH:MM`. A time without an offset is
/// ambiguous and is refused, as are a day that the calendar lacks and a time that in UTC lies
/// outside of the years 1 to 9999.
[[nodiscard]] std::optional<timestamp> parse_timestamp(std::string_view text);

/// `2026-02-28`. The value is in the years that has_text() allows.
[[nodiscard]] std::string to_text(date value);

/// The years 1 to 9999.
[[nodiscard]] bool has_text(date value) noexcept;

/// Reads exactly that form, of a day that the calendar has.
[[nodiscard]] std::optional<date> parse_date(std::string_view text);

/// Two hexadecimal digits for each octet, as PostgreSQL writes them: `\x00ff`.
[[nodiscard]] std::string to_text(const bytes& value);
[[nodiscard]] std::optional<bytes> parse_bytes(std::string_view text);

/// `-19.90` of two digits behind the point. The value is one that has_digits() allows.
[[nodiscard]] std::string to_decimal_text(std::int64_t units, decimal_size digits);

/// Whether a number of so many digits counts so many units.
[[nodiscard]] bool has_digits(std::int64_t units, decimal_size digits) noexcept;

/// Reads exactly that form; the answer counts units.
[[nodiscard]] std::optional<std::int64_t> parse_decimal(std::string_view text, decimal_size digits);

/// Whether `text` is refused for nothing but the year that it has in UTC.
[[nodiscard]] bool is_beyond_the_years(std::string_view text);

}  // namespace nava::schema
