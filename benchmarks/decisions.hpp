// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <functional>
#include <mutex>
#include <nava/persistence/store.hpp>
#include <thread>
#include <vector>

#include "benchmarks/rows.hpp"

namespace nava::benchmarks {

/// Decisions on workflows of its own, which it creates, in turn, so that none grows long.
class decisions {
 public:
  /// `first` makes their resources differ from those of others.
  decisions(persistence::store& store, std::int64_t first, std::int64_t workflows);

  /// Valid until it is this workflow's turn again.
  const nava::unit_of_work& next();

 private:
  std::vector<nava::unit_of_work> last_;
  std::size_t next_ = 0;
};

/// Commits a unit that nobody can conflict with; throws std::runtime_error if somebody did.
void commit(persistence::store& store, const nava::unit_of_work& unit);

/// Threads; the first exception of any is thrown by join().
class crew {
 public:
  void start(std::function<void()> work);
  void join();

 private:
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::vector<std::jthread> threads_;  // last: they refer to the others
};

}  // namespace nava::benchmarks
