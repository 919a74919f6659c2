// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/partitions.hpp>

#include "persistence/connection/connection.hpp"

namespace nava::persistence::postgresql {

/// As persistence::maintain_partitions() has it, with options that are in range.
[[nodiscard]] partition_report maintain_partitions(const database_url& url,
                                                   const partition_options& options,
                                                   const connection_wrap& wrap = {});

}  // namespace nava::persistence::postgresql
