// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <stdexcept>

namespace nava::benchmarks {
namespace {

constexpr auto server = persistence::backend::postgresql, file = persistence::backend::sqlite;
using enum goal::side;

constexpr std::int64_t growth_from = 2000, growth_to = 200'000;
// A p99 of fewer samples is the time of one or two of them.
constexpr goal::extent enough_for_p99{.samples = 1000};

// clang-format off
constexpr std::array all{
    goal{"cascade_delete", server, "delete: nava / floor, p50", at_most, 1.1},
    goal{"cascade_delete", server, "delete: original layout / nava, p50", at_least, 200, {.workflows = 20'000}},
    goal{"cascade_delete", server, "delete: original layout with indexes / nava, p50", at_least, 1, {.workflows = 20'000}},
    goal{"cascade_delete", server, "delete: nava / floor, p50", at_most, 1.1, {.workflows = growth_to}},
    goal{"cascade_delete", server, growth_of_pages, at_most, 1.2, {.workflows = growth_to}},
    goal{"purge", server, "purge: nava / floor, rows/s", at_least, 0.95},
    goal{"purge", server, "purge: nava / no foreign keys, by hand, rows/s", at_least, 0.9},
    goal{"purge", server, "purge: a partition dropped / nava on plain tables, rows/s", at_least, 5, {.workflows = 50'000}},
    goal{"mixed", server, "commit: p99 beside a purge / alone", at_most, 2, enough_for_p99},
    goal{"commit", server, "commit: nava / floor, p50", at_most, 1.15},
    goal{"commit", server, "commit: row by row / nava, p50", at_least, 2},
    goal{"coalesce", server, "commits of 8 threads: joined / one by one, per second", at_least, 2.5},
    goal{"event", server, "event on a warm workflow: nava / commit floor, p50", at_most, 1.25},
    goal{"load", server, "load: nava / floor, p50", at_most, 1.3},
    goal{"tasks", server, "tasks: worker / floor, rate", at_least, 0.9},
    goal{"timers", server, "claim of 50: beside many timers / beside 100, p50", at_most, 1.5, {.workflows = 100'000}},
    goal{"timers", server, "timer: late by, p99", at_most, 100, enough_for_p99},
    goal{"timers", server, "schedule: late by, p99", at_most, 100, enough_for_p99},
    goal{"timers", file, "timer: late by, p99", at_most, 100, enough_for_p99},
    goal{"timers", file, "schedule: late by, p99", at_most, 100, enough_for_p99},
    goal{"snapshot", server, "800 tasks/s beside an old snapshot / alone, rate", at_least, 0.95},
    goal{"snapshot", server, "claim beside an old snapshot / alone, p99", at_most, 2, enough_for_p99},
    goal{microbench, file, "deliver_warm/10", at_most, 10},
    goal{"commit", file, "commit: nava / floor, p50", at_most, 1.25},
    goal{"cascade_delete", file, "delete: nava / floor, p50", at_most, 1.25},
    goal{"replay", server, "resident memory, peak", at_most, 200, {.events = 100'000}},
    goal{"replay", file, "resident memory, peak", at_most, 200, {.events = 100'000}}};
// clang-format on

std::string text_of(const json::value& value) {
  return {value.as_string().data(), value.as_string().size()};
}

std::int64_t number_of(const json::value& value) { return value.to_number<std::int64_t>(); }

struct finding {
  std::string workload, figure, unit;
  persistence::backend database{};
  double value = 0;
  goal::extent measured{};

  [[nodiscard]] bool answers(const goal& one) const {
    return one.workload == workload && one.database == database && one.figure == figure &&
           measured.workflows >= one.least.workflows && measured.events >= one.least.events &&
           measured.samples >= one.least.samples;
  }
};

class table {
 public:
  table() { add("workload", "database", "workflows", "figure", "target", "found", ""); }

  void add(const finding& found) {
    const auto* const one =
        std::find_if(all.begin(), all.end(), [&](const goal& each) { return found.answers(each); });
    if (one == all.end()) return;
    add(*one, found.measured.workflows, fmt::format("{:.4g} {}", found.value, found.unit),
        one->met_by(found.value) ? "met" : "NOT MET");
    for (std::size_t i = 0; i < all.size(); ++i)
      measured_[i] = measured_[i] || found.answers(all[i]);
  }

  [[nodiscard]] std::string finished() {
    for (std::size_t i = 0; i < all.size(); ++i)
      if (!measured_[i]) add(all[i], all[i].least.workflows, "", "not measured");
    return text_;
  }

 private:
  void add(const goal& one, std::int64_t workflows, std::string_view found, std::string_view met) {
    const bool in_memory = one.workload == microbench;
    add(one.workload,
        in_memory              ? ""
        : one.database == file ? "SQLite"
                               : "PostgreSQL",
        workflows == 0 ? "" : fmt::to_string(workflows), one.figure,
        fmt::format("{} {:g}", one.bound == at_most ? "<=" : ">=", one.value), found, met);
  }

  void add(std::string_view workload, std::string_view database, std::string_view workflows,
           std::string_view figure, std::string_view target, std::string_view found,
           std::string_view met) {
    fmt::format_to(std::back_inserter(text_), "{:<15} {:<10} {:>9}  {:<58} {:>9} {:>9}  {}\n",
                   workload, database, workflows, figure, target, found, met);
  }

  std::string text_;
  std::array<bool, all.size()> measured_{};
};

std::vector<finding> results_in(const json::value& report) {
  const bool on_file = report.at("versions").as_object().contains("sqlite");
  const auto& given = report.at("options");
  std::vector<finding> found;
  for (const auto& one : report.at("results").as_array())
    found.push_back({text_of(report.at("workload")),
                     text_of(one.at("name")),
                     text_of(one.at("unit")),
                     on_file ? file : server,
                     one.at("median").to_number<double>(),
                     {number_of(given.at("workflows")), number_of(given.at("events")),
                      number_of(one.at("samples"))}});
  return found;
}

// Of nava_microbench --benchmark_format=json: a median where it repeated, else one value.
std::vector<finding> microbenchmarks_in(const json::value& report) {
  std::vector<finding> found;
  for (const auto& one : report.at("benchmarks").as_array()) {
    const auto* aggregate = one.as_object().if_contains("aggregate_name");
    if ((aggregate == nullptr || *aggregate == "median") && one.at("time_unit") == "us")
      found.push_back({std::string{microbench}, text_of(one.at("run_name")), "us", file,
                       one.at("real_time").to_number<double>()});
  }
  return found;
}

}  // namespace

std::span<const goal> goals() { return all; }

std::string summary_of(const std::vector<json::value>& reports) {
  table lines;
  std::map<std::int64_t, double> pages;  // by workflows
  for (const auto& report : reports)
    for (const auto& one : report.as_object().contains("benchmarks") ? microbenchmarks_in(report)
                                                                     : results_in(report)) {
      lines.add(one);
      if (one.figure == pages_of_a_delete) pages[one.measured.workflows] = one.value;
    }
  if (!pages.empty() && pages.begin()->first <= growth_from)
    lines.add({"cascade_delete",
               std::string{growth_of_pages},
               "x",
               server,
               pages.rbegin()->second / pages.begin()->second,
               {.workflows = pages.rbegin()->first}});
  return lines.finished();
}

std::string summary_of_files(const std::vector<std::string>& files) {
  std::vector<json::value> reports;
  for (const auto& name : files) {
    std::ifstream read{name};
    std::ostringstream text;
    text << read.rdbuf();
    boost::system::error_code wrong;
    reports.push_back(json::parse(text.str(), wrong));
    if (!read || wrong || !reports.back().is_object() ||
        !(reports.back().as_object().contains("results") ||
          reports.back().as_object().contains("benchmarks")))
      throw std::runtime_error{name + " is no report of nava_bench --json or nava_microbench"};
  }
  return summary_of(reports);
}

}  // namespace nava::benchmarks
