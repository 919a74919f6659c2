// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <nava/persistence/store.hpp>

namespace nava::benchmarks {

struct cascade_delete_options {
  persistence::database_url url{"sqlite::memory:"};
  std::string schema = "nava_bench";
  std::int64_t workflows = 2000;
  int rounds = 5;
  std::uint64_t seed = 1;
  bool json = false;
};

/// Deletes workflows of 103 child rows one at a time, in random order, through the store and by
/// a plain DELETE in turn on the same tables, and prints both and their ratio. Refuses a
/// database that holds workflows already.
void cascade_delete(const cascade_delete_options& options, std::ostream& out);

}  // namespace nava::benchmarks
