// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/connection/dropped_table.hpp"

#include <catch2/catch.hpp>
#include <functional>

using namespace nava;
using namespace nava::persistence::postgresql;

namespace {

// Fails as often as told, and counts its calls.
struct reading {
  std::string sqlstate;
  int failures;
  int calls = 0;

  int operator()() {
    if (++calls <= failures) throw error{error_kind::other, "it failed", sqlstate};
    return 42;
  }
};

}  // namespace

TEST_CASE("a dropped table: a catalog is read again, ten times at most") {
  for (const std::string sqlstate : {"XX000", "42P01"}) {
    reading dropped{sqlstate, 9};
    CHECK(read_beside_drops(std::ref(dropped)) == 42);
    CHECK(dropped.calls == 10);
    reading broken{sqlstate, 10};
    CHECK_THROWS_WITH(read_beside_drops(std::ref(broken)), "it failed");
    CHECK(broken.calls == 10);
  }
}

TEST_CASE("a dropped table: another failure is not tried again") {
  reading refused{"42501", 1};
  CHECK_THROWS_WITH(read_beside_drops(std::ref(refused)), "it failed");
  CHECK(refused.calls == 1);
}
