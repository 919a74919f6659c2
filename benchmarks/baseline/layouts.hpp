// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "benchmarks/options.hpp"

namespace nava::benchmarks {

/// The tables of others, beside Nava's: the same columns with other keys. PostgreSQL.
enum class layout {
  original,          ///< child primary key `_id`, foreign keys without an index
  original_indexed,  ///< the same with an index on each foreign key
  no_keys            ///< Nava's tables and indexes without the foreign keys
};

/// The eight tables that belong to a workflow.
[[nodiscard]] const std::vector<std::string>& child_tables();

/// The schema `{schema}_original` … with empty tables; dropped by the destructor unless it is to be
/// kept. The constructor throws std::runtime_error where there is such a schema already.
class other_layout {
 public:
  other_layout(const options& given, layout which);
  other_layout(const other_layout&) = delete;
  other_layout& operator=(const other_layout&) = delete;
  ~other_layout();

  [[nodiscard]] const std::string& schema() const { return schema_; }

 private:
  options given_;
  std::string schema_;
};

}  // namespace nava::benchmarks
