// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <nava/workflow/unit_of_work.hpp>
#include <span>
#include <string>

#include "benchmarks/options.hpp"

/// Ways to store a decision without Nava, written by hand for the decisions that are measured: an
/// update of workflow against its revision, steps, mutations, messages and events, with the columns
/// that they fill. Each has a connection of its own and statements that are prepared once.
namespace nava::benchmarks {

class commits {
 public:
  virtual ~commits() = default;
  /// Stores a decision durably; throws where the workflow is not at the revision that was read.
  virtual void commit(const nava::unit_of_work& unit) = 0;
};

/// The floor. On PostgreSQL one statement and one round trip on libpq, with an array for each
/// column; on SQLite a prepared statement for each row in one transaction.
[[nodiscard]] std::unique_ptr<commits> plain_commits(const options& given,
                                                     const std::string& schema);

/// Through SOCI: a prepared statement for each row in one transaction.
[[nodiscard]] std::unique_ptr<commits> row_by_row_commits(const options& given,
                                                          const std::string& schema);

/// Decisions on different workflows in one statement with arrays, on libpq: what joined commits are
/// measured against, since nobody is waited for.
class batch_commits {
 public:
  virtual ~batch_commits() = default;
  /// Stores all of them durably; throws where one is not at the revision that was read.
  virtual void commit(std::span<const nava::unit_of_work* const> units) = 0;
};

[[nodiscard]] std::unique_ptr<batch_commits> plain_batch_commits(const options& given,
                                                                 const std::string& schema);

}  // namespace nava::benchmarks
