// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/report.hpp"

#include <algorithm>
#include <array>
#include <ostream>

#include "benchmarks/goals.hpp"

namespace nava::benchmarks {
namespace {

struct metric_names {
  std::string_view text, title, unit;
};

constexpr std::array<metric_names, 4> names{{{"p50_ms", "median time of one operation", "ms"},
                                             {"p99_ms", "p99 of the time of one operation", "ms"},
                                             {"per_second", "operations per second", "/s"},
                                             {"rows_per_second", "rows per second", "rows/s"}}};

const metric_names& names_of(metric which) { return names[static_cast<std::size_t>(which)]; }

}  // namespace

figures figures_of(std::string contender, const samples& of, double rows,
                   std::optional<double> elapsed_s) {
  const double seconds = elapsed_s.value_or(of.total_s());
  const double rate = seconds > 0 ? static_cast<double>(of.count()) / seconds : 0;
  return {std::move(contender),   of.count(), of.percentile_ms(0.5),
          of.percentile_ms(0.99), rate,       rate * rows};
}

double value_of(const figures& of, metric which) {
  const std::array<double, 4> values{of.p50_ms, of.p99_ms, of.per_second, of.rows_per_second};
  return values[static_cast<std::size_t>(which)];
}

std::string_view to_text(metric which) { return names_of(which).text; }
std::string_view title_of(metric which) { return names_of(which).title; }
std::string_view unit_of(metric which) { return names_of(which).unit; }

double result::least() const {
  return rounds.empty() ? 0 : *std::min_element(rounds.begin(), rounds.end());
}

double result::most() const {
  return rounds.empty() ? 0 : *std::max_element(rounds.begin(), rounds.end());
}

report::report(std::string workload, options given, std::ostream& progress)
    : workload_(std::move(workload)), given_(std::move(given)), progress_(progress) {}

void report::note(std::string text) { notes_.push_back(std::move(text)); }

void report::progress(std::string_view text) { progress_ << text << std::endl; }

void report::add_round(std::vector<figures> of_contenders) {
  rounds_.push_back(std::move(of_contenders));
  progress("round " + std::to_string(rounds_.size()) + " of " + std::to_string(given_.rounds) +
           " is done");
}

void report::compare(std::string name, metric which, std::string_view of, std::string_view to) {
  const auto counters = values(of, which), denominators = values(to, which);
  if (counters.empty() || counters.size() != denominators.size()) return;
  result ratio{std::move(name), "x", {}, {}};
  for (std::size_t i = 0; i < counters.size(); ++i)
    if (denominators[i] > 0) ratio.rounds.push_back(counters[i] / denominators[i]);
  ratio.target = target_of(*this, ratio.name, {of, to});
  if (!ratio.rounds.empty()) add(std::move(ratio));
}

void report::add(result found) {
  if (!found.target) found.target = target_of(*this, found.name);
  results_.push_back(std::move(found));
}

std::vector<std::string> report::contenders() const {
  std::vector<std::string> found;
  if (!rounds_.empty())
    for (const auto& one : rounds_.front()) found.push_back(one.contender);
  return found;
}

std::vector<double> report::values(std::string_view contender, metric which) const {
  std::vector<double> found;
  for (const auto& round : rounds_)
    for (const auto& one : round)
      if (one.contender == contender && one.operations > 0) found.push_back(value_of(one, which));
  return found;
}

}  // namespace nava::benchmarks
