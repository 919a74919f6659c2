// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The words of a statement that SQLite has stored in a schema. Pure.
namespace nava::inspection {

/// What is longer than this is not looked into; a table of SQLITE_MAX_COLUMN columns fits.
inline constexpr std::size_t sql_bytes_max = 1u << 20;

struct sql_token {
  enum class kind {
    word,    ///< a keyword, a bare name or a number
    quoted,  ///< a name between "", `` or []
    text,    ///< a literal between '', which SQLite takes for a name in places
    symbol   ///< any other character
  };
  kind what{};
  std::string_view source;  ///< as it stands in the statement
  bool has_gap = false;     ///< white space or a comment stands before it

  /// The keyword in upper case, whichever case it is written in.
  [[nodiscard]] bool is_word(std::string_view keyword) const;
  [[nodiscard]] bool is_symbol(char c) const;
  /// Without quotes, and with doubled ones inside as one.
  [[nodiscard]] std::string name() const;
};

/// Comments are left out; the tokens refer to `sql`. Nothing where a quote does not end, or
/// `sql` is longer than sql_bytes_max.
[[nodiscard]] std::optional<std::vector<sql_token>> tokens_of(std::string_view sql);

/// The tokens as written, with one blank for whatever stands between two of them.
[[nodiscard]] std::string joined(std::span<const sql_token> tokens);

/// The place of the `)` that belongs to the `(` at `open`, or of the end where it is missing.
[[nodiscard]] std::size_t closing(std::span<const sql_token> tokens, std::size_t open);

/// What stands between commas that are in no parentheses of their own.
[[nodiscard]] std::vector<std::span<const sql_token>> split(std::span<const sql_token> tokens);

/// The same name to SQLite, which knows upper from lower case in ASCII only.
[[nodiscard]] bool is_same_name(std::string_view left, std::string_view right);

/// `name` as a key under which all names that are the same to SQLite meet.
[[nodiscard]] std::string folded(std::string_view name);

}  // namespace nava::inspection
