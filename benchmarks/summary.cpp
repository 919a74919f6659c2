// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <stdexcept>

#include "benchmarks/buffers.hpp"
#include "benchmarks/goals.hpp"

namespace nava::benchmarks {
namespace {

std::string text_of(const json::value& value) {
  return {value.as_string().data(), value.as_string().size()};
}

class table {
 public:
  table() { add("workload", "database", "workflows", "figure", "target", "found", ""); }

  void add(std::string_view workload, std::string_view database, std::string_view workflows,
           std::string_view figure, std::string_view target, std::string_view found,
           std::string_view met) {
    fmt::format_to(std::back_inserter(text_), "{:<15} {:<10} {:>9}  {:<58} {:>9} {:>9}  {}\n",
                   workload, database, workflows, figure, target, found, met);
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string text_of(const target& wanted) {
  return fmt::format("{} {:g}", wanted.which == target::side::at_most ? "<=" : ">=", wanted.value);
}

std::string_view name_of(persistence::backend database) {
  return database == persistence::backend::sqlite ? "SQLite" : "PostgreSQL";
}

// Where a figure was found.
struct found_in {
  std::string workload, figure;
  persistence::backend database{};
  std::int64_t workflows = 0;
};

class collection {
 public:
  void add(const json::value& report) {
    if (report.as_object().contains("benchmarks"))
      add_microbenchmarks(report);
    else
      add_results(report);
  }

  [[nodiscard]] std::string text() {
    add_growth();
    for (const auto& one : goals())
      if (!is_measured(one))
        rows_.add(one.workload, one.workload == microbench ? "" : name_of(one.database),
                  one.least.workflows > 0 ? fmt::to_string(one.least.workflows) : "", one.figure,
                  text_of(one.wanted), "", "not measured");
    return rows_.text();
  }

 private:
  void add_results(const json::value& report) {
    const auto database = report.at("versions").as_object().contains("sqlite")
                              ? persistence::backend::sqlite
                              : persistence::backend::postgresql;
    const auto workflows = report.at("options").at("workflows").to_number<std::int64_t>();
    for (const auto& found : report.at("results").as_array()) {
      const auto median = found.at("median").to_number<double>();
      const std::string name = text_of(found.at("name"));
      if (name == pages_of_a_delete) pages_[workflows] = median;
      const auto* wanted = found.as_object().if_contains("target");
      if (wanted == nullptr) continue;
      const auto& [side, value] = *wanted->as_object().begin();
      const auto limit = value.to_number<double>();
      add({text_of(report.at("workload")), name, database, workflows},
          side == "at_most" ? at_most(limit) : at_least(limit), median, text_of(found.at("unit")));
    }
  }

  // What nava_microbench --benchmark_format=json says: a median where it repeated, else one value.
  void add_microbenchmarks(const json::value& report) {
    for (const auto& found : report.at("benchmarks").as_array()) {
      const auto* aggregate = found.as_object().if_contains("aggregate_name");
      if (aggregate != nullptr && *aggregate != "median") continue;
      const auto figure = text_of(found.at("run_name"));
      for (const auto& one : goals())
        if (one.workload == microbench && one.figure == figure && found.at("time_unit") == "us")
          add({std::string{microbench}, figure, one.database, 0}, one.wanted,
              found.at("real_time").to_number<double>(), "us");
    }
  }

  void add_growth() {
    if (pages_.empty() || pages_.begin()->first > growth_from || pages_.rbegin()->first < growth_to)
      return;
    const auto& [most, pages] = *pages_.rbegin();
    for (const auto& one : goals())
      if (one.figure == growth_of_pages)
        add({std::string{one.workload}, std::string{one.figure}, one.database, most}, one.wanted,
            pages / pages_.begin()->second, "x");
  }

  void add(found_in where, const target& wanted, double value, std::string_view unit) {
    const bool in_memory = where.workload == microbench;
    rows_.add(where.workload, in_memory ? "" : name_of(where.database),
              in_memory ? "" : fmt::to_string(where.workflows), where.figure, text_of(wanted),
              fmt::format("{:.4g} {}", value, unit), wanted.met_by(value) ? "met" : "NOT MET");
    found_.push_back(std::move(where));
  }

  [[nodiscard]] bool is_measured(const goal& one) const {
    return std::any_of(found_.begin(), found_.end(), [&](const found_in& where) {
      return where.workload == one.workload && where.figure == one.figure &&
             where.database == one.database && where.workflows >= one.least.workflows;
    });
  }

  table rows_;
  std::vector<found_in> found_;
  std::map<std::int64_t, double> pages_;  // by workflows
};

}  // namespace

std::string summary_of(const std::vector<json::value>& reports) {
  collection all;
  for (const auto& report : reports) all.add(report);
  return all.text();
}

std::string summary_of_files(const std::vector<std::string>& files) {
  std::vector<json::value> reports;
  for (const auto& name : files) {
    std::ifstream file{name};
    std::ostringstream text;
    text << file.rdbuf();
    boost::system::error_code wrong;
    reports.push_back(json::parse(text.str(), wrong));
    if (!file || wrong || !reports.back().is_object() ||
        !(reports.back().as_object().contains("results") ||
          reports.back().as_object().contains("benchmarks")))
      throw std::runtime_error{name + " is no report of nava_bench --json or nava_microbench"};
  }
  return summary_of(reports);
}

}  // namespace nava::benchmarks
