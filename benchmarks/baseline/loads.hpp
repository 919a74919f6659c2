// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <nava/schema/types.hpp>
#include <string>

#include "benchmarks/options.hpp"

namespace nava::benchmarks {

/// The floor of a load: the columns of a workflow and of its steps, stages, participants, memory
/// and open tasks by one hand-written statement, prepared once, in the form in which they come.
/// The result is copied, not parsed.
class loads {
 public:
  virtual ~loads() = default;
  /// The bytes that came; throws where there is no such workflow.
  virtual std::size_t load(const uuid& id) = 0;
};

/// A row for each row, the tables one after the other by UNION ALL: on PostgreSQL as records in
/// binary form, on SQLite column by column. No other form that was tried is as fast.
[[nodiscard]] std::unique_ptr<loads> row_loads(const options& given, const std::string& schema);

/// One row of JSON documents.
[[nodiscard]] std::unique_ptr<loads> json_loads(const options& given, const std::string& schema);

}  // namespace nava::benchmarks
