// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/run_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <ostream>

namespace nava::benchmarks {
namespace {

struct metric_names {
  metric which;
  std::string_view name, title;
  double figures::*value;
};

constexpr std::array<metric_names, 4> metrics{
    {{metric::p50_ms, "p50_ms", "median time of one operation, ms", &figures::p50_ms},
     {metric::p99_ms, "p99_ms", "p99 of the time of one operation, ms", &figures::p99_ms},
     {metric::per_second, "per_second", "operations per second", &figures::per_second},
     {metric::rows_per_second, "rows_per_second", "rows per second", &figures::rows_per_second}}};

const metric_names& names_of(metric which) { return metrics[static_cast<std::size_t>(which)]; }

std::string number(double value) {
  if (value <= 0) return "-";
  if (value >= 100) return fmt::format("{:.0f}", value);
  return fmt::format("{:.3g}", value);
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

json::object options_of(const options& given) {
  return {{"database", given.url.printable()},
          {"schema", given.schema},
          {"workflows", given.workflows},
          {"operations", given.operations},
          {"warm_up", given.warm_up},
          {"events", given.events},
          {"batch", given.batch},
          {"connections", given.connections},
          {"seconds", given.seconds},
          {"rounds", given.rounds},
          {"contenders", json::value_from(given.contenders)}};
}

}  // namespace

double result::least() const {
  return rounds.empty() ? 0 : *std::min_element(rounds.begin(), rounds.end());
}

double result::most() const {
  return rounds.empty() ? 0 : *std::max_element(rounds.begin(), rounds.end());
}

report::report(std::string workload, options given, std::ostream& progress)
    : workload_(std::move(workload)), given_(std::move(given)), progress_(progress) {}

void report::progress(std::string_view text) { progress_ << text << std::endl; }

void report::add_round(std::vector<figures> of_contenders) {
  rounds_.push_back(std::move(of_contenders));
  progress(fmt::format("round {} of {} is done", rounds_.size(), given_.rounds));
}

void report::interleave_rounds(const std::vector<contender>& contenders) {
  for (std::int64_t round = 0; round < given_.rounds; ++round)
    add_round(interleave(contenders, {given_.operations, given_.warm_up, round}));
}

void report::compare(std::string name, metric which, std::string_view of, std::string_view to) {
  const auto counters = values(of, which), denominators = values(to, which);
  if (counters.empty() || counters.size() != denominators.size()) return;
  result ratio{std::move(name), "x", {}, SIZE_MAX};
  for (std::size_t i = 0; i < counters.size(); ++i)
    if (denominators[i] > 0) ratio.rounds.push_back(counters[i] / denominators[i]);
  for (const auto& round : rounds_)
    for (const auto& one : round)
      if (one.contender == of || one.contender == to)
        ratio.samples = std::min(ratio.samples, one.operations);
  if (!ratio.rounds.empty()) add(std::move(ratio));
}

std::vector<double> report::values(std::string_view contender, metric which) const {
  std::vector<double> found;
  for (const auto& round : rounds_)
    for (const auto& one : round)
      if (one.contender == contender && one.operations > 0)
        found.push_back(one.*names_of(which).value);
  return found;
}

std::string text_of(const report& of) {
  const auto& charted = names_of(of.charted_);
  std::string text =
      fmt::format("# {}: {}\n# {}, {} workflows\n", of.workload_, charted.title,
                  of.given_.on_postgresql() ? "PostgreSQL" : "SQLite", of.given_.workflows);
  const auto to = std::back_inserter(text);
  for (const auto& [name, value] : of.environment_)
    fmt::format_to(to, "# {}: {}\n", std::string_view{name},
                   value.is_object() ? line_of(value.get_object()) : json::serialize(value));
  for (const auto& note : of.notes_) fmt::format_to(to, "# note: {}\n", note);
  for (const auto& one : of.results_)
    fmt::format_to(to, "# {:<64} {:>9} {:<5} ({} .. {})\n", one.name, number(one.value()), one.unit,
                   number(one.least()), number(one.most()));
  constexpr std::string_view row =
      "{:<20} {:>9}  {:>8} {:>8} {:>10} {:>15}  {:>10} {:>10} {:>10}\n";
  fmt::format_to(to, row, "contender", "samples", metrics[0].name, metrics[1].name, metrics[2].name,
                 metrics[3].name, "charted", "least", "most");
  if (of.rounds_.empty()) return text;
  for (const auto& [name, operations, p50, p99, rate, rows] : of.rounds_.front()) {
    std::size_t samples = 0;
    for (const auto& round : of.rounds_)
      for (const auto& one : round) samples += one.contender == name ? one.operations : 0;
    const auto middle = [&](metric which) { return number(median(of.values(name, which))); };
    const result all{{}, {}, of.values(name, of.charted_)};
    fmt::format_to(to, row, name, samples, middle(metric::p50_ms), middle(metric::p99_ms),
                   middle(metric::per_second), middle(metric::rows_per_second), number(all.value()),
                   number(all.least()), number(all.most()));
  }
  return text;
}

json::object json_of(const report& of) {
  json::array rounds, results;
  for (const auto& contenders : of.rounds_) {
    json::object round;
    for (const auto& one : contenders) {
      json::object values{{"operations", one.operations}};
      for (const auto& each : metrics)
        if (one.*each.value > 0) values.emplace(each.name, one.*each.value);
      round.emplace(one.contender, std::move(values));
    }
    rounds.push_back(std::move(round));
  }
  for (const auto& one : of.results_)
    results.push_back(json::object{{"name", one.name},
                                   {"unit", one.unit},
                                   {"median", one.value()},
                                   {"min", one.least()},
                                   {"max", one.most()},
                                   {"rounds", json::value_from(one.rounds)},
                                   {"samples", one.samples}});
  json::object object{{"workload", of.workload_},
                      {"options", options_of(of.given_)},
                      {"notes", json::value_from(of.notes_)},
                      {"rounds", std::move(rounds)},
                      {"results", std::move(results)}};
  for (const auto& [key, value] : of.environment_) object.emplace(key, value);
  return object;
}

}  // namespace nava::benchmarks
