// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "persistence/connection/statement.hpp"

/// The statements that set and read the limits of queues, which claims keep to.
namespace nava::persistence::postgresql {

struct queue_limit_statements {
  explicit queue_limit_statements(std::string_view schema);

  statement running;      ///< queue, the most tasks that run at once, 0: any number
  statement running_of;   ///< queue -> that number
  statement rate;         ///< queue, tasks, period, burst
  statement remove_rate;  ///< queue
  statement rate_of;      ///< queue -> tasks, period, burst; no row without a rate
};

}  // namespace nava::persistence::postgresql
