// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

/// Rows for people, aligned in columns. Text from a database is made harmless for a terminal.
namespace nava::tools {

/// How much of a column may be given up where the terminal is narrow.
enum class column_kind {
  fixed,  ///< neither cut nor broken: an id, a time, a number, a status
  text,   ///< broken into lines
  detail  ///< never a column: stands with its heading beneath the row, where it is not empty
};

struct table_column {
  std::string heading;
  column_kind kind = column_kind::fixed;
};

/// A table whose rows take a line each, as long as they fit. Where they do not, texts are broken
/// into lines; where even that is not enough, the last columns become details.
class text_table {
 public:
  /// Cells are cut at the first width, those that align nothing, in the last column and in
  /// details, at the second.
  static constexpr std::size_t cell_width_max = 60;
  static constexpr std::size_t last_cell_width_max = 400;

  explicit text_table(std::vector<table_column> columns);

  /// One cell for each column.
  void add(std::vector<std::string> cells);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// `width` is that of the terminal, 0 where there is none.
  void print(std::ostream& out, std::size_t width, std::string_view indent = "") const;

 private:
  struct layout;

  [[nodiscard]] std::size_t natural_width(std::size_t column) const;
  [[nodiscard]] layout layout_in(std::size_t width) const;
  void print_line(std::ostream& out, const layout& how, const std::vector<std::string>& cells,
                  std::string_view indent) const;
  void print_details(std::ostream& out, const layout& how, const std::vector<std::string>& cells,
                     std::size_t width, std::string_view indent) const;

  std::vector<table_column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// `name value` pairs on lines of at most `width`, 0 for any; a pair is kept together where a line
/// holds it.
[[nodiscard]] std::vector<std::string> lines_of_pairs(const std::vector<std::string>& pairs,
                                                      std::size_t width);

}  // namespace nava::tools
