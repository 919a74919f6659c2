// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <nava/schema/types.hpp>
#include <string>

#include "benchmarks/options.hpp"

namespace nava::benchmarks {

/// The floor of a load: the columns of a workflow and of its steps, stages, participants, memory
/// and open tasks by one hand-written statement, prepared once, in the form in which they come.
/// The result is read, not parsed.
class loads {
 public:
  virtual ~loads() = default;
  /// The bytes that came; throws where there is no such workflow.
  virtual std::size_t load(const uuid& id) = 0;
};

/// As one row of JSON, as Nava does.
[[nodiscard]] std::unique_ptr<loads> json_loads(const options& given, const std::string& schema);

/// As a row for each row, columns as text, the tables one after the other by UNION ALL.
[[nodiscard]] std::unique_ptr<loads> row_loads(const options& given, const std::string& schema);

}  // namespace nava::benchmarks
