// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/measure.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <stdexcept>

namespace nava::benchmarks {
namespace {

struct lane {
  samples timed;
  std::int64_t warmed = 0;
  double spent_s = 0;

  void run(const contender& one, const interleaving& plan) {
    if (spent_s >= one.seconds_max && timed.count() > 0) return;
    // A slow one must not spend its time on the warm-up.
    const bool warms_up = warmed < plan.warm_up && spent_s < one.seconds_max / 10;
    if (one.prepare) one.prepare();
    samples now;
    now.time(one.operation);
    spent_s += now.total_s();
    if (warms_up)
      ++warmed;
    else if (static_cast<std::int64_t>(timed.count()) < plan.operations)
      timed.add(now);
  }
};

}  // namespace

void samples::add(const samples& others) {
  values_.insert(values_.end(), others.values_.begin(), others.values_.end());
}

double samples::percentile_ms(double share) const {
  if (values_.empty()) return 0;
  auto sorted = values_;
  const auto rank = std::ceil(share * static_cast<double>(sorted.size()));
  const auto at = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(at), sorted.end());
  return std::chrono::duration<double, std::milli>(sorted[at]).count();
}

double samples::total_s() const {
  return std::chrono::duration<double>(
             std::accumulate(values_.begin(), values_.end(), std::chrono::nanoseconds{0}))
      .count();
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

figures figures_of(std::string contender, const samples& of, double rows,
                   std::optional<double> elapsed_s) {
  const double seconds = elapsed_s.value_or(of.total_s());
  const double rate = seconds > 0 ? static_cast<double>(of.count()) / seconds : 0;
  return {std::move(contender),   of.count(), of.percentile_ms(0.5),
          of.percentile_ms(0.99), rate,       rate * rows};
}

std::vector<std::size_t> turns_in(std::int64_t round, std::size_t count) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (round % 2 == 1) std::reverse(order.begin(), order.end());
  return order;
}

std::vector<figures> interleave(const std::vector<contender>& contenders,
                                const interleaving& plan) {
  const auto order = turns_in(plan.round, contenders.size());
  std::vector<lane> lanes(contenders.size());
  for (std::int64_t i = 0; i < plan.warm_up + plan.operations; ++i)
    for (const std::size_t at : order) lanes[at].run(contenders[at], plan);

  std::vector<figures> found;
  for (std::size_t at = 0; at < contenders.size(); ++at)
    found.push_back(figures_of(contenders[at].name, lanes[at].timed, contenders[at].rows));
  return found;
}

void crew::start(std::function<void()> work) {
  threads_.emplace_back([this, work = std::move(work)] {
    try {
      work();
    } catch (...) {
      const std::lock_guard lock{mutex_};
      if (!failure_) failure_ = std::current_exception();
    }
  });
}

void crew::join() {
  threads_.clear();
  if (failure_) std::rethrow_exception(failure_);
}

slice& slice::operator+=(const slice& other) {
  timed.add(other.timed);
  elapsed_s += other.elapsed_s;
  return *this;
}

slice run_together(const std::vector<timed_work>& work, const std::function<bool()>& is_over,
                   const std::function<void()>& beside) {
  std::vector<samples> timed(work.size());
  slice all;
  samples whole;
  whole.time([&] {
    crew threads;
    for (std::size_t i = 0; i < work.size(); ++i)
      threads.start([&, i] {
        while (!is_over()) work[i](timed[i]);
      });
    if (beside) beside();
    threads.join();
  });
  for (const auto& one : timed) all.timed.add(one);
  all.elapsed_s = whole.total_s();
  return all;
}

std::function<bool()> after(double seconds) {
  return [end = samples::clock::now() + std::chrono::duration<double>(seconds)] {
    return samples::clock::now() >= end;
  };
}

void resident_memory::sample() {
  std::ifstream file{"/proc/self/statm"};
  double pages = 0, resident = 0;
  if (!(file >> pages >> resident)) throw std::runtime_error{"cannot read /proc/self/statm"};
  samples_.push_back(resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20));
}

double resident_memory::peak() const {
  return samples_.empty() ? 0 : *std::max_element(samples_.begin(), samples_.end());
}

double resident_memory::growth() const {
  if (samples_.size() < 2) return 0;
  const auto middle = samples_.begin() + static_cast<std::ptrdiff_t>(samples_.size() / 2);
  return *std::max_element(middle, samples_.end()) - *std::max_element(samples_.begin(), middle);
}

}  // namespace nava::benchmarks
