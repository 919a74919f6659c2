// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/tombstones.hpp>
#include <string_view>

#include "persistence/connection/connection.hpp"

/// The statements of query_set that count and delete finished workflows, a batch a statement.
namespace nava::persistence::postgresql {

/// -> workflows that a batch would have, place of the next batch
[[nodiscard]] statement count_finished_statement(std::string_view schema);
/// without a batch -> those of a walk under a legal hold, place of the next walk
[[nodiscard]] statement count_held_statement(std::string_view schema);
/// -> workflows that were picked, place of the next batch, workflows that were deleted
[[nodiscard]] statement erase_finished_statement(std::string_view schema,
                                                 const tombstone_policy& tombstones);

}  // namespace nava::persistence::postgresql
