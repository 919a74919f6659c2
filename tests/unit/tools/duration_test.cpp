// SPDX-License-Identifier: Apache-2.0
#include "tools/command_line/duration.hpp"

#include <nava/persistence/purge.hpp>

#include "support/catch.hpp"

using namespace nava;
using namespace nava::tools;

TEST_CASE("tool: a duration is a whole number and a unit", "[tool]") {
  using namespace std::chrono_literals;
  CHECK(parse_duration("0s") == 0s);
  CHECK(parse_duration("45s") == 45s);
  CHECK(parse_duration("30m") == 30min);
  CHECK(parse_duration("12h") == 12h);
  CHECK(parse_duration("90d") == 24h * 90);
  CHECK(parse_duration("365000d") == persistence::purge_age_max);
  for (const auto* text : {"365001d", "", "d", "5", "-1d", "1.5h", "1 d", "1y", "1dd"})
    CHECK_FALSE(parse_duration(text));
}
