// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <nava/workflow/unit_of_work.hpp>
#include <string>
#include <vector>

#include "benchmarks/options.hpp"

/// Storing the rows of a new workflow without Nava: an INSERT per row, prepared once per table, in
/// one transaction; on libpq all of them are sent at once.
namespace nava::benchmarks {

/// A row as text, with its table's place in the description of Nava's tables.
struct text_row {
  std::size_t table = 0;
  std::vector<std::optional<std::string>> values;  ///< in the order of the columns
};

/// All rows that a unit of work inserts, that of the workflow first.
[[nodiscard]] std::vector<text_row> inserted_rows(const nava::unit_of_work& unit);

class inserts {
 public:
  virtual ~inserts() = default;
  virtual void insert(const std::vector<text_row>& rows) = 0;
};

[[nodiscard]] std::unique_ptr<inserts> plain_inserts(const options& given,
                                                     const std::string& schema);

}  // namespace nava::benchmarks
