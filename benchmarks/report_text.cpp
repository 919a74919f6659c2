// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iterator>

#include "benchmarks/report.hpp"

namespace nava::benchmarks {
namespace {

std::string number(double value) {
  if (value >= 100) return fmt::format("{:.0f}", value);
  if (value >= 10) return fmt::format("{:.1f}", value);
  return fmt::format("{:.3f}", value);
}

// The members of an object on one line: `key value, key value`.
std::string line_of(const json::object& object) {
  std::string line;
  for (const auto& [key, value] : object)
    fmt::format_to(
        std::back_inserter(line), "{}{} {}", line.empty() ? "" : ", ", std::string_view{key},
        value.is_string() ? std::string{value.get_string().c_str()} : json::serialize(value));
  return line;
}

void add_contenders(std::string& text, const report& of) {
  constexpr std::string_view row = "{:<24} {:>11} {:>11} {:>11} {:>11} {:>12}\n";
  fmt::format_to(std::back_inserter(text), row, "median of rounds", "p50 [ms]", "p99 [ms]", "[1/s]",
                 "[rows/s]", "samples");
  for (const auto& name : of.contenders()) {
    std::size_t samples = 0;
    for (const auto& round : of.rounds())
      for (const auto& one : round) samples += one.contender == name ? one.operations : 0;
    const auto middle = [&](metric which) {
      const double value = median(of.values(name, which));
      return value > 0 ? number(value) : "-";
    };
    fmt::format_to(std::back_inserter(text), row, name, middle(metric::p50_ms),
                   middle(metric::p99_ms), middle(metric::per_second),
                   middle(metric::rows_per_second), samples);
  }
}

std::string wanted(const result& of) {
  if (!of.target) return {};
  return fmt::format("   target {} {}: {}",
                     of.target->which == target::side::at_most ? "<=" : ">=", of.target->value,
                     of.target->met_by(of.value()) ? "met" : "NOT MET");
}

}  // namespace

std::string text_of(const report& of) {
  std::string text = fmt::format("{} on {}\n", of.workload(), of.given().url.printable());
  for (const auto& [what, value] : of.environment())
    fmt::format_to(std::back_inserter(text), "{:<9} {}\n", std::string_view{what},
                   value.is_object() ? line_of(value.get_object()) : json::serialize(value));
  if (!of.facts().empty())
    fmt::format_to(std::back_inserter(text), "{:<9} {}\n", "facts", line_of(of.facts()));
  text += '\n';
  add_contenders(text, of);
  if (!of.results().empty())
    fmt::format_to(std::back_inserter(text), "\n{:<64} {:>9}   (min .. max)\n",
                   fmt::format("median of {} rounds", of.rounds().size()), "");
  for (const auto& one : of.results())
    fmt::format_to(std::back_inserter(text), "{:<64} {:>9} {:<5} ({} .. {}){}\n", one.name,
                   number(one.value()), one.unit, number(one.least()), number(one.most()),
                   wanted(one));
  for (const auto& note : of.notes()) fmt::format_to(std::back_inserter(text), "note: {}\n", note);
  return text;
}

}  // namespace nava::benchmarks
