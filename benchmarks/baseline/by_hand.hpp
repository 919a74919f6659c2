// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <functional>
#include <nava/workflow/unit_of_work.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A decision as the hand-written baselines store it: which columns they fill, with what text.
namespace nava::benchmarks::by_hand {

using value = std::optional<std::string>;
using values = std::vector<value>;

struct column {
  std::string_view name;
  std::string_view type;  ///< on PostgreSQL
};

/// What is done to one table: an insert or, where there are keys, an update of the rows that have
/// them. The keys come first among the columns; workflow_id is not listed.
struct part {
  std::string_view table;
  std::size_t keys;
  std::vector<column> columns;
};

inline constexpr std::size_t part_count = 5;
[[nodiscard]] const std::array<part, part_count>& parts();

/// The rows of each of parts().
[[nodiscard]] std::array<std::vector<values>, part_count> rows_of(
    const nava::unit_of_work& unit);

/// What is set in workflow, then its id and the revision that was read.
inline constexpr std::array<column, 6> root_columns{{{"status", "text"},
                                                     {"progress", "double precision"},
                                                     {"last_seq", "bigint"},
                                                     {"_updated", "timestamptz"},
                                                     {"_id", "uuid"},
                                                     {"revision", "bigint"}}};
[[nodiscard]] values root_of(const nava::unit_of_work& unit);

/// Makes the placeholder of the n-th value, from 0, of this type.
using placeholder = std::function<std::string(std::size_t, std::string_view type)>;

/// A statement for one row of a part; workflow_id is its last value.
[[nodiscard]] std::string row_sql(const std::string& prefix, const part& of,
                                  const placeholder& mark);
/// The statement for root_of().
[[nodiscard]] std::string root_sql(const std::string& prefix, const placeholder& mark);

/// A column of rows as an array of PostgreSQL.
[[nodiscard]] std::string array_of(const std::vector<values>& rows, std::size_t column);

[[noreturn]] void throw_stale();

}  // namespace nava::benchmarks::by_hand
