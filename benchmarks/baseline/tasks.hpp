// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "benchmarks/baseline/client.hpp"
#include "benchmarks/workload.hpp"

namespace nava::benchmarks {

/// A worker by hand, on PostgreSQL: tasks are leased under a fence with what their handlers have to
/// know, and settled where they are still held. One thread.
class plain_worker {
 public:
  plain_worker(const options& given, std::string queue);

  /// Leases up to so many due tasks; returns how many.
  std::size_t claim(std::size_t tasks_max);
  /// Ends those of the last claim as COMPLETED. Throws std::runtime_error where one was lost.
  void settle();

 private:
  std::unique_ptr<client> session_;
  std::string queue_;
  client::statement claim_, settle_;
  std::string mark_due_ = "-infinity";  ///< claims look beyond it
  std::string mark_id_ = "00000000-0000-0000-0000-000000000000";
  std::string workflow_ids_, ids_, fences_;  ///< of the last claim, as arrays
  std::size_t claimed_ = 0;
};

}  // namespace nava::benchmarks
