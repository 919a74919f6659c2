// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <iosfwd>
#include <nava/schema/types.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/measure.hpp"
#include "benchmarks/workload.hpp"

namespace nava::benchmarks {

enum class metric { p50_ms, p99_ms, per_second, rows_per_second };

/// A figure with a value per round, of which the median counts.
struct result {
  std::string name;
  std::string unit;  ///< `x` for a ratio
  std::vector<double> rounds;
  std::size_t samples = 0;  ///< the fewest that a contender had in a round; 0: of no contender

  [[nodiscard]] double value() const { return median(rounds); }
  [[nodiscard]] double least() const;
  [[nodiscard]] double most() const;
};

/// What a run found out, and under which circumstances. One thread at a time.
class report {
 public:
  /// `progress` gets a line for each stage of the run.
  report(std::string workload, options given, std::ostream& progress);

  /// What the chart shows.
  void chart(metric which) { charted_ = which; }
  /// A line for people: how a figure was measured, or why it was not.
  void note(std::string text) { notes_.push_back(std::move(text)); }
  void progress(std::string_view text);

  void add_round(std::vector<figures> of_contenders);
  /// Adds all rounds of contenders that take turns.
  void interleave_rounds(const std::vector<contender>& contenders);
  /// Adds the ratio of two contenders, computed per round; nothing where one did not run.
  void compare(std::string name, metric which, std::string_view of, std::string_view to);
  void add(result found) { results_.push_back(std::move(found)); }
  void set_environment(json::object environment) { environment_ = std::move(environment); }

  [[nodiscard]] const options& given() const { return given_; }
  [[nodiscard]] const std::vector<result>& results() const { return results_; }
  /// The values of a contender over the rounds.
  [[nodiscard]] std::vector<double> values(std::string_view contender, metric which) const;

  /// A table of medians, a line for each contender, after lines that begin with `#`: for people,
  /// and for gnuplot. The last columns are the charted metric, its least and its most of a round.
  friend std::string text_of(const report& of);
  /// Everything, per round too.
  friend json::object json_of(const report& of);

 private:
  std::string workload_;
  options given_;
  std::ostream& progress_;
  metric charted_ = metric::p50_ms;
  std::vector<std::string> notes_;
  std::vector<std::vector<figures>> rounds_;
  std::vector<result> results_;
  json::object environment_;
};

/// What a figure depends on beside the program: `time`, `machine`, `versions` and the `settings` of
/// the database that decide what a commit costs.
[[nodiscard]] json::object environment_of(const persistence::database_url& url);

[[nodiscard]] std::string text_of(const report& of);
[[nodiscard]] json::object json_of(const report& of);

}  // namespace nava::benchmarks
