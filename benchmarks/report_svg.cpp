// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "benchmarks/report.hpp"

namespace nava::benchmarks {
namespace {

constexpr double width = 760, label_width = 200, value_width = 190, bar_height = 22, gap = 12,
                 head_height = 62, foot_height = 34;
constexpr double bar_width = width - label_width - value_width;
// Further apart than this, the short bars of a linear scale could not be told from none.
constexpr double linear_span_max = 40;

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else if (c == '&')
      safe += "&amp;";
    else if (c == '"')
      safe += "&quot;";
    else
      safe += c;
  }
  return safe;
}

std::string number(double value) {
  if (value >= 10'000) return fmt::format("{:.3g} k", value / 1000);
  return fmt::format("{:.3g}", value);
}

struct bar {
  std::string name;
  double value = 0, least = 0, most = 0;
};

std::vector<bar> bars_of(const report& of) {
  std::vector<bar> bars;
  for (const auto& name : of.contenders()) {
    const auto values = of.values(name, of.charted());
    if (values.empty() || median(values) <= 0) continue;
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    bars.push_back({name, median(values), *least, *most});
  }
  return bars;
}

class scale {
 public:
  explicit scale(const std::vector<bar>& bars) {
    for (const auto& one : bars) {
      most_ = std::max(most_, one.most);
      least_ = least_ > 0 ? std::min(least_, one.value) : one.value;
    }
    logarithmic_ = least_ > 0 && most_ / least_ > linear_span_max;
    if (logarithmic_) least_ = std::pow(10, std::floor(std::log10(least_) - 0.3));
  }

  [[nodiscard]] bool logarithmic() const { return logarithmic_; }
  [[nodiscard]] double at(double value) const {
    const double share =
        logarithmic_ ? std::log10(std::max(value, least_) / least_) / std::log10(most_ / least_)
                     : value / most_;
    return label_width + bar_width * share;
  }

 private:
  double least_ = 0, most_ = 0;
  bool logarithmic_ = false;
};

// Colours that are readable on white and on black, with more contrast where the viewer knows
// which.
constexpr std::string_view style =
    "<style>text{font-family:system-ui,-apple-system,'Segoe UI',sans-serif;font-size:13px;"
    "fill:#6e7781}.head{font-size:16px;font-weight:600}.small{font-size:11px}"
    ".bar{fill:#8c96a0}.first{fill:#2f81f7}.range{stroke:#6e7781;stroke-width:1.5}"
    "@media (prefers-color-scheme:light){text{fill:#24292f}.range{stroke:#24292f}}"
    "@media (prefers-color-scheme:dark){text{fill:#c9d1d9}.range{stroke:#c9d1d9}}</style>\n";

void add_bar(std::string& svg, const bar& one, const scale& by, double y, bool first,
             std::string_view unit) {
  const double middle = y + bar_height / 2;
  auto to = std::back_inserter(svg);
  fmt::format_to(to, "<text x=\"{:.0f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
                 label_width - 10, middle + 4.5, escaped(one.name));
  fmt::format_to(to,
                 "<rect class=\"bar{}\" x=\"{:.0f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
                 "height=\"{:.0f}\" rx=\"2\"/>\n",
                 first ? " first" : "", label_width, y,
                 std::max(by.at(one.value) - label_width, 1.0), bar_height);
  fmt::format_to(
      to, "<line class=\"range\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
      by.at(one.least), middle, by.at(one.most), middle);
  fmt::format_to(to, "<text x=\"{:.1f}\" y=\"{:.1f}\">{} {} ({} .. {})</text>\n",
                 by.at(std::max(one.most, one.value)) + 8, middle + 4.5, number(one.value), unit,
                 number(one.least), number(one.most));
}

}  // namespace

std::string svg_of(const report& of) {
  const auto bars = bars_of(of);
  const scale by{bars};
  const double height =
      head_height + static_cast<double>(bars.size()) * (bar_height + gap) + foot_height;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" "
      "width=\"{0:.0f}\" height=\"{1:.0f}\" role=\"img\">\n",
      width, height);
  svg += style;
  const auto& given = of.given();
  fmt::format_to(std::back_inserter(svg),
                 "<text class=\"head\" x=\"12\" y=\"26\">{}: {}, {}</text>\n<text class=\"small\" "
                 "x=\"12\" y=\"46\">{}, {} workflows; {}</text>\n",
                 escaped(of.workload()), title_of(of.charted()), unit_of(of.charted()),
                 given.on_postgresql() ? "PostgreSQL" : "SQLite", given.workflows,
                 by.logarithmic() ? "logarithmic scale" : "linear scale from 0");
  double y = head_height;
  for (const auto& one : bars) {
    add_bar(svg, one, by, y, y == head_height, unit_of(of.charted()));
    y += bar_height + gap;
  }
  fmt::format_to(std::back_inserter(svg),
                 "<text class=\"small\" x=\"12\" y=\"{:.0f}\">Bar: median of {} rounds. Line and "
                 "brackets: least and most of a round.</text>\n</svg>\n",
                 height - 12, of.rounds().size());
  return svg;
}

}  // namespace nava::benchmarks
