// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <nava/engine/schedule.hpp>
#include <nava/schema/text.hpp>
#include <sstream>

#include "support/catch.hpp"

using namespace nava;

namespace {

struct row {
  std::string expression, zone, after, first, second;
};

// Random expressions, a zone, an instant, and the next two ticks as another program has them, in
// UTC. The file says how it was made; cron_ticks.mjs, which expressions it leaves out.
std::vector<row> rows() {
  std::vector<row> all;
  std::ifstream in{NAVA_SOURCE_ROOT "/tests/unit/engine/cron_ticks.txt"};
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    std::istringstream cells{line};
    row& next = all.emplace_back();
    for (std::string* cell : {&next.expression, &next.zone, &next.after, &next.first, &next.second})
      std::getline(cells, *cell, '|');
  }
  return all;
}

}  // namespace

TEST_CASE("cron: the ticks of random expressions are those of another program") {
  const auto all = rows();
  CHECK(all.size() == 1'000);
  for (const auto& [expression, zone, after, first, second] : all) {
    INFO(expression << " in " << zone << " after " << after);
    const auto spec = engine::schedule_spec::cron(expression, zone);
    const auto tick = spec.next_after(*schema::parse_timestamp(after + "Z"));
    REQUIRE(tick);
    CHECK(tick == schema::parse_timestamp(first + ":00Z"));
    CHECK(spec.next_after(*tick) == schema::parse_timestamp(second + ":00Z"));
  }
}
