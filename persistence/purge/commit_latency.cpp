// SPDX-License-Identifier: Apache-2.0
#include "persistence/purge/commit_latency.hpp"

#include <algorithm>
#include <cmath>

namespace nava::persistence {
namespace {

constexpr double steps_per_doubling = 4;
constexpr double slow_share = 0.95;

}  // namespace

commit_latency::timer::timer(commit_latency& of)
    : of_(of), begin_(std::chrono::steady_clock::now()) {
  const std::lock_guard lock{of_.mutex_};
  ++of_.commits_begun_;
  begun_ = of_.begun_;
  beside_purge_ = of_.running_ > 0;
}

commit_latency::timer::~timer() {
  const duration took = std::chrono::steady_clock::now() - begin_;
  const std::lock_guard lock{of_.mutex_};
  ++of_.commits_ended_;
  if (is_applied_) of_.of(beside_purge_ || of_.begun_ != begun_).add(took);
}

commit_latency::purge_mark::purge_mark(commit_latency& of) : of_(of) {
  const std::lock_guard lock{of_.mutex_};
  ++of_.begun_;
  ++of_.running_;
  commits_before_ = of_.commits_ended_;
}

commit_latency::purge_mark::~purge_mark() {
  const std::lock_guard lock{of_.mutex_};
  --of_.running_;
}

std::size_t commit_latency::purge_mark::commits() const {
  const std::lock_guard lock{of_.mutex_};
  return of_.commits_begun_ - commits_before_;
}

void commit_latency::add(duration took, bool beside_purge) {
  const std::lock_guard lock{mutex_};
  of(beside_purge).add(took);
}

std::optional<double> commit_latency::slowdown() {
  const std::lock_guard lock{mutex_};
  if (beside_.count() < commits_min) return std::nullopt;
  const double answer = alone_.count() < commits_min
                            ? slowdown_assumed
                            : std::exp2((beside_.slow() - alone_.slow()) / steps_per_doubling);
  beside_.halve();
  return answer;
}

void commit_latency::histogram::add(duration took) {
  const double micros = std::max(std::chrono::duration<double, std::micro>{took}.count(), 1.0);
  const auto step = static_cast<std::size_t>(std::log2(micros) * steps_per_doubling);
  ++steps_[std::min(step, steps_.size() - 1)];
  if (++count_ >= commits_kept) halve();
}

void commit_latency::histogram::halve() {
  count_ = 0;
  for (auto& commits : steps_) count_ += commits /= 2;
}

double commit_latency::histogram::slow() const {
  const auto wanted = static_cast<std::uint32_t>(slow_share * count_);
  std::uint32_t seen = 0;
  for (std::size_t step = 0; step < steps_.size(); ++step)
    if ((seen += steps_[step]) > wanted) return static_cast<double>(step);
  return static_cast<double>(steps_.size() - 1);
}

}  // namespace nava::persistence
