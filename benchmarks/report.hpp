// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <nava/schema/types.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/measure.hpp"
#include "benchmarks/options.hpp"

namespace nava::benchmarks {

/// What one contender showed in one round.
struct figures {
  std::string contender;
  std::size_t operations = 0;
  double p50_ms = 0;  ///< 0 where the operations are not alike, and so have no percentiles
  double p99_ms = 0;
  double per_second = 0;
  double rows_per_second = 0;  ///< 0 where rows are not counted
};

/// `rows`: of one operation. `elapsed_s`: of all samples; none: their sum, as where one thread made
/// them one after the other.
[[nodiscard]] figures figures_of(std::string contender, const samples& of, double rows = 0,
                                 std::optional<double> elapsed_s = std::nullopt);

enum class metric { p50_ms, p99_ms, per_second, rows_per_second };

[[nodiscard]] double value_of(const figures& of, metric which);
[[nodiscard]] std::string_view to_text(metric which);  ///< as in JSON: `p50_ms`
[[nodiscard]] std::string_view title_of(metric which);
[[nodiscard]] std::string_view unit_of(metric which);

/// What a figure ought to be.
struct target {
  enum class side { at_most, at_least };
  side which{};
  double value = 0;

  [[nodiscard]] bool met_by(double figure) const {
    return which == side::at_most ? figure <= value : figure >= value;
  }
};
[[nodiscard]] inline target at_most(double value) { return {target::side::at_most, value}; }
[[nodiscard]] inline target at_least(double value) { return {target::side::at_least, value}; }

/// A figure with a value per round, of which the median counts.
struct result {
  std::string name;
  std::string unit;  ///< `x` for a ratio
  std::vector<double> rounds;
  std::optional<benchmarks::target> target{};

  [[nodiscard]] double value() const { return median(rounds); }
  [[nodiscard]] double least() const;
  [[nodiscard]] double most() const;
};

/// What a run found out, and under which circumstances. One thread at a time.
class report {
 public:
  /// `progress` is told what is going on, a line at a time.
  report(std::string workload, options given, std::ostream& progress);

  /// What the chart shows.
  void chart(metric which) { charted_ = which; }
  /// A line for people: how something was measured, or why something was not.
  void note(std::string text);
  /// A fact for programs, such as how many rows were loaded.
  void fact(std::string_view name, json::value value) { facts_[name] = std::move(value); }
  void progress(std::string_view text);

  void add_round(std::vector<figures> of_contenders);
  /// Adds the ratio of two contenders, computed per round; nothing where one did not run.
  void compare(std::string name, metric which, std::string_view of, std::string_view to);
  /// Gives the figure the target that goals.hpp has for it, unless it has one.
  void add(result found);
  /// `machine`, `versions`, `settings`.
  void set_environment(json::object environment) { environment_ = std::move(environment); }

  [[nodiscard]] const std::string& workload() const { return workload_; }
  [[nodiscard]] const options& given() const { return given_; }
  [[nodiscard]] const std::vector<std::vector<figures>>& rounds() const { return rounds_; }
  [[nodiscard]] const std::vector<result>& results() const { return results_; }
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  [[nodiscard]] const json::object& facts() const { return facts_; }
  [[nodiscard]] const json::object& environment() const { return environment_; }
  [[nodiscard]] metric charted() const { return charted_; }

  /// The contenders that ran, in the order of the first round.
  [[nodiscard]] std::vector<std::string> contenders() const;
  /// The values of a contender over the rounds.
  [[nodiscard]] std::vector<double> values(std::string_view contender, metric which) const;

 private:
  std::string workload_;
  options given_;
  std::ostream& progress_;
  metric charted_ = metric::p50_ms;
  std::vector<std::string> notes_;
  json::object facts_;
  std::vector<std::vector<figures>> rounds_;
  std::vector<result> results_;
  json::object environment_;
};

/// For people: aligned, with units.
[[nodiscard]] std::string text_of(const report& of);
/// Everything, per round too.
[[nodiscard]] json::object json_of(const report& of);
/// A bar per contender with the range over the rounds, as SVG.
[[nodiscard]] std::string svg_of(const report& of);

}  // namespace nava::benchmarks
