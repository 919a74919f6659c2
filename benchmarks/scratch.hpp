// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "benchmarks/workload.hpp"

namespace nava::benchmarks {

/// The tables whose rows belong to a workflow.
[[nodiscard]] const std::vector<std::string>& child_tables();

/// The place of tables that live as long as a run: a schema, or on SQLite the file. The destructor
/// drops what was made there. The constructor makes nothing; it throws std::runtime_error, with one
/// line that says what to do, where the schema or the file exists, or for a database in memory.
class scratch {
 public:
  scratch(const options& given, std::string schema);
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  virtual ~scratch();

  [[nodiscard]] const std::string& schema() const { return schema_; }

 private:
  persistence::database_url url_;
  std::string schema_;
};

/// The tables of others, beside Nava's: the same columns with other keys. PostgreSQL.
enum class layout {
  original,          ///< child primary key `_id`, foreign keys without an index
  original_indexed,  ///< the same with an index on each foreign key
  no_keys            ///< Nava's tables and indexes without the foreign keys
};

/// The schema `{schema}_original` … with empty tables.
class other_layout : public scratch {
 public:
  other_layout(const options& given, layout which);
};

}  // namespace nava::benchmarks
