// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "persistence/connection/statement.hpp"

/// What a purge asks of a SQLite file, a batch at a time.
namespace nava::persistence::sqlite {

/// Begins a statement: the workflows of a batch as `picked`, with the columns `_id` and `place`.
[[nodiscard]] std::string picked_finished();

[[nodiscard]] statement count_finished_statement();
[[nodiscard]] statement count_held_statement();
[[nodiscard]] statement erase_finished_statement();

}  // namespace nava::persistence::sqlite
