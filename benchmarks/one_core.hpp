// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sched.h>
#include <sys/types.h>

#include <utility>
#include <vector>

#include "benchmarks/workload.hpp"

namespace nava::benchmarks {

/// Keeps this process and the sessions of its role on the server on one core while it lives. For
/// workloads in which client and server wait for each other in turn: waking another core costs a
/// good part of a round trip, and the scheduler decides which sessions pay for it. Takes all
/// sessions that are connected when it is made, those of other programs with the same role and
/// database too, and gives them back when it is destroyed. A kill leaves them on the core.
class one_core {
 public:
  explicit one_core(const options& given);
  one_core(const one_core&) = delete;
  one_core& operator=(const one_core&) = delete;
  ~one_core();

  /// False where the server is a file or elsewhere, or belongs to somebody else.
  [[nodiscard]] bool holds() const { return holds_; }

 private:
  bool hold(pid_t process, int core);
  void release();

  std::vector<std::pair<pid_t, cpu_set_t>> before_;
  bool holds_ = false;
};

}  // namespace nava::benchmarks
