// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/interleave.hpp"

#include <algorithm>
#include <numeric>

namespace nava::benchmarks {
namespace {

struct lane {
  samples timed;
  std::int64_t warmed = 0;
  double spent_s = 0;

  void run(const contender& one, const interleaving& how) {
    if (spent_s >= one.seconds_max && timed.count() > 0) return;
    // A slow one must not spend its time on the warm-up.
    const bool warms_up = warmed < how.warm_up && spent_s < one.seconds_max / 10;
    if (one.prepare) one.prepare();
    samples now;
    now.time(one.operation);
    spent_s += now.total_s();
    if (warms_up)
      ++warmed;
    else if (static_cast<std::int64_t>(timed.count()) < how.operations)
      timed.add(now);
  }
};

}  // namespace

std::vector<figures> interleave(const std::vector<contender>& contenders, const interleaving& how) {
  std::vector<std::size_t> order(contenders.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (how.round % 2 == 1) std::reverse(order.begin(), order.end());

  std::vector<lane> lanes(contenders.size());
  for (std::int64_t i = 0; i < how.warm_up + how.operations; ++i)
    for (const std::size_t at : order) lanes[at].run(contenders[at], how);

  std::vector<figures> found;
  for (std::size_t at = 0; at < contenders.size(); ++at)
    found.push_back(figures_of(contenders[at].name, lanes[at].timed, contenders[at].rows));
  return found;
}

}  // namespace nava::benchmarks
