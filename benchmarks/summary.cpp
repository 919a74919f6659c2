// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/summary.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <stdexcept>

#include "benchmarks/buffers.hpp"
#include "benchmarks/report.hpp"

namespace nava::benchmarks {
namespace {

// From 2,000 to 200,000 workflows, a delete may touch a fifth more pages.
constexpr double page_growth_max = 1.2;

using pages_by_size = std::map<std::int64_t, double>;

std::string text_of(const json::value& value) {
  return {value.as_string().data(), value.as_string().size()};
}

class table {
 public:
  table() { add("workload", "database", "workflows", "figure", "target", "found", ""); }

  void add(std::string_view workload, std::string_view database, std::string_view workflows,
           std::string_view figure, std::string_view target, std::string_view found,
           std::string_view met) {
    fmt::format_to(std::back_inserter(text_), "{:<15} {:<10} {:>9}  {:<54} {:>9} {:>9}  {}\n",
                   workload, database, workflows, figure, target, found, met);
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string_view verdict(bool met) { return met ? "met" : "NOT MET"; }

void add_results(table& to, const json::value& report, pages_by_size& pages) {
  const auto& options = report.at("options");
  const bool on_sqlite = report.at("versions").as_object().contains("sqlite");
  const auto workflows = options.at("workflows").to_number<std::int64_t>();
  for (const auto& found : report.at("results").as_array()) {
    const auto median = found.at("median").to_number<double>();
    const std::string name = text_of(found.at("name"));
    if (name == pages_of_a_delete) pages[workflows] = median;
    const auto* wanted = found.as_object().if_contains("target");
    if (wanted == nullptr) continue;
    const auto& [side, value] = *wanted->as_object().begin();
    to.add(text_of(report.at("workload")), on_sqlite ? "SQLite" : "PostgreSQL",
           fmt::to_string(workflows), name,
           fmt::format("{} {:g}", side == "at_most" ? "<=" : ">=", value.to_number<double>()),
           fmt::format("{:.4g} {}", median, text_of(found.at("unit"))),
           verdict(found.at("met").as_bool()));
  }
}

void add_growth(table& to, const pages_by_size& pages) {
  if (pages.size() < 2) return;
  const auto& [least, few] = *pages.begin();
  const auto& [most, many] = *pages.rbegin();
  to.add("cascade_delete", "PostgreSQL", fmt::to_string(most),
         fmt::format("{}, against {} workflows", pages_of_a_delete, least),
         fmt::format("<= {:g}", page_growth_max), fmt::format("{:.4g} x", many / few),
         verdict(at_most(page_growth_max).met_by(many / few)));
}

}  // namespace

std::string summary_of(const std::vector<json::value>& reports) {
  table all;
  pages_by_size pages;
  for (const auto& report : reports) add_results(all, report, pages);
  add_growth(all, pages);
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
        !reports.back().as_object().contains("results"))
      throw std::runtime_error{name + " is no report of nava_bench --json"};
  }
  return summary_of(reports);
}

}  // namespace nava::benchmarks
