// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <future>
#include <nava/inspection/read_catalog.hpp>

#include "support/catalog_lines.hpp"
#include "support/postgresql_places.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

// Does it with each of twenty tables.
std::string of_each(const std::string& statement) {
  return fmt::format("DO 'BEGIN FOR i IN 1..20 LOOP EXECUTE format(''{}'', i); END LOOP; END'",
                     statement);
}

}  // namespace

// pg_get_indexdef() of version 15 fails where it waited for the lock of a table that is dropped.
TEST_CASE("catalog: postgresql is read while tables are dropped") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = database.raw();
  const std::string make = of_each("CREATE TABLE t%1$s (a int PRIMARY KEY, b int CHECK (b > 0))"),
                    index = of_each("CREATE INDEX ON t%1$s ((b + 1)) WHERE a > 1");
  for (const auto& each : {"CREATE SCHEMA " + database.schema(), make, index}) raw->run(each);
  auto drops = std::async(std::launch::async, [&] {
    for (int i = 0; i < 40; ++i)
      for (const auto& each :
           {std::string{"BEGIN"}, of_each("DROP TABLE t%s"), make, index, std::string{"COMMIT"}})
        raw->run(each);
  });
  do {
    const auto catalog = inspection::read_catalog(database.url().in_schema(database.schema()));
    CHECK(catalog.tables.size() == 20);
  } while (drops.wait_for(0s) != std::future_status::ready);
  drops.get();
}
