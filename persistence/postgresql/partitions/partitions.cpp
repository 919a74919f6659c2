// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/persistence/partitions.hpp>
#include <nava/persistence/purge.hpp>

#include "persistence/connection/schema_name.hpp"
#include "persistence/postgresql/partitions/partition_upkeep.hpp"
#include "persistence/purge/tombstones.hpp"

namespace nava::persistence {
namespace {

void expect(bool is_met, const std::string& otherwise) {
  if (!is_met) throw error{error_kind::invalid_input, otherwise};
}

}  // namespace

partition_report maintain_partitions(const database_url& url, const partition_options& options) {
  using namespace std::chrono_literals;
  // In the unit of the age, which would overflow in that of the bound.
  constexpr auto age_max = std::chrono::floor<std::chrono::hours>(purge_age_max);
  expect(url.backend() == backend::postgresql, "SQLite has no partitions");
  check_schema_name(url);
  expect(options.ahead >= 0 && options.ahead <= partitions_ahead_max,
         fmt::format("partitions are made 0 to {} intervals ahead", partitions_ahead_max));
  expect(!options.drop_older_than ||
             (*options.drop_older_than >= 0h && *options.drop_older_than <= age_max),
         "partitions are dropped at an age of up to a thousand years, which is not negative");
  expect(options.lock_wait > 0ms && options.vacuum_wait > 0ms,
         "the time to wait for locks is at least a millisecond");
  (void)checked(options.tombstones);
  return postgresql::maintain_partitions(url, options);
}

}  // namespace nava::persistence
