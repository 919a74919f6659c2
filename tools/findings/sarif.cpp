// SPDX-License-Identifier: Apache-2.0
#include "tools/findings/sarif.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <nava/schema/types.hpp>
#include <ostream>

#include "tools/findings/findings.hpp"

namespace nava::tools {
namespace {

using inspection::finding;
using inspection::lint_rule;

constexpr std::string_view sarif_schema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

// RFC 3986: what is not unreserved, nor the slash between folders, goes as %XX.
std::string uri(std::string_view path) {
  std::string text;
  for (const char c : path) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') ||
                          std::string_view{"-._~/"}.find(c) != std::string_view::npos;
    if (is_plain)
      text += c;
    else
      text += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return text;
}

json::object text_of(std::string_view text) { return {{"text", text}}; }

json::array described(std::span<const lint_rule> rules) {
  json::array list;
  for (const lint_rule& rule : rules)
    list.push_back(
        json::object{{"id", rule.id},
                     {"shortDescription", text_of(rule.summary)},
                     {"defaultConfiguration", json::object{{"level", to_text(rule.how_bad)}}}});
  return list;
}

json::object location(const finding& found, const sarif_options& options) {
  json::object place{
      {"logicalLocations", json::array{json::object{{"fullyQualifiedName", utf8(found.object)},
                                                    {"kind", "resource"}}}}};
  if (!options.file.empty())
    place["physicalLocation"] =
        json::object{{"artifactLocation", json::object{{"uri", uri(options.file)}}},
                     {"region", json::object{{"startLine", 1}}}};
  return place;
}

json::object result(const finding& found, std::ptrdiff_t rule_index, const sarif_options& options) {
  const std::string message =
      found.statement.empty()
          ? fmt::format("{}: {}", found.object, found.message)
          : fmt::format("{}: {}\n{}", found.object, found.message, found.statement);
  return {{"ruleId", found.rule},
          {"ruleIndex", rule_index},
          {"level", to_text(found.how_bad)},
          {"message", text_of(utf8(message))},
          {"locations", json::array{location(found, options)}},
          {"partialFingerprints", json::object{{"ruleAndObject/v1", identity(found)}}}};
}

}  // namespace

void print_sarif(std::ostream& out, std::span<const finding> findings,
                 std::span<const lint_rule> rules, const sarif_options& options) {
  json::array results;
  for (const finding& each : findings) {
    const auto rule = std::find_if(rules.begin(), rules.end(),
                                   [&](const lint_rule& known) { return known.id == each.rule; });
    if (rule != rules.end()) results.push_back(result(each, rule - rules.begin(), options));
  }
  json::object driver{{"name", "nava schema lint"}, {"rules", described(rules)}};
  if (!options.version.empty()) driver["version"] = options.version;
  const json::object run{{"tool", json::object{{"driver", std::move(driver)}}},
                         {"results", std::move(results)}};
  out << json::object{{"$schema", sarif_schema}, {"version", "2.1.0"}, {"runs", json::array{run}}}
      << '\n';
}

}  // namespace nava::tools
