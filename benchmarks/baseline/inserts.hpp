// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <nava/workflow/unit_of_work.hpp>
#include <vector>

#include "benchmarks/baseline/client.hpp"
#include "benchmarks/workload.hpp"

namespace nava::benchmarks {

/// A row as text, with its table's place in the description of Nava's tables.
struct text_row {
  std::size_t table = 0;
  values columns;  ///< in the order of the description
};

/// All rows that a unit of work inserts, that of the workflow first.
[[nodiscard]] std::vector<text_row> inserted_rows(const nava::unit_of_work& unit);

/// Stores the rows of a new workflow without Nava: an INSERT for each row, prepared once for each
/// table, in one transaction. On libpq all of them are sent at once.
[[nodiscard]] std::function<void(const std::vector<text_row>&)> plain_inserts(const options& given);

}  // namespace nava::benchmarks
