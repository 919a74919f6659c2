// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <map>
#include <nava/persistence/layout.hpp>
#include <nava/schema/description.hpp>
#include <vector>

#include "persistence/migration/migrator.hpp"

/// Reading and making the partitions of the partitioned layout, on a connection to the database.
namespace nava::persistence::postgresql {

/// The tables that are partitioned, as they are described in that layout; workflow first.
[[nodiscard]] const std::vector<const schema::table_description*>& partitioned_tables();

/// The ids of the workflows in a partition: from the first, which belongs to it, to the last, which
/// does not. MINVALUE and MAXVALUE are the least and the greatest id.
struct id_range {
  uuid from{};
  uuid to{};

  friend bool operator==(const id_range&, const id_range&) = default;
};

[[nodiscard]] id_range ids_in(partition_range range);
[[nodiscard]] partition_range times_in(const id_range& ids);

/// The partitions with the same bounds, one of each table.
struct live_partition {
  std::optional<id_range> ids;                              ///< none: the default partition
  std::map<std::string, std::string, std::less<>> names{};  ///< quoted with their schema, by table
  std::int64_t rows_estimate = 0;
  std::int64_t dead_rows_estimate = 0;  ///< deleted and not vacuumed yet, at most
};

struct live_partitions {
  bool are_partitioned = false;               ///< whether there is such a table and it is
  std::optional<partition_interval> every{};  ///< none: somebody changed the comment that says it
  std::vector<live_partition> all{};          ///< by their bounds; the default partition first
};

[[nodiscard]] live_partitions read_partitions(connection& on, std::string_view schema);

/// The parts of `wanted` that are in no partition but the default one, in their order.
[[nodiscard]] std::vector<id_range> gaps(const live_partitions& there, const id_range& wanted);

/// The current interval and so many after it.
[[nodiscard]] std::vector<partition_range> ranges_ahead(partition_interval every, timestamp now,
                                                        int ahead);

/// One statement per table, ended by `;`.
[[nodiscard]] std::string create_partitions(std::string_view schema, const id_range& ids);

[[nodiscard]] timestamp server_time(connection& on);

/// The partitioned layout for a database that is made, with its first partitions.
[[nodiscard]] wanted_layout wanted_partitions(std::string schema, partition_interval every);

/// What keeps the interval, on the table workflow: it needs no table and no right to be read, and
/// a dump has it.
inline constexpr std::string_view interval_comment = "nava: partitioned every ";

}  // namespace nava::persistence::postgresql
