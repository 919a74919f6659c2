// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Text as a terminal shows it: how many columns it takes, where it can be cut. The widths are
/// those of the C library (wcwidth): East Asian characters and most emoji take two columns,
/// combining marks none. All functions are pure and thread-safe.
namespace nava::tools {

/// `text` made harmless: what could move the cursor, fake a line or turn the direction of writing
/// (control characters, line separators, bidirectional controls) and what is not UTF-8 becomes `?`.
[[nodiscard]] std::string printable(std::string_view text);

/// The columns that printable text takes.
[[nodiscard]] std::size_t width(std::string_view text);

/// At most `columns` wide; a text that was longer ends with `…`.
[[nodiscard]] std::string cut(std::string_view text, std::size_t columns);

/// Lines of at most `columns`, at least 2, broken at blanks, and within a word where it is longer
/// than a line. An empty text is one empty line.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t columns);

}  // namespace nava::tools
