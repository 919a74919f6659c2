// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace nava::benchmarks {

/// Durations of one operation, each measured alone.
class samples {
 public:
  using clock = std::chrono::steady_clock;

  template <class Operation>
  void time(Operation&& operation) {
    const auto begin = clock::now();
    std::forward<Operation>(operation)();
    add(clock::now() - begin);
  }

  void add(std::chrono::nanoseconds took) { values_.push_back(took); }
  void add(const samples& others);

  /// The value that `share` (0 to 1) of the samples do not exceed, in milliseconds; 0 of none.
  [[nodiscard]] double percentile_ms(double share) const;
  [[nodiscard]] double total_s() const;
  [[nodiscard]] std::size_t count() const { return values_.size(); }

 private:
  std::vector<std::chrono::nanoseconds> values_;
};

/// The middle of an odd number of values, the mean of the middle two of an even one; 0 of none.
[[nodiscard]] double median(std::vector<double> values);

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

/// One of several ways to do the same thing.
struct contender {
  std::string name;
  std::function<void()> operation;  ///< is timed
  double rows = 0;                  ///< that one operation writes or deletes
  /// Of one round. A slower contender has fewer samples than the others, at least one.
  double seconds_max = std::numeric_limits<double>::infinity();
  std::function<void()> prepare{};  ///< before each operation, not timed; may be empty
};

struct interleaving {
  std::int64_t operations = 1;  ///< of each contender
  std::int64_t warm_up = 0;     ///< of each contender before those, discarded
  std::int64_t round = 0;       ///< from 0; the order is reversed in every second
};

/// 0 to `count` - 1, reversed in every second round.
[[nodiscard]] std::vector<std::size_t> turns_in(std::int64_t round, std::size_t count);

/// Runs the contenders in turn, A B A B, one operation each, on this thread, so that all of them
/// meet the same load of the machine. The figures are in the order of the contenders.
[[nodiscard]] std::vector<figures> interleave(const std::vector<contender>& contenders,
                                              const interleaving& plan);

/// Threads; join() throws the first exception of any.
class crew {
 public:
  void start(std::function<void()> work);
  void join();

 private:
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::vector<std::jthread> threads_;  // last: they refer to the others
};

/// What several threads did at the same time.
struct slice {
  samples timed;
  double elapsed_s = 0;

  slice& operator+=(const slice& other);
};

/// Adds what it did to the samples.
using timed_work = std::function<void(samples&)>;

/// Runs each of `work` again and again on a thread of its own until `is_over`, and `beside` once on
/// this thread. Throws the first exception of any thread.
[[nodiscard]] slice run_together(const std::vector<timed_work>& work,
                                 const std::function<bool()>& is_over,
                                 const std::function<void()>& beside = {});

/// True from so many seconds after now on.
[[nodiscard]] std::function<bool()> after(double seconds);

/// Memory of this process that is in RAM, in MiB, sampled over a run.
class resident_memory {
 public:
  void sample();

  [[nodiscard]] double peak() const;
  /// How much the peak of the last half lies above that of the first: what a leak would show.
  [[nodiscard]] double growth() const;

 private:
  std::vector<double> samples_;
};

}  // namespace nava::benchmarks
