// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "simulation/simulated_store.hpp"

namespace nava::test {

/// Two processes, each with a worker and a drainer, which die and come back, and clients that start
/// workflows, answer, claim, comment, pause and erase, on one database; at times a schedule ticks.
class scenario {
 public:
  /// `real` has no workflow. `plan` outlives it.
  scenario(std::shared_ptr<persistence::store> real, fault_plan& plan);
  ~scenario();

  /// Runs all to its end, in a virtual thread. Returns the promises that are broken, a line each.
  [[nodiscard]] std::vector<std::string> play();

 private:
  class cast;
  std::unique_ptr<cast> cast_;
};

}  // namespace nava::test
