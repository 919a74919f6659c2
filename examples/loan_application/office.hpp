// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <nava/nava.hpp>
#include <string>
#include <vector>

namespace loan {

/// What the machines of the lender do: the handlers of a worker. They stand for calls of other
/// companies, one of which does not answer at first. Used by several threads.
class office {
 public:
  [[nodiscard]] std::vector<nava::task_definition> tasks();

  /// An attempt that failed, to be told.
  struct setback {
    std::string task;
    std::string reason;
  };
  /// Those since the last call.
  [[nodiscard]] std::vector<setback> setbacks();

 private:
  nava::json::object order_credit_report(nava::task_context& task);

  std::mutex mutex_;
  std::vector<setback> setbacks_;
};

}  // namespace loan
