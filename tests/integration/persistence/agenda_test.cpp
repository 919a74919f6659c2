// SPDX-License-Identifier: Apache-2.0
#include <nava/persistence/migration.hpp>

#include "support/backends.hpp"
#include "support/task_units.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

BACKEND_TEST_CASE("agenda: a migration puts the tasks on it that are open", "[agenda]", sqlite_file,
                  postgresql_schema, postgresql_partitioned) {
  const auto unit = unit_with_tasks(1, 3);
  {
    const auto stored = database.open();
    REQUIRE(stored->create(unit) == commit_result::applied);
    const auto ended = completed(stored->claim(claim_of(1)).tasks.at(0));
    REQUIRE(stored->settle({&ended, 1}).at(0) == std::nullopt);
  }
  constexpr int before_the_agenda = 4;
  (void)migrate_to(database.url(), before_the_agenda, data_loss::accept, database.options());
  (void)migrate_to(database.url(), before_the_agenda + 1, data_loss::refuse, database.options());
  const auto stored = database.open();
  const auto claimed = stored->claim(claim_of(10, "mail-manager")).tasks;
  CHECK(claimed.size() == 2);
  for (const auto& lease : claimed) CHECK(lease.attempt == 1);
}
