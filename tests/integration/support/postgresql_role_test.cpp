// SPDX-License-Identifier: Apache-2.0
#include "support/postgresql_places.hpp"

using namespace nava::test;

TEST_CASE("postgresql role: none is left, even where a right could not be granted") {
  if (!postgresql_schema::available()) return;
  const postgresql_schema database;
  const auto raw = database.raw();
  const auto roles = [&] {
    return raw->value("SELECT count(*) FROM pg_roles WHERE rolname = '" + database.schema() +
                      "_reader'");
  };
  {
    const postgresql_role role{database};
    CHECK(roles() == "1");
  }
  CHECK(roles() == "0");
  CHECK_THROWS_AS((postgresql_role{database, {"SELECT ON nothing"}}), std::runtime_error);
  CHECK(roles() == "0");
}
