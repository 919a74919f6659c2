// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/sql_tokens.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The tokens of a statement that SQLite has stored in a schema. Pure.
namespace nava::inspection {

/// The most bytes of a statement that is parsed. A table of SQLITE_MAX_COLUMN columns fits.
inline constexpr std::size_t sql_bytes_max = 1u << 20;

/// The tokens of a statement, without comments; they refer to `sql`. Nothing where a quote does not
/// end, or `sql` is longer than sql_bytes_max.
[[nodiscard]] std::optional<std::vector<schema::sql_token>> tokens_of(std::string_view sql);

/// Whether the token is the keyword, in any case.
[[nodiscard]] bool is_word(const schema::sql_token& token, std::string_view keyword);

[[nodiscard]] bool is_symbol(const schema::sql_token& token, char symbol);

/// The tokens as written, with one blank for the white space and comments between two of them.
[[nodiscard]] std::string joined(std::span<const schema::sql_token> tokens);

/// The place of the `)` that belongs to the `(` at `open`; the number of tokens where it is
/// missing.
[[nodiscard]] std::size_t closing(std::span<const schema::sql_token> tokens, std::size_t open);

/// The parts between commas. A comma inside parentheses separates nothing.
[[nodiscard]] std::vector<std::span<const schema::sql_token>> split(
    std::span<const schema::sql_token> tokens);

}  // namespace nava::inspection
