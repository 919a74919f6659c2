// SPDX-License-Identifier: Apache-2.0
#include "tools/command_line/nearest.hpp"

#include "support/catch.hpp"

using namespace nava;
using namespace nava::tools;

namespace {

const std::vector<std::string> commands{"migrate", "partitions", "list",  "show",
                                        "delete",  "purge",      "replay"};

}  // namespace

TEST_CASE("nearest: a name that was meant is found, and none that was not") {
  CHECK(nearest("lst", commands) == "list");
  CHECK(nearest("lsit", commands) == "list");
  CHECK(nearest("del", commands) == "delete");
  CHECK(nearest("partition", commands) == "partitions");
  CHECK(nearest("migrtae", commands) == "migrate");
  CHECK(nearest("SHOW", commands) == std::nullopt);
  CHECK(nearest("fly", commands) == std::nullopt);
  CHECK(nearest("l", commands) == std::nullopt);
  CHECK(nearest("", commands) == std::nullopt);
  CHECK(nearest(std::string(100'000, 'x'), commands) == std::nullopt);
}
