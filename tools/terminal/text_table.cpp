// SPDX-License-Identifier: Apache-2.0
#include "tools/terminal/text_table.hpp"

#include <algorithm>
#include <nava/schema/ascii_case.hpp>
#include <numeric>

#include "tools/terminal/text_width.hpp"

namespace nava::tools {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t text_width_min = 20;  // A narrower column of text is no use to a reader.
constexpr std::string_view detail_indent = "    ";

}  // namespace

struct text_table::layout {
  std::vector<std::size_t> shown;    // columns, in order
  std::vector<std::size_t> widths;   // of each of them
  std::vector<std::size_t> details;  // the other columns, in order
};

std::vector<std::string> lines_of_pairs(const std::vector<std::string>& pairs, std::size_t width) {
  std::vector<std::string> lines;
  std::size_t free = 0;
  for (const std::string& pair : pairs) {
    const std::size_t wanted = tools::width(pair) + gap;
    if (!lines.empty() && (width == 0 || wanted <= free)) {
      lines.back().append(gap, ' ').append(pair);
      free -= std::min(free, wanted);
      continue;
    }
    for (auto& line : width == 0 ? std::vector{pair} : wrap(pair, width))
      lines.push_back(std::move(line));
    free = width - std::min(width, tools::width(lines.back()));
  }
  return lines;
}

text_table::text_table(std::vector<table_column> columns) : columns_(std::move(columns)) {}

void text_table::add(std::vector<std::string> cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const bool ends_line = i + 1 == cells.size() || columns_[i].kind == column_kind::detail;
    cells[i] = cut(printable(cells[i]), ends_line ? last_cell_width_max : cell_width_max);
  }
  rows_.push_back(std::move(cells));
}

std::size_t text_table::natural_width(std::size_t column) const {
  std::size_t widest = width(columns_[column].heading);
  for (const auto& row : rows_) widest = std::max(widest, width(row[column]));
  return widest;
}

text_table::layout text_table::layout_in(std::size_t width) const {
  layout how;
  for (std::size_t i = 0; i < columns_.size(); ++i)
    (columns_[i].kind == column_kind::detail ? how.details : how.shown).push_back(i);
  std::vector<std::size_t> natural;
  for (const std::size_t column : how.shown) natural.push_back(natural_width(column));
  how.widths = natural;
  if (width == 0) return how;

  const auto is_text = [&](std::size_t i) {
    return columns_[how.shown[i]].kind == column_kind::text;
  };
  const auto least = [&](std::size_t i) {
    return is_text(i) ? std::min(natural[i], text_width_min) : natural[i];
  };
  const auto needed = [&] {
    std::size_t sum = gap * (how.shown.size() - 1);
    for (std::size_t i = 0; i < how.shown.size(); ++i) sum += least(i);
    return sum;
  };
  std::size_t needs = needed();
  while (needs > width && how.shown.size() > 1) {
    how.details.insert(how.details.begin(), how.shown.back());
    how.shown.pop_back();
    needs = needed();
  }
  // What is left over goes to the texts, from the left.
  std::size_t spare = width - std::min(width, needs);
  how.widths.resize(how.shown.size());
  for (std::size_t i = 0; i < how.shown.size(); ++i) {
    const std::size_t more = is_text(i) ? std::min(spare, natural[i] - least(i)) : 0;
    how.widths[i] = least(i) + more;
    spare -= more;
  }
  return how;
}

void text_table::print_line(std::ostream& out, const layout& how,
                            const std::vector<std::string>& cells, std::string_view indent) const {
  std::vector<std::vector<std::string>> parts;
  std::size_t height = 0;
  for (std::size_t i = 0; i < how.shown.size(); ++i) {
    const std::size_t column = how.shown[i];
    parts.push_back(columns_[column].kind == column_kind::text ? wrap(cells[column], how.widths[i])
                                                               : std::vector{cells[column]});
    height = std::max(height, parts.back().size());
  }
  for (std::size_t at = 0; at < height; ++at) {
    std::string line{indent};
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::string part = at < parts[i].size() ? parts[i][at] : "";
      line.append(part).append(how.widths[i] - std::min(how.widths[i], width(part)) + gap, ' ');
    }
    out << line.erase(line.find_last_not_of(' ') + 1) << '\n';
  }
}

void text_table::print_details(std::ostream& out, const layout& how,
                               const std::vector<std::string>& cells, std::size_t width,
                               std::string_view indent) const {
  std::vector<std::string> pairs;
  for (const std::size_t column : how.details)
    if (!cells[column].empty())
      pairs.push_back(schema::in_lower_case(columns_[column].heading) + ' ' + cells[column]);
  const std::size_t taken = indent.size() + detail_indent.size();
  for (const auto& line : lines_of_pairs(pairs, width > taken + 1 ? width - taken : width))
    out << indent << detail_indent << line << '\n';
}

void text_table::print(std::ostream& out, std::size_t width, std::string_view indent) const {
  const layout how = layout_in(width > indent.size() ? width - indent.size() : width);
  std::vector<std::string> headings;
  for (const auto& column : columns_) headings.push_back(column.heading);
  print_line(out, how, headings, indent);
  for (const auto& row : rows_) {
    print_line(out, how, row, indent);
    print_details(out, how, row, width, indent);
  }
}

}  // namespace nava::tools
