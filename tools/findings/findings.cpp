// SPDX-License-Identifier: Apache-2.0
#include "tools/findings/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/types.hpp>
#include <ostream>

#include "tools/terminal/text_width.hpp"

namespace nava::tools {
namespace {

using inspection::finding;
using inspection::severity;

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string count_text(const findings_report& report) {
  std::string by_severity;
  for (const severity each : {severity::error, severity::warning, severity::note}) {
    const auto count = static_cast<std::size_t>(
        std::count_if(report.findings.begin(), report.findings.end(),
                      [&](const finding& f) { return f.how_bad == each; }));
    if (count > 0)
      by_severity +=
          fmt::format("{}{}", by_severity.empty() ? "" : ", ", counted(count, to_text(each)));
  }
  std::string text =
      report.findings.empty()
          ? "no findings"
          : fmt::format("{}: {}", counted(report.findings.size(), "finding"), by_severity);
  if (report.known > 0) text += fmt::format("; {} known", report.known);
  if (!report.stale.empty()) text += fmt::format("; {} stale", report.stale.size());
  return text;
}

constexpr std::string_view before_statement = "; run: ";

bool is_plain(const std::string& text) {
  return text.find(before_statement) == std::string::npos && printable(text) == text;
}

// What people call their tables must not pass for a statement.
std::string in_line(const std::string& text) {
  std::string line = printable(text);
  for (std::size_t at = 0; (at = line.find(before_statement, at)) != std::string::npos;)
    line[at] = '?';
  return line;
}

void print_text(std::ostream& out, const findings_report& report) {
  for (const finding& each : report.findings) {
    out << fmt::format("{:<7} {} {}: {}", to_text(each.how_bad), each.rule, in_line(each.object),
                       in_line(each.message));
    const bool is_safe =
        is_plain(each.object) && is_plain(each.message) && is_plain(each.statement);
    if (!each.statement.empty() && is_safe)
      out << before_statement << each.statement;
    else if (!each.statement.empty())
      out << "; see --json";
    out << '\n';
  }
  for (const std::string& line : report.stale)
    out << fmt::format("stale   {}: not found in this run\n", in_line(line));
  out << count_text(report) << '\n';
}

json::object as_json(const finding& each) {
  return {{"rule", each.rule},
          {"object", utf8(each.object)},
          {"severity", to_text(each.how_bad)},
          {"message", utf8(each.message)},
          {"statement", utf8(each.statement)}};
}

}  // namespace

std::string utf8(const std::string& text) {
  std::string result = text;
  if (!schema::is_valid_utf8(result))
    std::replace_if(
        result.begin(), result.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; },
        '?');
  return result;
}

std::string identity(const finding& found) {
  std::string line = fmt::format("{} {}", found.rule, printable(utf8(found.object)));
  // Editors cut blanks at the end of a line.
  if (line.ends_with(' ')) line.back() = '?';
  return line;
}

int exit_code(std::span<const finding> findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const finding& each) { return each.how_bad != severity::note; })
             ? 1
             : 0;
}

void print_findings(std::ostream& out, const findings_report& report, bool json) {
  if (!json) return print_text(out, report);
  json::array findings, stale;
  for (const finding& each : report.findings) findings.push_back(as_json(each));
  for (const std::string& line : report.stale) stale.push_back(json::string{utf8(line)});
  out << json::object{{"findings", std::move(findings)},
                      {"known", report.known},
                      {"stale", std::move(stale)}}
      << '\n';
}

}  // namespace nava::tools
