// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/types.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "benchmarks/options.hpp"

namespace nava::benchmarks {

/// What the figures are called in a report.
inline constexpr std::string_view pages_of_a_delete = "pages touched by one delete",
                                  heap_pages_of_a_delete = "heap pages touched by one delete",
                                  index_pages_of_a_delete = "index pages touched by one delete";

/// Accesses to pages, in memory or read, of all nine tables, for one delete.
struct pages_touched {
  double heap = 0;   ///< with TOAST and the maps of the tables
  double index = 0;  ///< with those of TOAST

  [[nodiscard]] double all() const { return heap + index; }
};

/// Vacuums the tables in `given.schema`; while it lives, no autovacuum works on them, whose
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

/// Deletes the workflows one at a time in a session of its own and answers what one delete touched.
/// `first` is deleted before it counts: it pays for what a session reads once. Nothing where the
/// server cannot count at once (before PostgreSQL 15).
[[nodiscard]] std::optional<pages_touched> pages_of_deletes(const options& given, const uuid& first,
                                                            const std::vector<uuid>& ids);

}  // namespace nava::benchmarks
