// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/types.hpp>
#include <optional>
#include <vector>

#include "benchmarks/workload.hpp"

namespace nava::benchmarks {

/// Vacuums the tables in `given.schema`. While it lives, no autovacuum works on them, whose
/// accesses would be counted too. PostgreSQL; needs the owner of the tables.
class autovacuum_off {
 public:
  explicit autovacuum_off(const options& given);
  autovacuum_off(const autovacuum_off&) = delete;
  autovacuum_off& operator=(const autovacuum_off&) = delete;
  ~autovacuum_off();

 private:
  const options& given_;
};

/// Deletes the workflows one at a time in a session of its own. Returns the accesses to pages of
/// one delete, in memory or read, in all workflow tables and their indexes. Deletes `first` before
/// it counts, because the first delete reads what a session reads once. Empty where the server
/// cannot count at once (before PostgreSQL 15).
[[nodiscard]] std::optional<double> pages_of_deletes(const options& given, const uuid& first,
                                                     const std::vector<uuid>& ids);

}  // namespace nava::benchmarks
